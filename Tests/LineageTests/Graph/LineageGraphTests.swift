// Why this file exists: the graph says of each version exactly what went into it and what came out of it: no name that
// moved, nothing that was read too late, nothing that only lay beside it.
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct LineageGraphTests {
    @Test("a closure goes version by version, not key by key")
    func versions() async throws {
        try await LineageFixture.run { fixture in
            let old = try await fixture.put("raw", "1")
            let first = try await fixture.session("clean")
            _ = try first.read(old, range: 0..<1)
            let middle = try await fixture.put("clean", "1", first)
            let new = try await fixture.put("raw", "2")
            let second = try await fixture.session("train")
            _ = try second.read(middle, range: 0..<1)
            let model = try await fixture.put("model", "m", second)
            #expect(try fixture.closure(model, .upstream) == [middle.index, old.index])
            #expect(try fixture.closure(model, .upstream, depth: 1) == [middle.index])
            #expect(try fixture.closure(old, .downstream) == [middle.index, model.index])
            #expect(try fixture.closure(new, .downstream) == [])
            let way = try fixture.graph.path(
                from: fixture.node(model), to: fixture.node(old), ClosureQuery(.upstream)
            ).nodes
            let run = try #require(try fixture.graph.find(run: second.id))
            let other = try #require(try fixture.graph.find(run: first.id))
            #expect(
                try way == [fixture.node(model), run, fixture.node(middle), other, fixture.node(old)])
            #expect(
                try fixture.graph.path(
                    from: fixture.node(model), to: fixture.node(new), ClosureQuery(.upstream)
                ).nodes == nil)
        }
    }

    @Test("what a run read after it had written an output is no part of that output")
    func order() async throws {
        try await LineageFixture.run { fixture in
            let a = try await fixture.put("a")
            let b = try await fixture.put("b")
            let session = try await fixture.session()
            _ = try session.read(a, range: 0..<1)
            let early = try await fixture.put("early", "x", session)
            _ = try session.read(b, range: 0..<1)
            let late = try await fixture.put("late", "x", session)
            #expect(try fixture.closure(early, .upstream) == [a.index])
            #expect(try fixture.closure(late, .upstream) == [a.index, b.index])
            #expect(try fixture.closure(a, .downstream) == [early.index, late.index])
            #expect(try fixture.closure(b, .downstream) == [late.index])
            // Both at once: the run is passed as far as the later one lets.
            let both = try fixture.graph.closure(
                of: [fixture.node(early), fixture.node(late)], ClosureQuery(.upstream))
            #expect(both.steps.count == 5)
            #expect(try fixture.closure(late, .upstream, asOf: early.index) == [])
        }
    }

    @Test(
        "what a run reads again of its own output is no edge of that output's making, nor its making one of what follows"
    )
    func edgesInOrder() async throws {
        try await LineageFixture.run { fixture in
            let raw = try await fixture.put("raw")
            let session = try await fixture.session()
            _ = try session.read(raw, range: 0..<1)
            let early = try await fixture.put("early", "x", session)
            _ = try session.read(early, range: 0..<1)
            let late = try await fixture.put("late", "x", session)
            try fixture.graph.catchUp()
            func edges(_ version: ObjectVersion, _ direction: Direction) throws -> Set<[UInt32]> {
                let query = ClosureQuery(direction)
                let closure = try fixture.graph.closure(of: [try fixture.node(version)], query)
                let edges = try fixture.graph.edges(within: closure, query)
                return Set(edges.filter { $0.kind != .revisionOf }.map { [$0.from.value, $0.to.value] })
            }
            let (rawNode, earlyNode, lateNode) = (
                try fixture.node(raw).value, try fixture.node(early).value, try fixture.node(late).value
            )
            let run = try #require(
                try fixture.graph.edges(of: fixture.node(early), as: .from).edges.first { $0.kind == .generated }
            ).to.value
            #expect(try edges(early, .upstream) == [[earlyNode, run], [run, rawNode]])
            #expect(
                try edges(late, .upstream) == [[lateNode, run], [run, rawNode], [run, earlyNode], [earlyNode, run]])
            #expect(try edges(early, .downstream) == [[lateNode, run], [run, earlyNode]])
        }
    }

    @Test("a copy leads to its source and past its run; the bytes of a copy are in no other output")
    func copies() async throws {
        try await LineageFixture.run { fixture in
            let source = try await fixture.put("source", "hello")
            let other = try await fixture.put("other")
            let session = try await fixture.session()
            _ = try session.read(other, range: 0..<1)
            let copy = try await fixture.store.copy(
                source, as: try ObjectKey("copy"), in: fixture.bucket, attributes: ObjectAttributes(),
                origin: session.origin)
            let output = try await fixture.put("out", "x", session)
            #expect(try fixture.closure(copy, .upstream) == [source.index])
            #expect(try fixture.closure(output, .upstream) == [other.index])
            #expect(try fixture.closure(source, .downstream) == [copy.index])
            #expect(try fixture.closure(other, .downstream) == [output.index])
            let run = try #require(try fixture.graph.find(run: session.id))
            let copied = try fixture.graph.edges(of: run, as: .from, kinds: EdgeKinds(.copied)).edges
            #expect(copied.map(\.byteCount) == [5])
            let node = try fixture.graph.node(try fixture.node(copy))
            guard case .version(let version) = node else {
                Issue.record("\(node)")
                return
            }
            #expect(version.isCopy)
            #expect(version.run == session.id)
            let digest = try #require(version.content)
            #expect(try fixture.graph.versions(of: digest) == [fixture.node(source), fixture.node(copy)])
        }
    }

    @Test("parts bring the sources they were copied from, and the runs that put them what these had read")
    func parts() async throws {
        try await LineageFixture.run { fixture in
            let big = try await fixture.put("big", String(repeating: "x", count: 5 << 20))
            let read = try await fixture.put("read")
            let driver = try await fixture.session("driver")
            let worker = try await fixture.session("worker")
            let key = try ObjectKey("whole")
            let upload = try await fixture.store.createUpload(
                key, in: fixture.bucket, attributes: ObjectAttributes(), origin: driver.origin)
            let one = try await fixture.store.copyPart(
                from: big, range: 0..<5 << 20, number: 1, of: upload, origin: driver.origin)
            _ = try worker.read(read, range: 0..<1)
            let writer = fixture.store.stage(expectedLength: 1)
            try await writer.write([1])
            let two = try await fixture.store.putPart(
                try await writer.finish(), number: 2, of: upload, checksums: [], origin: worker.origin)
            let whole = try await fixture.store.completeUpload(
                upload.id, of: key, in: fixture.bucket,
                parts: [CompletedPart(number: 1, etag: one.etag), CompletedPart(number: 2, etag: two.etag)],
                origin: driver.origin)
            #expect(try fixture.closure(whole, .upstream) == [big.index, read.index])
            #expect(try fixture.closure(read, .downstream) == [whole.index])
            let edges = try fixture.graph.edges(of: try fixture.node(whole), as: .from).edges
            let assembled = try #require(edges.first { $0.kind == .assembledFrom })
            #expect(assembled.ranges == IntervalSet(0..<5 << 20))
            #expect(edges.filter { $0.kind == .generated }.count == 2)
            #expect(try fixture.graph.dump().allSatisfy { !$0.isEmpty })
        }
    }

    @Test("ten thousand parts are told in entries that fit")
    func manyParts() async throws {
        try await LineageFixture.run { fixture in
            let big = try await fixture.put("big", String(repeating: "x", count: 5 << 20))
            let key = try ObjectKey("whole")
            let upload = try await fixture.store.createUpload(key, in: fixture.bucket, attributes: ObjectAttributes())
            var parts: [CompletedPart] = []
            for number in 1...4100 {
                let part = try await fixture.store.copyPart(
                    from: big, range: 0..<5 << 20, number: number, of: upload)
                parts.append(CompletedPart(number: number, etag: part.etag))
            }
            let whole = try await fixture.store.completeUpload(upload.id, of: key, in: fixture.bucket, parts: parts)
            #expect(try fixture.entries(.partsListed).count == 1)
            #expect(try fixture.closure(whole, .upstream) == [big.index])
            let edge = try fixture.graph.edges(of: try fixture.node(whole), as: .from, kinds: EdgeKinds(.assembledFrom))
            #expect(edge.edges.map(\.requestCount) == [4100])
        }
    }

    @Test("overwriting, hiding, destroying, holding and retaining are edges of whoever did it")
    func operations() async throws {
        try await LineageFixture.run { fixture in
            let session = try await fixture.session()
            let key = try ObjectKey("k")
            let one = try await fixture.put("k", "1", session)
            let two = try await fixture.put("k", "2", session)
            _ = try await fixture.store.setLegalHold(true, of: key, in: fixture.bucket, origin: session.origin)
            _ = try await fixture.store.setLegalHold(false, of: key, in: fixture.bucket, origin: session.origin)
            _ = try await fixture.store.delete(DeleteRequest(key: key), in: fixture.bucket, origin: session.origin)
            _ = try await fixture.store.delete(
                DeleteRequest(key: key, version: one.versionID), in: fixture.bucket, origin: session.origin)
            try fixture.graph.catchUp()
            let run = try #require(try fixture.graph.find(run: session.id))
            func targets(_ kind: EdgeKind) throws -> [GraphNodeID] {
                try fixture.graph.edges(of: run, as: .from, kinds: EdgeKinds(kind)).edges.map(\.to)
            }
            #expect(try targets(.held) == [fixture.node(two)])
            #expect(try targets(.deleted).count == 2)
            let revisions = try fixture.graph.edges(
                of: try fixture.node(two), as: .from, kinds: EdgeKinds(.revisionOf)
            ).edges
            #expect(try revisions.map(\.to) == [fixture.node(one)])
            let all = try fixture.graph.versions(of: key, in: BucketUUID(fixture.bucket.uuid))
            #expect(all.map(\.removal) == [.deleted, nil, nil])
            #expect(all.map(\.isDeleteMarker) == [false, false, true])
            #expect(all.map(\.isOnLegalHold) == [false, false, false])
            #expect(try fixture.graph.find(key, in: BucketUUID(fixture.bucket.uuid)) == fixture.node(two))
        }
    }

    @Test("an erasure is an edge of whoever did it, the audit takes it, and the worklist has what came of the version")
    func erasure() async throws {
        try await LineageFixture.run { fixture in
            let session = try await fixture.session()
            let raw = try await fixture.put("raw", "personal")
            let same = try await fixture.put("same", "personal")
            let gone = try await fixture.put("gone", "personal")
            _ = try await fixture.store.delete(
                DeleteRequest(key: gone.key, version: gone.versionID), in: fixture.bucket)
            _ = try session.read(raw, range: 0..<8)
            let model = try await fixture.put("model", "m", session)
            let outcome = try await fixture.store.erase(
                EraseRequest(key: raw.key, version: raw.versionID, index: raw.index, reason: "why"),
                in: fixture.bucket, origin: session.origin)
            let tombstone = try #require(try fixture.entries(.versionErased).last)
            #expect(tombstone["version"]?.integer == raw.index && tombstone["reason"]?.text == "why")
            #expect(tombstone["sha256"] == nil && tombstone["etag"] == nil)
            #expect(outcome == .erased(position: fixture.store.journalPosition))
            try fixture.graph.catchUp()
            let run = try #require(try fixture.graph.find(run: session.id))
            let edges = try fixture.graph.edges(of: run, as: .from, kinds: EdgeKinds(.erased)).edges
            #expect(try edges.map(\.to) == [fixture.node(raw)])
            let ask = LineageQuestions(store: fixture.store, graph: fixture.graph)
            let name = ObjectName(bucket: "b", key: raw.key, version: raw.versionID)
            let version = try ask.erasable(name, for: .all)
            #expect(version.removal == .erased)
            let list = try ask.erasureWorklist(of: version, QuestionOptions(), for: .all)
            #expect(list.sameContent.map(\.reference.journalIndex) == [same.index])
            #expect(list.derived.nodes.contains { $0.content?.name == "version:\(model.index)" })
            let hidden = try ask.erasureWorklist(of: version, QuestionOptions(), for: .account("somebody"))
            #expect(hidden.sameContent.isEmpty && hidden.sameContentHidden == 1)
        }
    }

    @Test("completeness counts what exists, by what is known of it")
    func completeness() async throws {
        try await LineageFixture.run { fixture in
            let session = try await fixture.session()
            let unknown = try await fixture.put("unknown", "123")
            try await fixture.put("known", "12345", session)
            var facts = RunFacts()
            facts.isImplicit = true
            let implicit = fixture.recorder.run(of: "AKIA", at: .wall()) { facts }
            let writer = fixture.store.stage(expectedLength: 1)
            try await writer.write([1])
            _ = try await fixture.store.put(
                try await writer.finish(), as: try ObjectKey("implicit"), in: fixture.bucket,
                attributes: ObjectAttributes(), origin: implicit.origin)
            try fixture.graph.catchUp()
            var counts = try fixture.graph.completeness()
            #expect(counts.total.versions == 3)
            #expect(counts.total.bytes == 9)
            #expect(counts.known.bytes == 5)
            #expect(counts.implicit.versions == 1)
            #expect(try fixture.graph.orphans() == [fixture.node(unknown)])
            #expect(try fixture.graph.orphans(includesImplicit: true).count == 2)
            // Said by somebody: then it is known.
            let known = try fixture.store.object(try ObjectKey("known"), in: fixture.bucket)
            _ = try await fixture.store.journal(
                RunRecord(
                    .lineageDeclared, session.origin,
                    [("derived", .array([.array([.integer(unknown.index), .integer(known.index)])]))]))
            #expect(try fixture.closure(unknown, .upstream) == [known.index])
            _ = try await fixture.store.delete(
                DeleteRequest(key: known.key, version: known.versionID), in: fixture.bucket)
            try fixture.graph.catchUp()
            counts = try fixture.graph.completeness()
            #expect(counts.total.versions == 2)
            #expect(counts.known.bytes == 3)
            #expect(try fixture.graph.orphans() == [])
        }
    }

    @Test("agents: the run belongs to a session, that to a key, that to an account")
    func agents() async throws {
        try await LineageFixture.run { fixture in
            var facts = RunFacts()
            facts.account = "account"
            facts.accessKey = "ASIA"
            facts.session = "role/me"
            facts.sourceIdentity = "ada"
            facts.parent = RunID(high: 7, low: 7)
            let run = try await fixture.recorder.begin(facts)
            try fixture.graph.catchUp()
            let node = try #require(try fixture.graph.find(run: run.id))
            let edges = try fixture.graph.edges(of: node, as: .from).edges
            let ends = try fixture.graph.nodes(edges.map(\.to))
            #expect(ends.contains(.agent(Agent(.session, "role/me"))))
            #expect(ends.contains(.agent(Agent(.sourceIdentity, "ada"))))
            #expect(edges.contains { $0.kind == .childOf && $0.evidence == .declared })
            let session = try #require(try fixture.graph.find(agent: Agent(.session, "role/me")))
            #expect(
                try fixture.graph.edges(of: session, as: .from).edges.map(\.to)
                    == [try #require(try fixture.graph.find(agent: Agent(.accessKey, "ASIA")))])
        }
    }

    @Test("a position is found by its time")
    func times() async throws {
        try await LineageFixture.run { fixture in
            for number in 0..<5 { try await fixture.put("k\(number)") }
            let entries = try fixture.store.journalEntries(after: 0, limit: .max)
            for entry in entries {
                let last = entries.last { $0.at <= entry.at }
                #expect(try fixture.graph.position(at: entry.at) == last?.position)
            }
            #expect(try fixture.graph.position(at: Timestamp(milliseconds: 0)) == 0)
        }
    }
}
