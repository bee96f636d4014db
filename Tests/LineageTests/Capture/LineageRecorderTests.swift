// Why this file exists: no output is durable without what its run had read, whatever fails and whoever is slow; and
// reads without an output are written when their run is quiet, ends, or the store closes.
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct LineageRecorderTests {
    private func used(_ entry: CanonicalJSON) -> [CanonicalJSON] { entry["used"]?.list ?? [] }

    @Test("what a run has read is journalled before what it writes, in one commit")
    func before() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in", "hello")
            let session = try await fixture.session()
            _ = try session.read(input, range: 1..<4)
            _ = try session.read(input, range: 1..<4)
            #expect(try fixture.entries(.runUsed).isEmpty)
            let output = try await fixture.put("out", "ell", session)
            let entry = try #require(try fixture.entries(.runUsed).first)
            #expect(entry["run"]?.text == session.id.description)
            let read = try #require(used(entry).first)
            #expect(read["version"]?.integer == input.index)
            #expect(read["bytes"]?.integer == 6)
            #expect(read["requests"]?.integer == 2)
            #expect(read["ranges"]?.list?.map { $0.integer } == [1, 4])
            #expect(read["first"]?.integer == output.index - 2)
            #expect(try fixture.store.journalEntry(at: output.index - 1)?.at == output.modified)
            #expect(
                try fixture.store.journalEntry(at: output.index).map { String(decoding: $0.bytes, as: UTF8.self) }?
                    .contains(session.id.description) == true)
        }
    }

    @Test("a read that has begun and not ended is in the journal with the output; its bytes follow")
    func open() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in", "hello")
            let session = try await fixture.session()
            let ticket = session.run.beginRead(of: input.index, from: 0, at: .wall())
            let output = try await fixture.put("out", "x", session)
            #expect(try fixture.entries(.runUsed).count == 1)
            ticket.end(bytes: 5, at: .wall())
            try await session.end()
            let entries = try fixture.entries(.runUsed)
            #expect(entries.count == 2)
            #expect(used(entries[1]).first?["bytes"]?.integer == 5)
            #expect(used(entries[1]).first?["requests"]?.integer == 0)
            #expect(try fixture.closure(output, .upstream) == [input.index])
            let edges = try fixture.graph.edges(of: try fixture.node(input), as: .to, kinds: EdgeKinds(.used)).edges
            #expect(edges.map(\.byteCount) == [5])
            #expect(edges.map(\.requestCount) == [1])
        }
    }

    @Test("a refused change takes what was read along all the same, and nothing is told twice")
    func refused() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in")
            let session = try await fixture.session()
            _ = try session.read(input, range: 0..<1)
            var conditions = WriteConditions()
            conditions.mustNotExist = true
            let writer = fixture.store.stage(expectedLength: 0)
            let content = try await writer.finish()
            await #expect(throws: StoreError.self) {
                _ = try await fixture.store.put(
                    content, as: try ObjectKey("in"), in: fixture.bucket, attributes: ObjectAttributes(),
                    conditions: conditions, origin: session.origin)
            }
            try await fixture.put("out", "x", session)
            #expect(try fixture.entries(.runUsed).flatMap { used($0) }.count == 1)
        }
    }

    @Test("what a failed commit had taken is written by the next one")
    func giveBack() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in")
            let session = try await fixture.session()
            _ = try session.read(input, range: 0..<1)
            // Fails after it has written, so its whole commit is undone.
            await #expect(throws: StoreError.preconditionFailed("test")) {
                try await fixture.store.committer.commit(runs: [session.id]) { change throws(StoreError) in
                    try change.journal(.tagsSet, session.origin, [])
                    throw StoreError.preconditionFailed("test")
                }
            }
            #expect(try fixture.entries(.runUsed).isEmpty)
            try await fixture.put("out", "x", session)
            #expect(try fixture.entries(.runUsed).flatMap { used($0) }.count == 1)
        }
    }

    @Test("a change that did not name its run beforehand has its reads in the same commit")
    func unnamed() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in")
            let session = try await fixture.session()
            _ = try session.read(input, range: 0..<1)
            _ = try await fixture.store.setTags(
                [], of: try ObjectKey("in"), version: nil, in: fixture.bucket, origin: session.origin)
            #expect(try fixture.entries(.runUsed).count == 1)
        }
    }

    @Test("a run that is quiet is journalled without an output")
    func quiet() async throws {
        var options = LineageFixture.patient
        options.quietSeconds = 0
        try await LineageFixture.run(options: options) { fixture in
            let input = try await fixture.put("in")
            let session = try await fixture.session()
            _ = try session.read(input, range: 0..<1)
            for _ in 0..<100 where try fixture.entries(.runUsed).isEmpty {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try fixture.entries(.runUsed).count == 1)
        }
    }

    @Test("closing journals what waits and ends implicit runs, not announced ones")
    func closing() async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let input = try await fixture.put("in")
        var facts = RunFacts()
        facts.isImplicit = true
        let implicit = fixture.recorder.run(of: "AKIA", at: .wall()) { facts }
        implicit.beginRead(of: input.index, from: 0, at: .wall()).end(bytes: 1, at: .wall())
        let announced = try await fixture.session()
        fixture.recorder.close()
        #expect(try fixture.entries(.runUsed).count == 1)
        try fixture.graph.catchUp()
        #expect(try fixture.graph.run(implicit.id).status == .idle)
        #expect(try fixture.graph.run(announced.id).status == .running)
        await fixture.close()
    }

    @Test("an ordinary key begins another run after a pause, and the first one ends")
    func idleGap() async throws {
        try await LineageFixture.run { fixture in
            var facts = RunFacts()
            facts.isImplicit = true
            facts.accessKey = "AKIA"
            func run(_ second: Int64) -> ActiveRun {
                fixture.recorder.run(
                    of: "AKIA", at: Timestamp(milliseconds: Timestamp.wall().milliseconds + second * 1000)
                ) {
                    facts
                }
            }
            let first = run(0)
            #expect(run(200) === first)
            #expect(run(499) === first)
            let second = run(800)
            #expect(second !== first)
            #expect(second.id != first.id)
            #expect(first.hasEnded)
            #expect(!second.hasEnded)
        }
    }

    @Test("two sessions with one run id are one run; how it ended is the first word")
    func sharedID() async throws {
        try await LineageFixture.run { fixture in
            let id = RunID(high: 1, low: 2)
            var facts = RunFacts()
            facts.take(sessionTags: [NameValue("cairn:run", id.description), NameValue("cairn:job", "a/b/c")])
            #expect(facts.job == Job(namespace: "a/b", name: "c"))
            let one = fixture.recorder.run(of: "ASIA1", at: .wall()) { facts }
            let other = fixture.recorder.run(of: "ASIA2", at: .wall()) { facts }
            #expect(one === other)
            #expect(one.id == id)
            try await fixture.recorder.end(id, status: .failed, exitCode: 3)
            let input = try await fixture.put("in")
            // A straggler.
            let again = fixture.recorder.run(of: "ASIA1", at: .wall()) { facts }
            again.noteExamined(input.index, at: .wall())
            try await fixture.recorder.end(id, status: .completed)
            try fixture.graph.catchUp()
            let run = try fixture.graph.run(id)
            #expect(run.status == .failed)
            #expect(run.exitCode == 3)
            #expect(run.job?.description == "a/b/c")
            #expect(try fixture.graph.runs(of: facts.job).map(\.id) == [id])
        }
    }

    @Test("who names the run of another account gets a run of their own")
    func foreignID() async throws {
        try await LineageFixture.run { fixture in
            let id = RunID(high: 1, low: 2)
            var facts = RunFacts()
            facts.account = "one"
            facts.take(sessionTags: [NameValue("cairn:run", id.description)])
            let one = fixture.recorder.run(of: "ASIA1", at: .wall()) { facts }
            facts.account = "other"
            let other = fixture.recorder.run(of: "ASIA2", at: .wall()) { facts }
            #expect(one.id == id)
            #expect(other.id != id && other.facts.account == "other")
            #expect(other.facts.tags == [NameValue("cairn:run", id.description)])
            #expect(fixture.recorder.run(of: "ASIA2", at: .wall()) { facts } === other)
        }
    }

    @Test("many reads of many ranges fit into entries, and all of them are there")
    func large() async throws {
        try await LineageFixture.run { fixture in
            let input = try await fixture.put("in", String(repeating: "x", count: 1000))
            let session = try await fixture.session()
            for version in 1...2000 {
                for range in 0..<70 {
                    session.run.beginRead(of: Int64(version), from: Int64(range) << 40, at: .wall())
                        .end(bytes: 1, at: .wall())
                }
            }
            session.run.noteListed(
                ListedPrefix(
                    bucketUUID: BucketUUID(fixture.bucket.uuid), bucket: "b",
                    prefix: [UInt8](repeating: 1, count: 1024)), at: .wall())
            _ = try session.read(input, range: 0..<1)
            try await fixture.put("out", "x", session)
            let entries = try fixture.store.journalEntries(after: 0, limit: .max)
            #expect(entries.allSatisfy { $0.bytes.count <= JournalEntry.lengthMaximum })
            let reads = try fixture.entries(.runUsed).flatMap { used($0) }
            #expect(reads.count == 2000)
            #expect(reads.allSatisfy { $0["approximate"] != nil || $0["version"]?.integer == input.index })
            try fixture.graph.catchUp()
        }
    }

    @Test("tags of any length are journalled; what does not fit is told by digest")
    func longTags() async throws {
        try await LineageFixture.run { fixture in
            var facts = RunFacts()
            facts.tags = (0..<50).map { NameValue("tag\($0)", String(repeating: "\u{1}", count: 256)) }
            facts.userAgent = String(repeating: "é", count: 5000)
            let run = try await fixture.recorder.begin(facts)
            let entry = try #require(try fixture.entries(.runStarted).first)
            #expect(entry["tagsTotal"]?.integer == 50)
            #expect(entry["tagsDigest"]?.text?.count == 64)
            try fixture.graph.catchUp()
            #expect(try !fixture.graph.run(run.id).tags.isEmpty)
        }
    }
}
