// Why this file exists: a snapshot is a name for the state that a bucket had at one entry of the journal. It has no
// content of its own: what it shows follows from the rows of versions, those that are and those that were.

/// A named state of a bucket, which is read as a bucket of its own under the name `BUCKET.NAME`.
public struct Snapshot: Sendable, Hashable {
    /// The most snapshots of one bucket.
    public static let countMaximum = 1000
    /// The longest name under which a snapshot is read, in bytes: that of a bucket in S3.
    public static let viewNameLengthMaximum = 63

    public var bucket: BucketID
    public var bucketName: String
    public var name: String
    /// The journal position of the entry that made it: it shows what all entries before came to.
    public var index: Int64
    public var created: Timestamp
    /// Canonical id of the account that asked for it; empty for an operator.
    public var creator: String

    /// The name under which it is read.
    public var viewName: String { "\(bucketName).\(name)" }

    /// - Throws: ``StoreError/invalidArgument(_:)`` for a name that no bucket of S3 could end with.
    static func check(name: String, of bucketName: String) throws(StoreError) {
        let bytes = Array(name.utf8)
        let dash = UInt8(ascii: "-")
        let isFit = bytes.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == dash }
        // Without dots, so that the last dot of the name it is read under parts bucket and snapshot.
        guard let first = bytes.first, let last = bytes.last, isFit, first != dash, last != dash else {
            throw .invalidArgument("the name of a snapshot has lower-case letters, digits and inner dashes only")
        }
        let whole = "\(bucketName).\(name)"
        guard whole.utf8.count <= viewNameLengthMaximum else {
            throw .invalidArgument(
                "\(whole) has \(whole.utf8.count) bytes; clients take names of buckets up to \(viewNameLengthMaximum)")
        }
        let groups = whole.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard groups.count != 4 || !groups.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }) else {
            throw .invalidArgument("\(whole) looks like an address")
        }
    }
}

extension Snapshot {
    /// The record column of the snapshot's row.
    func record(accounts: some AccountNumbers) -> [UInt8] {
        var writer = RecordWriter(reserving: 24)
        writer.signed(created.milliseconds)
        writer.unsigned(UInt64(accounts.number(of: creator)))
        return writer.sealed(with: Snapshot.sealedColumns(bucket: bucket, index: index, name: name))
    }

    /// Reads a row whose columns are bucket, position, name, record.
    init(row: any SQLRow, bucketName: String, account: (Int64) -> String) throws(StoreError) {
        let bucket = BucketID(row.integer(0))
        let index = row.integer(1)
        let name = row.text(2)
        let (created, creator) = try row.withBytes(3) { bytes throws(StoreError) in
            var reader = try RecordReader(
                sealed: bytes, columns: Snapshot.sealedColumns(bucket: bucket, index: index, name: name),
                row: "snapshot \(name) of \(bucketName)")
            return (Timestamp(milliseconds: try reader.signed()), account(try reader.integer()))
        }
        self.init(
            bucket: bucket, bucketName: bucketName, name: name, index: index, created: created, creator: creator)
    }

    private static func sealedColumns(bucket: BucketID, index: Int64, name: String) -> [UInt8] {
        withUnsafeBytes(of: bucket.value.littleEndian) { Array($0) }
            + withUnsafeBytes(of: index.littleEndian) { Array($0) } + Array(name.utf8)
    }
}

extension Bucket {
    /// The bucket as a snapshot shows it.
    func seen(through snapshot: Snapshot) -> Bucket {
        var view = self
        view.name = snapshot.viewName
        view.created = snapshot.created
        view.asOf = snapshot.index
        view.snapshot = snapshot.name
        return view
    }
}
