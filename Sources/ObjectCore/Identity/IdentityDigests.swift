// Why this file exists: audits compare what the rows of identities and sessions hold with what the journal says of them.

extension ObjectStore {
    /// SHA-256 of the record of each user, group, role and managed policy, by unique id; from the database.
    public func identityRecordDigests() throws(StoreError) -> [String: [UInt8]] {
        try database.read { transaction throws(StoreError) in
            var digests: [String: [UInt8]] = [:]
            try transaction.query("SELECT id, record FROM identities", []) { row throws(StoreError) in
                digests[row.text(0)] = Digest.sha256(row.bytes(1))
                return true
            }
            return digests
        }
    }

    /// SHA-256 of the record of each session, and its end, by access key; from the database.
    public func sessionRecordDigests() throws(StoreError) -> [String: (digest: [UInt8], expires: Timestamp)] {
        try database.read { transaction throws(StoreError) in
            var digests: [String: (digest: [UInt8], expires: Timestamp)] = [:]
            try transaction.query("SELECT id, record, expires FROM sessions", []) { row throws(StoreError) in
                digests[row.text(0)] = (
                    Digest.sha256(row.bytes(1)), Timestamp(milliseconds: row.integer(2))
                )
                return true
            }
            return digests
        }
    }
}
