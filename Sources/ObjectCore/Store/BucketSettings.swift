// Why this file exists: everything that can be configured of a bucket beside its own row: named values whose form is
// their reader's business. Requests ask for them, so they are held in memory; the table is their truth.
private import Synchronization

/// The table `bucket_settings`, in memory.
final class BucketSettings: Sendable {
    private let values: Mutex<[BucketID: [String: [UInt8]]]>

    /// Reads the table.
    init(database: any Database) throws(StoreError) {
        let loaded = try database.read { transaction throws(StoreError) in
            var loaded: [BucketID: [String: [UInt8]]] = [:]
            try transaction.query("SELECT bucket, name, value FROM bucket_settings", []) { row throws(StoreError) in
                loaded[BucketID(row.integer(0)), default: [:]][row.text(1)] = row.bytes(2)
                return true
            }
            return loaded
        }
        values = Mutex(loaded)
    }

    func all(of bucket: BucketID) -> [String: [UInt8]]? { values.withLock { $0[bucket] } }

    func value(_ name: String, of bucket: BucketID) -> [UInt8]? { values.withLock { $0[bucket]?[name] } }

    func enter(_ value: [UInt8]?, as name: String, of bucket: BucketID) {
        values.withLock { $0[bucket, default: [:]][name] = value }
    }

    func remove(_ bucket: BucketID) { values.withLock { $0[bucket] = nil } }
}

extension ObjectStore {
    /// The most bytes of one setting; the largest that S3 knows are lifecycles of 1,000 rules.
    public static let bucketSettingLengthMaximum = 4 << 20

    /// Sets or, with nil, removes a named setting of a bucket, durably. Removing what is not there succeeds.
    /// - Throws: ``StoreError/noSuchBucket(_:)``, ``StoreError/invalidArgument(_:)`` for a value that is too long.
    public func setBucketSetting(
        _ name: String, to value: [UInt8]?, of bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        guard value?.count ?? 0 <= ObjectStore.bucketSettingLengthMaximum else {
            throw .invalidArgument("the setting \(name) has more than \(ObjectStore.bucketSettingLengthMaximum) bytes")
        }
        let catalog = catalog
        let settings = bucketSettings
        try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            try change.setBucketSetting(name, to: value, of: live.id)
            try change.journalSetting(name, value, of: live, origin)
            change.afterCommit { settings.enter(value, as: name, of: bucket.id) }
        }
    }

    /// All settings of a bucket, from memory, in one look-up; nil when none was ever set.
    public func allBucketSettings(of bucket: Bucket) -> [String: [UInt8]]? { bucketSettings.all(of: bucket.id) }

    /// A named setting of a bucket, from memory; nil when it is not set.
    public func bucketSetting(_ name: String, of bucket: Bucket) -> [UInt8]? {
        bucketSettings.value(name, of: bucket.id)
    }
}

extension Change {
    /// Journals the setting or removal of a setting.
    mutating func journalSetting(
        _ name: String, _ value: [UInt8]?, of bucket: Bucket, _ origin: ChangeOrigin
    ) throws(StoreError) {
        // The entry that switches it on is the first that hides names.
        if name == ObjectStore.commitmentsSetting { setCommitments(value != nil, of: bucket) }
        var members: [(String, CanonicalJSON)] = [
            ("bucket", .text(bucket.name)), ("bucketId", .text(Hex.encode(bucket.uuid))), ("setting", .text(name)),
        ]
        // The value may be long; its digest tells later which one it was.
        if let value { members.append(("sha256", .text(Hex.encode(Digest.sha256(value))))) }
        try journal(.bucketSettingSet, origin, members)
    }

    /// Writes or removes the row of a setting; the caller journals it.
    mutating func setBucketSetting(_ name: String, to value: [UInt8]?, of bucket: BucketID) throws(StoreError) {
        guard let value else {
            try execute(
                "DELETE FROM bucket_settings WHERE bucket = $1 AND name = $2", [.integer(bucket.value), .text(name)])
            return
        }
        try execute(
            """
            INSERT INTO bucket_settings (bucket, name, value) VALUES ($1, $2, $3)
            ON CONFLICT (bucket, name) DO UPDATE SET value = excluded.value
            """, [.integer(bucket.value), .text(name), .bytes(value)])
    }

    func bucketSetting(_ name: String, of bucket: BucketID) throws(StoreError) -> [UInt8]? {
        try first(
            "SELECT value FROM bucket_settings WHERE bucket = $1 AND name = $2", [.integer(bucket.value), .text(name)]
        ) { row throws(StoreError) in row.bytes(0) }
    }
}
