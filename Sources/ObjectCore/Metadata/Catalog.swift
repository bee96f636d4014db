// Why this file exists: buckets, accounts and access keys are asked for by every request and change rarely, so they
// are held in memory; the database is their truth, and a change enters here after its commit.
private import Synchronization

/// The small tables, in memory.
final class Catalog: Sendable, AccountNumbers {
    private struct State {
        var buckets: [String: Bucket] = [:]
        /// By the names under which they are read: `BUCKET.NAME`.
        var snapshots: [String: Snapshot] = [:]
        var accountNumbers: [String: Int64] = ["": 0]
        var accounts: [Int64: Account] = [0: Account(id: "", name: "")]
        var keys: [String: AccessKey] = [:]
    }
    struct Account: Sendable {
        var id: String
        var name: String
    }
    private let state = Mutex(State())

    /// Reads the tables.
    init(database: any Database) throws(StoreError) {
        let loaded = try database.read { transaction throws(StoreError) in
            var state = State()
            try transaction.query("SELECT number, id, name FROM accounts", []) { row throws(StoreError) in
                let account = Account(id: row.text(1), name: row.text(2))
                state.accounts[row.integer(0)] = account
                state.accountNumbers[account.id] = row.integer(0)
                return true
            }
            let accounts = state.accounts
            try transaction.query("SELECT id, name, record FROM buckets", []) { row throws(StoreError) in
                let id = BucketID(row.integer(0))
                let name = row.text(1)
                state.buckets[name] = try row.withBytes(2) { bytes throws(StoreError) in
                    try Bucket(id: id, name: name, record: bytes) { accounts[$0]?.id ?? "" }
                }
                return true
            }
            try transaction.query(
                """
                SELECT s.bucket, s.position, s.name, s.record, b.name FROM snapshots s JOIN buckets b ON b.id = s.bucket
                """, []
            ) { row throws(StoreError) in
                let snapshot = try Snapshot(row: row, bucketName: row.text(4)) { accounts[$0]?.id ?? "" }
                state.snapshots[snapshot.viewName] = snapshot
                return true
            }
            try transaction.query(
                """
                SELECT k.id, k.secret, k.account, k.name, k.created, k.revoked, h.holder, h.active
                FROM access_keys k LEFT JOIN key_holders h ON h.id = k.id
                """, []
            ) { row throws(StoreError) in
                let key = AccessKey(
                    id: row.text(0), secret: row.text(1), account: accounts[row.integer(2)]?.id ?? "",
                    displayName: row.text(3), created: Timestamp(milliseconds: row.integer(4)),
                    isRevoked: row.integer(5) != 0,
                    holder: row.isNull(6) || row.text(6).isEmpty ? nil : row.text(6),
                    isActive: row.isNull(7) || row.integer(7) != 0)
                state.keys[key.id] = key
                return true
            }
            return state
        }
        state.withLock { $0 = loaded }
    }

    // MARK: Accounts

    func number(of account: String) -> Int64 { state.withLock { $0.accountNumbers[account] ?? 0 } }

    func account(_ number: Int64) -> String { state.withLock { $0.accounts[number]?.id ?? "" } }

    func accountName(_ id: String) -> String? {
        state.withLock { state in state.accountNumbers[id].flatMap { state.accounts[$0]?.name } }
    }

    func accounts(named name: String) -> [String] {
        state.withLock { state in state.accounts.values.filter { $0.name == name && !$0.id.isEmpty }.map(\.id) }
    }

    func knows(account: String) -> Bool { state.withLock { $0.accountNumbers[account] != nil } }

    func enter(_ account: Account, number: Int64) {
        state.withLock { state in
            state.accounts[number] = account
            state.accountNumbers[account.id] = number
        }
    }

    // MARK: Buckets

    /// A bucket, or the view of one that a snapshot of this name gives.
    func bucket(_ name: String) -> Bucket? {
        state.withLock { state in
            if let bucket = state.buckets[name] { return bucket }
            guard let snapshot = state.snapshots[name] else { return nil }
            return state.buckets[snapshot.bucketName]?.seen(through: snapshot)
        }
    }

    /// All snapshots, by bucket and then by age.
    func snapshots() -> [Snapshot] {
        state.withLock { Array($0.snapshots.values) }.sorted { left, right in
            left.bucketName == right.bucketName
                ? left.index < right.index
                : left.bucketName.utf8.lexicographicallyPrecedes(right.bucketName.utf8)
        }
    }

    func enter(_ snapshot: Snapshot) { state.withLock { $0.snapshots[snapshot.viewName] = snapshot } }

    func remove(snapshot viewName: String) { state.withLock { $0.snapshots[viewName] = nil } }

    func buckets() -> [Bucket] {
        state.withLock { Array($0.buckets.values) }.sorted { left, right in
            left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
    }

    func enter(_ bucket: Bucket) { state.withLock { $0.buckets[bucket.name] = bucket } }

    func remove(bucket name: String) { state.withLock { $0.buckets[name] = nil } }

    // MARK: Keys

    func key(_ id: String) -> AccessKey? { state.withLock { $0.keys[id] } }

    func keys() -> [AccessKey] { state.withLock { Array($0.keys.values) }.sorted { $0.created < $1.created } }

    func enter(_ key: AccessKey) { state.withLock { $0.keys[key.id] = key } }
}

extension Bucket {
    /// The record column of the bucket's row.
    func record(accounts: some AccountNumbers) -> [UInt8] {
        var writer = RecordWriter(reserving: 64)
        writer.raw(uuid)
        writer.signed(created.milliseconds)
        writer.unsigned(UInt64(accounts.number(of: owner)))
        writer.text(region)
        writer.byte(versioning.rawValue)
        writer.byte(hasObjectLock ? 1 : 0)
        writer.versionedSince(versionedSince)
        return writer.sealed(with: Bucket.sealedColumns(id: id, name: name))
    }

    init(
        id: BucketID, name: String, record: UnsafeRawBufferPointer, account: (Int64) -> String
    ) throws(StoreError) {
        var reader = try RecordReader(
            sealed: record, columns: Bucket.sealedColumns(id: id, name: name), row: "bucket \(name)")
        let uuid = try reader.raw(16)
        let created = Timestamp(milliseconds: try reader.signed())
        let owner = account(try reader.integer())
        let region = try reader.text()
        guard let versioning = VersioningState(rawValue: try reader.byte()) else {
            throw .corrupt("the row of bucket \(name) names an unknown versioning state")
        }
        self.init(
            id: id, name: name, uuid: uuid, created: created, owner: owner, region: region, versioning: versioning,
            hasObjectLock: try reader.byte() != 0)
        versionedSince = try reader.recordTail().versionedSince
    }

    private static func sealedColumns(id: BucketID, name: String) -> [UInt8] {
        withUnsafeBytes(of: id.value.littleEndian) { Array($0) } + Array(name.utf8)
    }
}
