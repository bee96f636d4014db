// Why this file exists: equal sets of inputs are one collection and others are not; what the set has, anybody can compute
// and check from its members.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct CollectionQuestionTests {
    private func questions(_ fixture: LineageFixture) -> LineageQuestions {
        LineageQuestions(store: fixture.store, graph: fixture.graph, digester: ContentDigester(fixture.store))
    }

    /// A run that reads versions and ends.
    private func run(
        _ fixture: LineageFixture, reading versions: [ObjectVersion],
        _ more: (RunSession) async throws -> Void = { _ in }
    ) async throws -> RunID {
        let session = try await fixture.session("train")
        for version in versions { _ = try session.read(version, range: 0..<1) }
        try await more(session)
        try await session.end()
        return session.id
    }

    private func collection(_ run: RunID, _ fixture: LineageFixture) throws -> LineageCollection? {
        try fixture.graph.catchUp()
        return try fixture.graph.run(run).collection
    }

    @Test(
        "runs that read the same versions have one collection: in any order, any part, whatever they wrote and reread")
    func equality() async throws {
        try await LineageFixture.run { fixture in
            let a = try await fixture.put("a", "aaaa")
            let b = try await fixture.put("b", "bb")
            let first = try await run(fixture, reading: [a, b])
            let second = try await run(fixture, reading: [b, a, b]) { session in
                let out = try await fixture.put("out", "o", session)
                _ = try session.read(out, range: 0..<1)
            }
            let less = try await run(fixture, reading: [a])
            let none = try await run(fixture, reading: [])
            let newer = try await fixture.put("b", "bb")
            let other = try await run(fixture, reading: [a, newer])
            let set = try #require(try collection(first, fixture))
            #expect(set.versionCount == 2 && set.byteCount == 6)
            #expect(try collection(second, fixture) == set)
            #expect(try collection(less, fixture)?.versionCount == 1)
            #expect(try collection(none, fixture) == nil)
            // The same bytes under the same key, but another version: another set.
            let changed = try #require(try collection(other, fixture))
            #expect(changed.versionCount == 2 && changed.root != set.root)
            let answer = try questions(fixture).collection(set.root, for: .all)
            #expect(answer.runs.map(\.id) == [second, first])
            #expect(try fixture.graph.runs(reading: set.root, limit: 1).map(\.id) == [second])
            #expect(try fixture.graph.runs(reading: set.root, limit: 1) { $0.id != second }.map(\.id) == [first])
            #expect(answer.members.map(\.version?.reference.key.description) == ["a", "b"])
            #expect(answer.next == nil)
        }
    }

    @Test("the root and each proof follow from the members that the answer shows", arguments: [1, 2, 7, 20])
    func proofs(count: Int) async throws {
        try await LineageFixture.run { fixture in
            var versions: [ObjectVersion] = []
            for number in 0..<count { versions.append(try await fixture.put("k\(number)", "\(number)")) }
            let id = try await run(fixture, reading: versions.reversed())
            let set = try #require(try collection(id, fixture))
            let ask = questions(fixture)
            var leaves: [[UInt8]] = []
            var after: Int64 = 0
            while true {
                let page = try ask.collection(set.root, after: after, limit: 3, for: .all)
                leaves += page.members.compactMap(\.leaf)
                guard let next = page.next else { break }
                after = next
            }
            #expect(leaves.count == count)
            let hashes = leaves.map { MerkleHash.leaf($0) }
            #expect(MerkleHash.root(ofLeaves: hashes) == set.root)
            for number in 0..<count {
                let name = ObjectName(bucket: "b", key: try ObjectKey("k\(number)"))
                let proof = try #require(try ask.collection(set.root, proving: name, for: .all).proof)
                #expect(proof.leaf == leaves[number] && proof.leafIndex == Int64(number))
                let isIncluded = MerkleHash.isIncluded(
                    leaf: hashes[number], index: proof.leafIndex, size: Int64(count), proof: proof.hashes,
                    root: set.root)
                #expect(isIncluded)
            }
            try await fixture.put("stranger")
            #expect(throws: QuestionError.self) {
                let name = ObjectName(bucket: "b", key: try ObjectKey("stranger"))
                return try ask.collection(set.root, proving: name, for: .all)
            }
        }
    }

    @Test("a digest that is computed later changes no set; what is read after the end does, and the old set is gone")
    func lateness() async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let parts = try await fixture.assemble("parts", "in parts")
        let whole = try await fixture.put("whole", "in one")
        let first = try await run(fixture, reading: [parts, whole])
        let set = try #require(try collection(first, fixture))
        try ContentDigester(fixture.store).turn()
        #expect(try fixture.entries(.objectDigested).count == 1)
        let second = try await run(fixture, reading: [parts, whole])
        #expect(try collection(second, fixture) == set)
        let single = try await run(fixture, reading: [whole])
        let old = try #require(try collection(single, fixture))
        // Somebody still has the credentials of the run.
        _ = try await fixture.store.journal(
            RunRecord(
                .runUsed, ChangeOrigin(account: "account", run: single),
                [
                    (
                        "used",
                        .array([
                            .object([
                                ("version", .integer(parts.index)), ("bytes", .integer(1)),
                                ("requests", .integer(1)), ("first", .integer(parts.index)),
                                ("last", .integer(parts.index)), ("ranges", .array([.integer(0), .integer(1)])),
                            ])
                        ])
                    )
                ]))
        #expect(try collection(single, fixture) == set)
        #expect(throws: QuestionError.self) { try questions(fixture).collection(old.root, for: .all) }
        let grown = try fixture.graph.dump()
        try #expect(StoreAudit(fixture.store).run().problems == [])
        fixture.recorder.close()
        fixture.graph.close()
        try FileManager.default.removeItem(atPath: folder.path + "/lineage.sqlite")
        let again = try LineageGraph.open(fixture.store)
        try again.catchUp()
        #expect(try again.dump() == grown)
        again.close()
        await fixture.store.close()
    }

    @Test("who sees none of its runs sees no collection; members in others' buckets are counted and not shown")
    func sight() async throws {
        try await LineageFixture.run { fixture in
            let raw = try await fixture.put("raw")
            let set = try #require(try collection(try await run(fixture, reading: [raw]), fixture))
            let ask = questions(fixture)
            #expect(throws: QuestionError.self) { try ask.collection(set.root, for: .account("stranger")) }
            let answer = try ask.collection(set.root, for: .account("account"))
            #expect(answer.members.count == 1 && answer.members.allSatisfy { $0.version == nil && $0.leaf == nil })
            #expect(answer.json["restricted"]?.integer == 1)
            #expect(throws: QuestionError.self) {
                try ask.collection(set.root, proving: ObjectName(bucket: "b", key: raw.key), for: .account("account"))
            }
        }
    }
}
