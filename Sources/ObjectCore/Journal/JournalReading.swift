// Why this file exists: the journal is read here: by audits, by lineage, by whoever wants to know what happened.

extension ObjectStore {
    /// Entries of the journal in order, after position `after`, at most `limit`.
    public func journalEntries(after: Int64 = 0, limit: Int = 1000) throws(StoreError) -> [JournalEntry] {
        try database.read { transaction throws(StoreError) in
            var entries: [JournalEntry] = []
            guard limit > 0 else { return entries }
            try transaction.query(
                "SELECT position, at, entry, leaf FROM journal WHERE position > $1 ORDER BY position",
                [.integer(after)]
            ) { row throws(StoreError) in
                entries.append(
                    JournalEntry(
                        position: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), bytes: row.bytes(2),
                        leaf: row.bytes(3)))
                return entries.count < limit
            }
            return entries
        }
    }

    /// The entry at a position, or nil when the journal does not reach so far.
    public func journalEntry(at position: Int64) throws(StoreError) -> JournalEntry? {
        try journalEntries(after: position - 1, limit: 1).first.flatMap { $0.position == position ? $0 : nil }
    }

    /// How many entries there are.
    public func journalSize() throws(StoreError) -> Int64 {
        try database.read { transaction throws(StoreError) in
            try transaction.first("SELECT position FROM journal ORDER BY position DESC LIMIT 1", []) {
                row throws(StoreError) in row.integer(0)
            } ?? 0
        }
    }

    /// Leaf hashes of the entries whose indices, counted from 0, lie in `range`.
    /// - Throws: ``StoreError/corrupt(_:)`` when one of them is missing.
    public func journalLeaves(_ range: Range<Int64>) throws(StoreError) -> [[UInt8]] {
        try database.read { transaction throws(StoreError) in
            var leaves: [[UInt8]] = []
            leaves.reserveCapacity(range.count)
            try transaction.query(
                "SELECT leaf FROM journal WHERE position > $1 AND position <= $2 ORDER BY position",
                [.integer(range.lowerBound), .integer(range.upperBound)]
            ) { row throws(StoreError) in
                leaves.append(row.bytes(0))
                return true
            }
            guard leaves.count == range.count else {
                throw .corrupt(
                    "the journal has \(leaves.count) of the entries \(range.lowerBound) to \(range.upperBound)")
            }
            return leaves
        }
    }

    /// Shows every version of every object, delete markers too, on one snapshot.
    /// - Throws: ``StoreError/corrupt(_:)`` at the first row that does not match its seal; and what `visit` throws.
    public func eachVersion(_ visit: (ObjectVersion) throws(StoreError) -> Void) throws(StoreError) {
        let catalog = catalog
        try database.read { transaction throws(StoreError) in
            try transaction.query(
                "SELECT bucket, key, position, flags, size, modified, record FROM versions", []
            ) { row throws(StoreError) in
                try visit(
                    ObjectVersion(
                        bucket: BucketID(row.integer(0)), key: try ObjectKey(row.bytes(1)), row: row, first: 2,
                        accounts: catalog))
                return true
            }
        }
    }

    /// The same for the versions of one bucket.
    package func eachVersion(
        of bucket: Bucket, _ visit: (ObjectVersion) throws(StoreError) -> Void
    ) throws(StoreError) {
        let catalog = catalog
        try database.read { transaction throws(StoreError) in
            try transaction.query(
                "SELECT key, position, flags, size, modified, record FROM versions WHERE bucket = $1",
                [.integer(bucket.id.value)]
            ) { row throws(StoreError) in
                try visit(
                    ObjectVersion(
                        bucket: bucket.id, key: try ObjectKey(row.bytes(0)), row: row, first: 1, accounts: catalog))
                return true
            }
        }
    }
}
