// Why this file exists: the SHA-256 of a whole object is not known when it is put together of parts, or copied from one
// that was. Such a version leaves a row in `digest_pending`, in the commit that makes it, so that the digest can be
// computed later without looking through everything. The row says as well why a digest is not there.
// Invariant: a version that exists and has no SHA-256 has a row; a version whose bytes are gone has none.

/// Why the SHA-256 of a version is not known. The raw values are on disk: never renumber.
public enum DigestState: Int64, Sendable, CaseIterable {
    /// It waits for its turn.
    case pending = 0
    /// Sealed under a customer's key, which nobody but the customer has: it will never be known.
    case customerKey = 1
    /// Its bytes could not be read, or are not those that were written. It is tried again now and then.
    case unreadable = 2
    /// Sealed under a key that this server was not given. It is tried again now and then.
    case keyMissing = 3

    /// As answers write it.
    public var name: String {
        switch self {
        case .pending: "pending"
        case .customerKey: "customerKey"
        case .unreadable: "unreadable"
        case .keyMissing: "keyMissing"
        }
    }

    /// Reads what ``name`` writes.
    public init?(name: String) {
        guard let state = DigestState.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }
}

/// A version whose SHA-256 is not known.
public struct PendingDigest: Sendable {
    /// The journal position that made the version.
    public var index: Int64
    public var bucket: BucketID
    public var key: ObjectKey
    public var state: DigestState
    /// Why it is not ``DigestState/pending``, in words.
    public var reason: String

    public init(index: Int64, bucket: BucketID, key: ObjectKey, state: DigestState = .pending, reason: String = "") {
        self.index = index
        self.bucket = bucket
        self.key = key
        self.state = state
        self.reason = reason
    }
}

extension ObjectStore {
    /// Versions without a SHA-256 in one state, in the order of their journal positions, after a position.
    public func pendingDigests(
        _ state: DigestState, after index: Int64 = 0, limit: Int
    ) throws(StoreError) -> [PendingDigest] {
        try database.read { transaction throws(StoreError) in
            var found: [PendingDigest] = []
            try transaction.query(
                """
                SELECT position, bucket, key, reason FROM digest_pending
                WHERE state = $1 AND position > $2 ORDER BY position LIMIT $3
                """, [.integer(state.rawValue), .integer(index), .integer(Int64(limit))]
            ) { row throws(StoreError) in
                found.append(
                    PendingDigest(
                        index: row.integer(0), bucket: BucketID(row.integer(1)), key: try ObjectKey(row.bytes(2)),
                        state: state, reason: row.text(3)))
                return true
            }
            return found
        }
    }

    /// Why the versions of these journal positions have no SHA-256. One that has it, or is gone, is not in the answer.
    public func digestStates(of indices: some Sequence<Int64>) throws(StoreError) -> [Int64: DigestState] {
        try database.read { transaction throws(StoreError) in
            var states: [Int64: DigestState] = [:]
            for index in indices {
                states[index] =
                    try transaction.first(
                        "SELECT state FROM digest_pending WHERE position = $1", [.integer(index)]
                    ) { row throws(StoreError) in DigestState(rawValue: row.integer(0)) } ?? nil
            }
            return states
        }
    }

    /// How many versions have no SHA-256, by state.
    public func pendingDigestCounts() throws(StoreError) -> [DigestState: Int64] {
        try database.read { transaction throws(StoreError) in
            var counts: [DigestState: Int64] = [:]
            try transaction.query("SELECT state, COUNT(*) FROM digest_pending GROUP BY state", []) {
                row throws(StoreError) in
                if let state = DigestState(rawValue: row.integer(0)) { counts[state] = row.integer(1) }
                return true
            }
            return counts
        }
    }
}

extension Change {
    /// Leaves word that the SHA-256 of a new version is to be computed, if it is not known.
    mutating func noteForDigest(_ version: ObjectVersion) throws(StoreError) {
        guard !version.isDeleteMarker, version.sha256 == nil else { return }
        let state: DigestState = version.encryption?.scheme == .customer ? .customerKey : .pending
        try execute(
            "INSERT INTO digest_pending (position, bucket, key, state, reason) VALUES ($1, $2, $3, $4, '')",
            [
                .integer(version.index), .integer(version.bucket.value), .bytes(version.key.bytes),
                .integer(state.rawValue),
            ])
    }

    /// The bytes of a version go, and what was to be computed of them. Costs nothing where the digest is known.
    mutating func forgetDigest(of version: ObjectVersion) throws(StoreError) {
        guard !version.isDeleteMarker, version.sha256 == nil else { return }
        try execute("DELETE FROM digest_pending WHERE position = $1", [.integer(version.index)])
    }

    /// Says why a version has no digest.
    mutating func setDigestState(_ state: DigestState, of index: Int64, reason: String) throws(StoreError) {
        try execute(
            "UPDATE digest_pending SET state = $2, reason = $3 WHERE position = $1",
            [.integer(index), .integer(state.rawValue), .text(reason)])
    }

    /// Records the SHA-256 of a version that exists, or that a snapshot shows. Nothing else of the version changes, so
    /// no older row of it is remembered.
    /// - Returns: false when the version is gone or has its digest.
    mutating func settleDigest(
        _ sha256: [UInt8], of pending: PendingDigest, accounts: some AccountNumbers
    ) throws(StoreError) -> Bool {
        let key: [SQLValue] = [
            .integer(pending.bucket.value), .bytes(pending.key.bytes), .integer(-pending.index),
        ]
        let decode = { (row: any SQLRow) throws(StoreError) -> ObjectVersion in
            try ObjectVersion(bucket: pending.bucket, key: pending.key, row: row, accounts: accounts)
        }
        let live = try first(
            """
            SELECT position, flags, size, modified, record FROM versions
            WHERE bucket = $1 AND key = $2 AND position = $3
            """, key, decode)
        let held: ObjectVersion? =
            if live == nil {
                try first(
                    """
                    SELECT position, flags, size, modified, record FROM past_versions
                    WHERE bucket = $1 AND key = $2 AND position = $3 AND state = 1
                    """, key, decode)
            } else { nil }
        guard var version = live ?? held, version.sha256 == nil else { return false }
        try forgetDigest(of: version)
        version.sha256 = sha256
        try journal(
            .objectDigested, .embedded, [("version", .integer(version.index)), ("sha256", .text(Hex.encode(sha256)))])
        let values = key + [.bytes(version.row(accounts: accounts).record)]
        if live != nil {
            try execute(
                "UPDATE versions SET record = $4 WHERE bucket = $1 AND key = $2 AND position = $3", values)
        } else {
            try execute(
                """
                UPDATE past_versions SET record = $4
                WHERE bucket = $1 AND key = $2 AND position = $3 AND state = 1
                """, values)
        }
        return true
    }
}
