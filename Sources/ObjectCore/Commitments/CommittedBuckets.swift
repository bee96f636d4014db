// Why this file exists: every entry that is written asks whether names are to be hidden in it, so the answer is held by
// the thread that commits, and follows the changes of its own commits.
// Invariant: it is what the durable rows of `bucket_settings` say, and what the open commit has changed.

/// Which buckets ask for commitments.
struct CommittedBuckets: Sendable {
    private var byID: [BucketID: [UInt8]] = [:]
    /// By the UUID as entries write it.
    private var byText: [String: [UInt8]] = [:]

    init() {}

    init(database: any Database) throws(StoreError) {
        let found = try database.read { transaction throws(StoreError) in
            var found = CommittedBuckets()
            try transaction.query(
                """
                SELECT b.id, b.name, b.record FROM bucket_settings s JOIN buckets b ON b.id = s.bucket WHERE s.name = $1
                """, [.text(ObjectStore.commitmentsSetting)]
            ) { row throws(StoreError) in
                let id = BucketID(row.integer(0))
                let name = row.text(1)
                let bucket = try row.withBytes(2) { bytes throws(StoreError) in
                    try Bucket(id: id, name: name, record: bytes) { _ in "" }
                }
                found.set(true, bucket)
                return true
            }
            return found
        }
        self = found
    }

    /// Whether no bucket asks: then nothing is looked at.
    var isEmpty: Bool { byID.isEmpty }

    mutating func set(_ asks: Bool, _ bucket: Bucket) {
        byID[bucket.id] = asks ? bucket.uuid : nil
        byText[Hex.encode(bucket.uuid)] = asks ? bucket.uuid : nil
    }

    func scope(_ bucket: BucketID) -> [UInt8]? { byID[bucket] }

    func scope(_ bucketID: String?) -> [UInt8]? { bucketID.flatMap { byText[$0] } }
}
