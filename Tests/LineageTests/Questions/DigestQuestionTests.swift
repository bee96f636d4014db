// Why this file exists: digests that are computed after the commit are in the graph, in manifests and statements, and in
// what an audit holds the store to.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct DigestQuestionTests {
    private func questions(_ fixture: LineageFixture) -> LineageQuestions {
        let recorder = fixture.recorder
        let store = fixture.store
        return LineageQuestions(store: store, graph: fixture.graph, digester: ContentDigester(store)) {
            try store.journalBlocking(runs: recorder.activeRuns.map(\.id))
        }
    }

    private func digest(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }

    @Test("a manifest and a statement compute what they lack; a limit of no bytes says pending")
    func computed() async throws {
        try await LineageFixture.run { fixture in
            let raw = try await fixture.assemble("raw", "raw bytes")
            let session = try await fixture.session("fit")
            _ = try session.read(raw, range: 0..<3)
            _ = try await fixture.assemble("model", "weights", session)
            let model = ObjectName(bucket: "b", key: try ObjectKey("model"))
            let ask = questions(fixture)
            var options = QuestionOptions()
            options.digestBytes = 0
            let open = try ask.manifest(of: model, options, for: .all)
            #expect(open.json["subject"]?["sha256State"]?.text == "pending")
            #expect(open.json["inputs"]?.elements?.first?["sha256State"]?.text == "pending")
            #expect(open.answer.gaps == [.digests(2)])
            #expect(throws: QuestionError.self) { try ask.closure(of: model, .upstream, for: .all).inToto() }
            let whole = try ask.manifest(of: model, for: .all)
            #expect(whole.subject.content?.description == digest("weights"))
            #expect(whole.inputs.map(\.version.content?.description) == [digest("raw bytes")])
            #expect(whole.json["subject"]?["sha256State"] == nil && !whole.answer.isPartial)
            // Recorded: the next question finds them in the graph.
            let statement = try ask.closure(of: model, .upstream, for: .all).inToto()
            #expect(
                statement["subject"]?.elements?.first?["digest"]?["sha256"]?.text == digest("weights"))
            let found = try ask.versions(
                of: try #require(ContentDigest(hexadecimal: digest("raw bytes"))), for: .all)
            #expect(found.versions.map(\.reference.journalIndex) == [raw.index])
        }
    }

    @Test("a customer's key is a named state, and what went before its turn is lost")
    func states() async throws {
        try await LineageFixture.run { fixture in
            let customer = try #require(SymmetricKey([UInt8](repeating: 3, count: 32)))
            let key = try Keyring.empty.newDataKey(.customer(customer))
            _ = try await fixture.assemble("sealed", "s", encryption: key)
            let gone = try await fixture.assemble("gone", "g")
            _ = try await fixture.store.delete(
                DeleteRequest(key: gone.key, version: gone.versionID), in: fixture.bucket)
            let ask = questions(fixture)
            func state(_ name: String, _ version: VersionID? = nil) throws -> String? {
                try ask.manifest(
                    of: ObjectName(bucket: "b", key: try ObjectKey(name), version: version), for: .all
                ).json["subject"]?["sha256State"]?.text
            }
            #expect(try state("sealed") == "customerKey")
            #expect(try state("gone", gone.versionID) == "lost")
            let list = try ask.undigested(.customerKey, for: .all)
            #expect(list.versions.map(\.version.reference.key.description) == ["sealed"])
            #expect(list.counts == [.customerKey: 1] && list.next == nil)
            #expect(try ask.undigested(.customerKey, for: .account("other")).versions.isEmpty)
        }
    }

    @Test("a graph that is made again has the digests")
    func rebuilt() async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        let version = try await fixture.assemble("k", "content")
        try ContentDigester(fixture.store).turn()
        try fixture.graph.catchUp()
        let grown = try fixture.graph.dump()
        fixture.recorder.close()
        fixture.graph.close()
        try FileManager.default.removeItem(atPath: folder.path + "/lineage.sqlite")
        let again = try LineageGraph.open(fixture.store)
        try again.catchUp()
        let made = try again.dump()
        #expect(made.filter { !grown.contains($0) }.isEmpty)
        let node = try #require(try again.find(position: version.index))
        guard case .version(let known) = try again.node(node) else { throw QuestionError(.failed, "no version") }
        #expect(known.content?.description == digest("content") && known.digestState == nil)
        again.close()
        await fixture.store.close()
    }

    @Test(
        "an audit finds a digest that is not the journal's, one that the journal does not tell, and one that was taken away",
        arguments: [
            ("other", "SHA-256"), ("invented", "SHA-256"), ("removed", "SHA-256"), ("entry", "leaf hash"),
        ])
    func audited(_ what: String, _ words: String) async throws {
        let folder = LineageFolder()
        let fixture = try await LineageFixture(try ObjectStore.open(folder.path))
        _ = try await fixture.assemble("k", "content")
        if what != "invented" { try ContentDigester(fixture.store).turn() }
        try #expect(StoreAudit(fixture.store).run().problems == [])
        let store = fixture.store
        var version = try store.object(try ObjectKey("k"), in: fixture.bucket)
        switch what {
        case "other", "invented": version.sha256 = [UInt8](repeating: 9, count: 32)
        case "removed": version.sha256 = nil
        default: break
        }
        let row = version.row(accounts: store.catalog).record
        let position = version.index
        try store.database.write { transaction throws(StoreError) in
            if what == "entry" {
                _ = try transaction.execute(
                    "UPDATE journal SET entry = $2 WHERE position = $1",
                    [
                        .integer(position + 1),
                        .bytes(
                            CanonicalJSON.object([
                                ("at", .integer(version.modified.milliseconds)), ("kind", .text("object.digested")),
                                ("sha256", .text(String(repeating: "0", count: 64))), ("version", .integer(position)),
                            ]).encoded()),
                    ])
            } else {
                _ = try transaction.execute(
                    "UPDATE versions SET record = $2 WHERE position = $1", [.integer(-position), .bytes(row)])
            }
        }
        let found = try StoreAudit(store).run().problems
        #expect(found.contains { $0.contains(words) }, "\(found)")
        await fixture.close()
    }
}
