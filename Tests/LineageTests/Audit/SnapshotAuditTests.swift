// Why this file exists: snapshots and what they hold are held against the journal: a store that has them passes, and one
// in which a snapshot or a held version was taken away, invented or changed does not.
import Foundation
import ObjectCore
import Testing

@testable import Lineage

@Suite struct SnapshotAuditTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "cairn-snapshot-audit-" + UUID().uuidString
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func put(_ store: ObjectStore, _ key: String, _ bytes: [UInt8], in bucket: Bucket) async throws {
        let writer = store.stage(expectedLength: Int64(bytes.count))
        try await writer.write(bytes)
        _ = try await store.put(
            try await writer.finish(), as: try ObjectKey(key), in: bucket, attributes: ObjectAttributes())
    }

    /// Two snapshots, one of them deleted, with versions destroyed, held, and replaced under the other.
    private func makeStore(_ folder: Folder) async throws {
        let store = try ObjectStore.open(folder.path)
        for (name, keepsVersions) in [("plain", false), ("versioned", true)] {
            let made = try await store.createBucket(name)
            if keepsVersions { try await store.setVersioning(.enabled, of: made) }
            let bucket = try store.bucket(name)
            for number in 0..<4 { try await put(store, "k\(number)", [UInt8(number)], in: bucket) }
            _ = try await store.createSnapshot("one", of: bucket)
            _ = try await store.createSnapshot("two", of: bucket)
            _ = try await store.setTags([NameValue("a", "b")], of: try ObjectKey("k0"), version: nil, in: bucket)
            for number in 0..<3 {
                let key = try ObjectKey("k\(number)")
                let version = try store.object(key, in: bucket).versionID
                _ = try await store.delete(DeleteRequest(key: key, version: version), in: bucket)
            }
            try await put(store, "k3", [9], in: bucket)
            try await store.deleteSnapshot("\(name).two")
        }
        _ = try await store.collectGarbage()
        await store.close()
    }

    private func problems(_ folder: Folder) async throws -> [String] {
        let store = try ObjectStore.open(folder.path)
        let report = try StoreAudit(store).run()
        await store.close()
        return report.problems
    }

    @Test("a store with snapshots and held versions holds")
    func clean() async throws {
        let folder = Folder()
        try await makeStore(folder)
        #expect(try await problems(folder) == [])
    }

    @Test(
        "what was done behind the journal's back is found",
        arguments: [
            ("DELETE FROM snapshots WHERE name = 'one'", "gone without an entry"),
            ("UPDATE past_versions SET until = until + 1 WHERE state = 1", "about something else"),
            ("DELETE FROM past_versions WHERE state = 1", "is referred to by"),
            ("UPDATE past_versions SET size = size + 1 WHERE state = 1", "does not match its checksum"),
            ("DELETE FROM journal WHERE position = 20", "missing"),
        ] as [(StaticString, String)])
    func tampered(_ sql: StaticString, _ words: String) async throws {
        let folder = Folder()
        try await makeStore(folder)
        let database = try SQLiteDatabase(path: folder.path + "/meta.sqlite", schema: "")
        try database.write { transaction throws(StoreError) in _ = try transaction.execute(sql, []) }
        database.close()
        let found = try await problems(folder)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }
}
