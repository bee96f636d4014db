// Why this file exists: answers as people get them: manifests, differences, impact, and what they do not get to see.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct LineageQuestionsTests {
    private func questions(_ fixture: LineageFixture) -> LineageQuestions {
        let recorder = fixture.recorder
        let store = fixture.store
        return LineageQuestions(store: store, graph: fixture.graph) {
            try store.journalBlocking(runs: recorder.activeRuns.map(\.id))
        }
    }

    private func name(_ key: String, _ version: VersionID? = nil) throws -> ObjectName {
        ObjectName(bucket: "b", key: try ObjectKey(key), version: version)
    }

    @Test("a manifest tells raw inputs from made ones, and what was read of each")
    func manifest() async throws {
        try await LineageFixture.run { fixture in
            let raw = try await fixture.put("raw", "0123456789")
            let first = try await fixture.session("prepare")
            _ = try first.read(raw, range: 2..<5)
            let clean = try await fixture.put("clean", "c", first)
            let second = try await fixture.session("train")
            _ = try second.read(clean, range: 0..<1)
            _ = try await fixture.put("model", "m", second)
            let manifest = try questions(fixture).manifest(of: name("model"), for: .all)
            #expect(manifest.run?.job == Job(tag: "train"))
            #expect(manifest.inputs.map(\.version.reference.key.description) == ["clean", "raw"])
            #expect(manifest.inputs.map(\.isRaw) == [false, true])
            #expect(manifest.inputs.map(\.isDirect) == [true, false])
            #expect(manifest.inputs[1].ranges.ranges == [2..<5])
            #expect(!manifest.answer.isPartial)
            let json = manifest.json
            #expect(json["inputs"]?.elements?.count == 2 && json["form"]?.text == LineageManifest.form)
        }
    }

    @Test("what a run only brings in is raw, whatever it did later or said of itself; a short look makes nothing raw")
    func rawIngest() async throws {
        try await LineageFixture.run { fixture in
            let ingest = try await fixture.session("ingest")
            let first = try await fixture.put("first", "1", ingest)
            // It reads back what it wrote, and says that it used it: that is no origin of the object itself.
            _ = try ingest.read(first, range: 0..<1)
            _ = try await fixture.store.journal(
                RunRecord(.lineageDeclared, ingest.origin, [("used", .array([.integer(first.index)]))]))
            let train = try await fixture.session("train")
            _ = try train.read(first, range: 0..<1)
            let middle = try await fixture.put("middle", "2", train)
            let last = try await fixture.session("last")
            _ = try last.read(middle, range: 0..<1)
            _ = try await fixture.put("model", "3", last)
            func raw(_ change: (inout QuestionOptions) -> Void) throws -> [String: Bool] {
                var options = QuestionOptions()
                change(&options)
                let manifest = try questions(fixture).manifest(of: name("model"), options, for: .all)
                return Dictionary(
                    uniqueKeysWithValues: manifest.inputs.map { ($0.version.reference.key.description, $0.isRaw) })
            }
            #expect(try raw { _ in } == ["middle": false, "first": true])
            #expect(try raw { $0.depth = 1 } == ["middle": false])
            #expect(try raw { $0.limit = 3 } == ["middle": false])
            #expect(try raw { $0.evidence = EvidenceSet(.observed) } == ["middle": false, "first": true])
        }
    }

    @Test("impact names what stands at the end")
    func impact() async throws {
        try await LineageFixture.run { fixture in
            let raw = try await fixture.put("raw")
            for (job, key) in [("a", "x"), ("b", "y")] {
                let session = try await fixture.session(job)
                _ = try session.read(raw, range: 0..<1)
                _ = try await fixture.put(key, "z", session)
            }
            let impact = try questions(fixture).impact(of: name("raw"), for: .all)
            #expect(Set(impact.artifacts.map(\.reference.key.description)) == ["x", "y"])
            #expect(impact.runs.count == 2)
        }
    }

    @Test("another account gets nothing, and a limit says so")
    func viewers() async throws {
        try await LineageFixture.run { fixture in
            let raw = try await fixture.put("raw")
            let session = try await fixture.session()
            _ = try session.read(raw, range: 0..<1)
            _ = try await fixture.put("out", "o", session)
            let ask = questions(fixture)
            #expect(throws: QuestionError.self) {
                try ask.closure(of: name("out"), .upstream, for: .account("somebody"))
            }
            #expect(try ask.runs(for: .account("somebody")).isEmpty)
            #expect(try ask.runs(for: .account("account")).count == 1)
            var options = QuestionOptions()
            options.limit = 1
            let cut = try ask.closure(of: name("out"), .upstream, options, for: .all)
            #expect(cut.isPartial && cut.json["isPartial"]?.boolean == true)
        }
    }

    @Test("what nobody knows fails at once")
    func unknown() async throws {
        try await LineageFixture.run { fixture in
            let ask = questions(fixture)
            for (object, code) in [
                (try name("none"), QuestionError.Code.noSuchKey), (try name("none", .index(1)), .noSuchVersion),
                (ObjectName(bucket: "nowhere", key: try ObjectKey("k")), .noSuchBucket),
            ] {
                let error = #expect(throws: QuestionError.self) { try ask.closure(of: object, .upstream, for: .all) }
                #expect(error?.code == code)
            }
            #expect(throws: QuestionError.self) { try ask.run(.make(at: .wall()), for: .all) }
        }
    }

    @Test("labels cannot end a picture's text")
    func pictures() async throws {
        try await LineageFixture.run { fixture in
            _ = try await fixture.put("a\"]; x <b> \\ \u{7}")
            let answer = try questions(fixture).closure(of: name("a\"]; x <b> \\ \u{7}"), .upstream, for: .all)
            #expect(answer.dot.contains("a\\\"]; x <b> \\\\ ?"))
            #expect(answer.mermaid.contains("a#34;]; x #60;b#62; \\ ?"))
            let prov = answer.prov
            #expect(prov["entity"]?.members?.first?.name.hasPrefix("cairn:version_") == true)
        }
    }

    @Test(
        "objects are named as people write them",
        arguments: [
            ("s3://b/k", "k", nil), ("s3://b/a/b c", "a/b c", nil), ("s3://b/k?versionId=null", "k", VersionID.null),
            ("s3://b/k?x=1", "k?x=1", nil),
        ])
    func names(text: String, key: String, version: VersionID?) throws {
        let name = try #require(ObjectName(text))
        #expect(name.bucket == "b" && name.key.description == key && name.version == version)
        #expect(ObjectName(name.description) == name)
    }

    @Test(
        "what is no object's name is none",
        arguments: ["", "b/k", "s3://", "s3://b", "s3://b/", "s3:///k", "s3://b/k?versionId=x"])
    func noNames(text: String) { #expect(ObjectName(text) == nil) }

    @Test("the pages of a closure have what it has in one answer, in both directions", arguments: [1, 2, 3, 5, 100])
    func pages(limit: Int) async throws {
        try await LineageFixture.run { fixture in
            var layer = [
                try await fixture.put("raw-0"), try await fixture.put("raw-1"), try await fixture.put("raw-2"),
            ]
            for number in 0..<4 {
                let session = try await fixture.session("step-\(number)")
                for version in layer { _ = try session.read(version, range: 0..<1) }
                layer = [
                    try await fixture.put("a-\(number)", "a", session),
                    try await fixture.put("b-\(number)", "b", session),
                    layer[0],
                ]
            }
            let ask = questions(fixture)
            for (object, direction) in [(try name("a-3"), Direction.upstream), (try name("raw-0"), .downstream)] {
                let whole = try ask.closure(of: object, direction, for: .all)
                func texts(_ answer: LineageAnswer) -> Set<String> {
                    Set(
                        answer.edges.map {
                            "\(answer.names[$0.from]) \($0.content.kind) \(answer.names[$0.to]) \($0.content.byteCount)"
                        })
                }
                var options = QuestionOptions()
                options.limit = limit
                options.at = .index(whole.position)
                var nodes: [String: Int] = [:]
                var edges: Set<String> = []
                var after: Int? = 0
                while let start = after {
                    options.after = start
                    let page = try ask.closure(of: object, direction, options, for: .all)
                    #expect(!page.isPartial)
                    let fresh = min(limit, whole.nodes.count - start)
                    #expect(page.names.prefix(fresh).allSatisfy { nodes[$0] == nil })
                    for (name, node) in zip(page.names, page.nodes) { nodes[name] = node.depth }
                    let new = texts(page)
                    #expect(edges.isDisjoint(with: new) && new.count == page.edges.count)
                    edges.formUnion(new)
                    after = page.next
                    #expect(after.map { $0 == start + limit } ?? true)
                }
                #expect(nodes == Dictionary(uniqueKeysWithValues: zip(whole.names, whole.nodes.map(\.depth))))
                #expect(edges == texts(whole) && edges.count > 8)
            }
        }
    }
}
