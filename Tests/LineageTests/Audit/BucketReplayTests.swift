// Why this file exists: what decides who may read a bucket and what may be deleted in it cannot be changed in the database
// without the audit naming the entry that says otherwise.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct BucketReplayTests {
    /// A store with a bucket of every kind, with what they were before under `saved_…`.
    private func fill(_ folder: LineageFolder) async throws {
        let store = try ObjectStore.open(folder.path)
        let locked = try await store.createBucket("locked", hasObjectLock: true)
        let open = try await store.createBucket("open")
        try await store.setBucketSetting("cors", to: Array("<a/>".utf8), of: open)
        _ = try await put("k", in: locked, ObjectAttributes(), store)
        var attributes = ObjectAttributes()
        attributes.retention = Retention(mode: .compliance, until: Timestamp(milliseconds: 9_000_000_000_000))
        attributes.isOnLegalHold = true
        _ = try await put("born", in: locked, attributes, store)
        await store.close()
        try sql(folder, "CREATE TABLE saved_versions AS SELECT * FROM versions")
        try sql(folder, "CREATE TABLE saved_buckets AS SELECT * FROM buckets")

        let again = try ObjectStore.open(folder.path)
        let key = try ObjectKey("k")
        _ = try await again.setRetention(
            Retention(mode: .governance, until: Timestamp(milliseconds: 9_000_000_000_000)), of: key, in: locked)
        _ = try await again.setLegalHold(true, of: key, in: locked)
        try await again.setVersioning(.enabled, of: open)
        try await again.setBucketSetting("policy", to: Array("{}".utf8), of: open)
        try await again.setBucketSetting("cors", to: nil, of: open)
        try await again.setObjectLock(default: DefaultRetention(mode: .governance, period: .years(2)), of: locked)
        for name in ["passed", "passed"] {
            let passed = try await put(name, in: open, ObjectAttributes(), again)
            _ = try await again.delete(DeleteRequest(key: passed.key, version: passed.versionID), in: open)
        }
        let gone = try await again.createBucket("gone")
        try await again.setBucketSetting("policy", to: Array("{}".utf8), of: gone)
        try await again.deleteBucket("gone")
        #expect(try StoreAudit(again).run().problems == [])
        await again.close()
    }

    private func put(
        _ key: String, in bucket: Bucket, _ attributes: ObjectAttributes, _ store: ObjectStore
    ) async throws -> ObjectVersion {
        let writer = store.stage(expectedLength: 1)
        try await writer.write([1])
        return try await store.put(
            try await writer.finish(), as: try ObjectKey(key), in: bucket, attributes: attributes, origin: .embedded)
    }

    private func sql(_ folder: LineageFolder, _ text: StaticString) throws {
        let database = try SQLiteDatabase(path: folder.path + "/meta.sqlite", schema: "")
        try database.write { transaction throws(StoreError) in _ = try transaction.execute(text, []) }
        database.close()
    }

    @Test(
        "what is set for a bucket and differs from the journal is named with the entry that says otherwise",
        arguments: [
            (
                "DELETE FROM bucket_settings WHERE name = 'policy'",
                "the policy of the bucket open is gone without an entry"
            ),
            (
                "UPDATE bucket_settings SET value = CAST('[]' AS BLOB) WHERE name = 'policy'",
                "the policy of the bucket open is not as the journal says"
            ),
            (
                "INSERT INTO bucket_settings SELECT bucket, 'cors', value FROM bucket_settings WHERE name = 'policy'",
                "the bucket open is set to a cors, but the journal does not say so"
            ),
            (
                "DELETE FROM bucket_settings WHERE name = 'object-lock.default-retention'",
                "the bucket locked has another default retention than the journal says"
            ),
            (
                """
                UPDATE buckets SET record = (SELECT record FROM saved_buckets WHERE name = 'open') WHERE name = 'open'
                """, "the bucket open has another versioning, beginning of its past than the journal says"
            ),
            (
                "DELETE FROM past_versions WHERE until = (SELECT MAX(until) FROM past_versions)",
                "which it destroyed, is missing in the past of its bucket"
            ),
            ("DELETE FROM buckets WHERE name = 'open'", "the bucket open is gone without an entry"),
        ] as [(StaticString, String)])
    func settings(text: StaticString, words: String) async throws {
        try await expect(text, words)
    }

    @Test("a lock that was put back to what it was is found")
    func locks() async throws {
        try await expect(
            """
            UPDATE versions SET record = (SELECT record FROM saved_versions s WHERE s.position = versions.position)
            WHERE position IN (SELECT position FROM saved_versions)
            """, "the version of k has another retention, legal hold than the journal says")
    }

    private func expect(_ text: StaticString, _ words: String) async throws {
        let folder = LineageFolder()
        try await fill(folder)
        try sql(folder, text)
        let store = try ObjectStore.open(folder.path)
        let problems = try StoreAudit(store).run().problems
        #expect(problems.contains { $0.hasPrefix("journal index ") && $0.hasSuffix(words) }, "\(problems)")
        await store.close()
    }
}
