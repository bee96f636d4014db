// Why this file exists: audits look at every row of the journal and of `versions`; these readers show rows where SQLite
// has them, without a copy and without decoding what an audit does not compare.

extension ObjectStore {
    /// Shows rows of the journal in order. The bytes are valid inside `visit` only; those of an entry are empty when it
    /// was pruned.
    /// - Parameters:
    ///   - range: indices, counted from 0.
    ///   - visit: given position, time in milliseconds, leaf hash and entry.
    package func eachJournalRow(
        _ range: Range<Int64>,
        _ visit: (Int64, Int64, UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        try database.read { transaction throws(StoreError) in
            try transaction.query(
                "SELECT position, at, leaf, entry FROM journal WHERE position > $1 AND position <= $2 ORDER BY position",
                [.integer(range.lowerBound), .integer(range.upperBound)]
            ) { row throws(StoreError) in
                let position = row.integer(0)
                let at = row.integer(1)
                try row.withBytes(2) { leaf throws(StoreError) in
                    try row.withBytes(3) { entry throws(StoreError) in try visit(position, at, leaf, entry) }
                }
                return true
            }
        }
    }

    /// Shows what an audit compares of every version between two borders, delete markers too.
    /// - Throws: ``StoreError/corrupt(_:)`` at the first row that does not match its seal; and what `visit` throws.
    package func eachVersionFacts(
        from start: VersionBorder, to end: VersionBorder, _ visit: (VersionFacts) throws(StoreError) -> Void
    ) throws(StoreError) {
        var columns: [UInt8] = []
        try database.read { transaction throws(StoreError) in
            try transaction.query(
                """
                SELECT bucket, key, position, flags, size, modified, record FROM versions
                WHERE (bucket, key) >= ($1, $2) AND (bucket, key) < ($3, $4)
                """,
                [.integer(start.bucket), .bytes(start.key), .integer(end.bucket), .bytes(end.key)]
            ) { row throws(StoreError) in
                try row.withBytes(1) { key throws(StoreError) in
                    let numbers = (row.integer(0), row.integer(2), row.integer(3), row.integer(4), row.integer(5))
                    columns.removeAll(keepingCapacity: true)
                    let sealed = (
                        numbers.0.littleEndian, numbers.1.littleEndian, numbers.2.littleEndian,
                        numbers.3.littleEndian, numbers.4.littleEndian
                    )
                    withUnsafeBytes(of: sealed) { columns.append(contentsOf: $0) }
                    columns.append(contentsOf: key)
                    try row.withBytes(6) { record throws(StoreError) in
                        var reader = try RecordReader(
                            sealed: record, columns: columns, row: "object \(String(decoding: key, as: UTF8.self))")
                        let etag = try reader.view()
                        _ = try reader.view()
                        _ = try reader.integer()
                        try reader.passChecksums()
                        try visit(
                            VersionFacts(
                                bucket: BucketID(numbers.0), key: key, index: -numbers.1,
                                isDeleteMarker: numbers.2 & VersionRow.markerFlag != 0, size: numbers.3,
                                modified: numbers.4, etag: etag, sha256: try reader.view()))
                    }
                }
                return true
            }
        }
    }
}

/// A place between two versions, in the order of `versions`.
package struct VersionBorder: Sendable, Comparable {
    fileprivate let bucket: Int64
    fileprivate let key: [UInt8]

    package init(bucket: BucketID, key: [UInt8]) {
        self.bucket = bucket.value
        self.key = key
    }

    private init(bucket: Int64) {
        self.bucket = bucket
        key = []
    }

    /// Before all versions.
    package static let start = VersionBorder(bucket: .min)
    /// Behind all versions.
    package static let end = VersionBorder(bucket: .max)

    package static func < (left: VersionBorder, right: VersionBorder) -> Bool {
        left.bucket != right.bucket ? left.bucket < right.bucket : left.key.lexicographicallyPrecedes(right.key)
    }
}

/// What the journal says of a version, as its row says it. The bytes are valid only where it was shown.
package struct VersionFacts {
    package let bucket: BucketID
    package let key: UnsafeRawBufferPointer
    package let index: Int64
    package let isDeleteMarker: Bool
    package let size: Int64
    package let modified: Int64
    package let etag: UnsafeRawBufferPointer
    /// Empty when it is not known.
    package let sha256: UnsafeRawBufferPointer
}
