// Why this file exists: the tamper matrix: a store or an export in which one thing was changed is told from one that
// was not, and the journal index is named.
import Foundation
import ObjectCore
import Testing

@testable import Lineage

@Suite("Audit")
struct AuditLogTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "cairn-audit-" + UUID().uuidString
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    /// A store with a few versions, deletions and 600 journal entries, closed.
    private func makeStore(_ folder: Folder) async throws {
        let store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("b")
        try await store.setVersioning(.enabled, of: bucket)
        for number in 0..<598 {
            let writer = store.stage(expectedLength: 2)
            try await writer.write([UInt8(number & 255), UInt8(number >> 8)])
            _ = try await store.put(
                try await writer.finish(), as: try ObjectKey("k\(number % 50)"), in: bucket,
                attributes: ObjectAttributes())
        }
        let log = try AuditLog(store: store)
        _ = try log.checkpoint()
        log.close()
        await store.close()
    }

    private func audit(_ folder: Folder, _ change: (inout StoreAudit) -> Void = { _ in }) async throws -> AuditReport {
        let store = try ObjectStore.open(folder.path)
        var audit = StoreAudit(store)
        change(&audit)
        let report = try audit.run()
        await store.close()
        return report
    }

    private func sql(_ folder: Folder, _ text: StaticString, file: String = "meta.sqlite") throws {
        let database = try SQLiteDatabase(path: folder.path + "/" + file, schema: "")
        try database.write { transaction throws(StoreError) in _ = try transaction.execute(text, []) }
        database.close()
    }

    @Test("an untouched store holds, with a checkpoint kept from before and more entries since")
    func clean() async throws {
        let folder = Folder()
        try await makeStore(folder)
        let store = try ObjectStore.open(folder.path)
        let log = try AuditLog(store: store)
        let kept = try log.checkpoint()
        let bucket = try store.bucket("b")
        _ = try await store.delete(DeleteRequest(key: try ObjectKey("k1")), in: bucket)
        let old = try store.listVersions(ListingQuery(), in: bucket).items[3]
        _ = try await store.delete(
            DeleteRequest(key: old.object.key, version: old.object.versionID), in: bucket)
        let later = try log.checkpoint()
        let first = try Checkpoint(text: kept.text)
        let second = try Checkpoint(text: later.text)
        #expect(
            MerkleHash.isConsistent(
                oldSize: first.size, oldRoot: first.root, newSize: second.size, newRoot: second.root,
                proof: try log.consistencyProof(from: first.size, to: second.size)))
        log.close()
        await store.close()
        let report = try await audit(folder) { $0.checkpoints = [("kept", kept.encoded)] }
        #expect(report.problems == [])
        #expect(report.checkpoints == [600, 602])
        #expect(report.entries == 602)
        #expect(report.versions == 598)
        #expect(report.chunks > 0)
    }

    @Test("a proof file of a version verifies offline, and for no other entry")
    func proof() async throws {
        let folder = Folder()
        try await makeStore(folder)
        let store = try ObjectStore.open(folder.path)
        let log = try AuditLog(store: store)
        for position: Int64 in [1, 2, 256, 257, 512, 600] {
            let proof = try LogProof(encoded: try log.proof(ofPosition: position).encoded)
            let entry = try #require(try store.journalEntry(at: position))
            #expect(proof.extra == entry.bytes)
            #expect(try proof.verify(leaf: entry.leaf, known: log.verifiers).size == 600)
            #expect(throws: AuditError.self) {
                try proof.verify(leaf: MerkleHash.leaf([1]), known: log.verifiers)
            }
        }
        #expect(throws: AuditError.self) { try log.proof(ofPosition: 601) }
        log.close()
        await store.close()
    }

    @Test("a rotated key signs with the one before, and old checkpoints verify still")
    func rotation() async throws {
        let folder = Folder()
        try await makeStore(folder)
        let store = try ObjectStore.open(folder.path)
        let log = try AuditLog(store: store)
        let before = try log.checkpoint()
        try log.rotateKey()
        _ = try await store.createBucket("another")
        let after = try log.checkpoint()
        #expect(log.verifiers.count == 2)
        #expect(try after.verify(log.verifiers).count == 2)
        #expect(try after.verify([log.verifiers[0]]) == [log.verifiers[0]])
        try before.verify(log.verifiers)
        log.close()
        await store.close()
        #expect(try await audit(folder) { $0.checkpoints = [("before", before.encoded)] }.problems == [])
    }

    @Test(
        "each change of the journal or the live state is found and named",
        arguments: [
            // A flipped byte in an entry, with and without its leaf hash made to fit.
            (
                "UPDATE journal SET entry = CAST(replace(entry, '\"size\":2', '\"size\":3') AS BLOB) WHERE position = 300",
                "journal index 299"
            ),
            ("UPDATE journal SET leaf = zeroblob(32) WHERE position = 300", "journal index 299"),
            // Dropped, cut, reordered, duplicated, back-dated.
            ("DELETE FROM journal WHERE position = 300", "journal index 299"),
            ("DELETE FROM journal WHERE position > 590", "journal index 590"),
            (
                """
                UPDATE journal SET entry = (SELECT j.entry FROM journal j WHERE j.position = 301),
                    leaf = (SELECT j.leaf FROM journal j WHERE j.position = 301) WHERE position = 300
                """, "journal index 299"
            ),
            ("UPDATE journal SET at = 5 WHERE position = 300", "journal index 299"),
            // The live state.
            ("DELETE FROM versions WHERE position = -300", "journal index 299"),
            ("UPDATE versions SET position = -9999 WHERE position = -300", "journal index 299"),
        ] as [(StaticString, String)])
    func tampering(text: StaticString, named: String) async throws {
        let folder = Folder()
        try await makeStore(folder)
        let store = try ObjectStore.open(folder.path)
        let log = try AuditLog(store: store)
        let kept = try log.checkpoint().encoded
        log.close()
        await store.close()
        try sql(folder, text)
        let report = try await audit(folder) { $0.checkpoints = [("kept", kept)] }
        #expect(!report.isClean)
        #expect(report.problems.contains { $0.contains(named) }, "\(report.problems)")
    }

    @Test("a flipped hash of the tree is found and named")
    func tile() async throws {
        let folder = Folder()
        try await makeStore(folder)
        try sql(folder, "UPDATE tree SET hash = zeroblob(32) WHERE position = 1", file: "lineage.sqlite")
        let report = try await audit(folder)
        #expect(report.problems.contains { $0.contains("journal index 256") }, "\(report.problems)")
    }

    @Test("a rolled-back store does not hold against a checkpoint kept elsewhere, nor one that forked")
    func rollback() async throws {
        let folder = Folder()
        try await makeStore(folder)
        let copy = Folder()
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        var store = try ObjectStore.open(folder.path)
        _ = try await store.createBucket("later")
        var log = try AuditLog(store: store)
        let kept = try log.checkpoint().encoded
        let keys = log.verifiers
        log.close()
        await store.close()
        var report = try await audit(copy) { $0.checkpoints = [("kept", kept)] }
        #expect(report.problems.contains { $0.contains("journal index 600") }, "\(report.problems)")

        store = try ObjectStore.open(copy.path)
        _ = try await store.createBucket("other")
        log = try AuditLog(store: store)
        _ = try log.checkpoint()
        log.close()
        await store.close()
        report = try await audit(copy) {
            $0.checkpoints = [("kept", kept)]
            $0.verifiers = keys
        }
        #expect(report.problems.contains { $0.contains("another root") }, "\(report.problems)")
    }

    @Test("a store that signs with another key is not believed by who kept the first")
    func swappedKey() async throws {
        let folder = Folder()
        try await makeStore(folder)
        var store = try ObjectStore.open(folder.path)
        var log = try AuditLog(store: store)
        let keys = log.verifiers
        log.close()
        await store.close()
        try FileManager.default.removeItem(atPath: folder.path + "/audit")
        store = try ObjectStore.open(folder.path)
        log = try AuditLog(store: store)
        _ = try log.checkpoint()
        log.close()
        await store.close()
        let report = try await audit(folder) { $0.verifiers = keys }
        #expect(report.problems.contains { $0.contains("no known key") }, "\(report.problems)")
    }

    @Test("a journal that does not continue the last checkpoint is not signed")
    func refusesToSign() async throws {
        let folder = Folder()
        try await makeStore(folder)
        try sql(folder, "DELETE FROM journal WHERE position > 590")
        let store = try ObjectStore.open(folder.path)
        let log = try AuditLog(store: store)
        #expect(throws: (any Error).self) { try log.checkpoint() }
        log.close()
        await store.close()
    }

    @Test("an export holds by itself, and one flipped bit in any of its files is found")
    func export() async throws {
        let folder = Folder()
        try await makeStore(folder)
        let store = try ObjectStore.open(folder.path)
        let log = try AuditLog(store: store)
        let directory = Folder()
        _ = try log.export(to: directory.path)
        let keys = log.verifiers
        log.close()
        await store.close()
        #expect(ExportAudit.isExport(directory.path))
        let clean = try ExportAudit(directory.path).run()
        #expect(clean.problems == [])
        #expect(clean.entries == 600)
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter { name in
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: directory.path + "/" + name, isDirectory: &isDirectory)
            return exists && !isDirectory.boolValue && name != "verifier-keys"
        }
        #expect(names.count == 8)
        for name in names.sorted() {
            let file = directory.path + "/" + name
            let whole = try #require(FileManager.default.contents(atPath: file))
            for place in [0, whole.count / 3, whole.count / 2, whole.count - 2] {
                var damaged = whole
                damaged[place] ^= 1
                try damaged.write(to: URL(fileURLWithPath: file))
                var audit = ExportAudit(directory.path)
                audit.verifiers = keys
                let isClean = (try? audit.run().isClean) ?? false
                #expect(!isClean, "\(name) at \(place)")
            }
            try whole.write(to: URL(fileURLWithPath: file))
        }
    }
}
