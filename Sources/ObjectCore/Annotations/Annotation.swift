// Why this file exists: an annotation is a named text beside a version: what somebody or something found out about the
// object after it was written. It can be replaced and removed while the version stays as it is.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/annotations-overview.html

/// A named text that belongs to a version of an object.
public struct Annotation: Sendable {
    /// The most bytes of a name.
    public static let nameLengthMaximum = 512
    /// The most bytes of a text.
    public static let lengthMaximum = 1 << 20
    /// The most annotations of one version.
    public static let countMaximum = 1000

    /// 1 to ``nameLengthMaximum`` bytes of UTF-8. Which names a client may use is the gateway's rule.
    public let name: String
    /// In bytes.
    public let size: Int64
    public let modified: Timestamp
    /// Without quotes.
    public let etag: String
    public let checksums: [Checksum]
    /// How the text is sealed; nil when it is plain.
    public let encryption: ObjectEncryption?
    /// The journal index of the change that wrote it; owns the chunks.
    let position: Int64
    let manifest: Manifest
}

/// An annotation that was, until the change at a journal position.
struct PastAnnotation: Sendable {
    var bucket: BucketID
    var version: Int64
    var annotation: Annotation
    var until: Int64
}

/// A text that lies in the store and is not yet anybody's annotation.
public struct StagedAnnotation: Sendable {
    public var name: String
    public var content: StagedContent
    public var checksums: [Checksum]

    public init(name: String, content: StagedContent, checksums: [Checksum] = []) {
        self.name = name
        self.content = content
        self.checksums = checksums
    }
}

extension Annotation {
    /// What the record's seal covers beside the record.
    private static func sealedColumns(version: Int64, name: [UInt8], position: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in [version, position] { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes + name
    }

    func record(version: Int64) -> [UInt8] {
        var writer = RecordWriter()
        writer.unsigned(UInt64(size))
        writer.signed(modified.milliseconds)
        writer.text(etag)
        writer.checksums(checksums)
        writer.manifest(manifest)
        writer.encryption(encryption)
        return writer.sealed(
            with: Annotation.sealedColumns(version: version, name: Array(name.utf8), position: position))
    }

    /// Reads a row whose columns are version, name, position, record.
    init(row: any SQLRow) throws(StoreError) {
        let version = row.integer(0)
        let name = row.bytes(1)
        let position = row.integer(2)
        let columns = Annotation.sealedColumns(version: version, name: name, position: position)
        let text = String(decoding: name, as: UTF8.self)
        self = try row.withBytes(3) { bytes throws(StoreError) in
            var reader = try RecordReader(sealed: bytes, columns: columns, row: "annotation \(text)")
            let size = try reader.integer()
            let modified = Timestamp(milliseconds: try reader.signed())
            let etag = try reader.text()
            let checksums = try reader.checksums()
            let manifest = try reader.manifest()
            return Annotation(
                name: text, size: size, modified: modified, etag: etag, checksums: checksums,
                encryption: try reader.recordTail().encryption, position: position, manifest: manifest)
        }
    }
}
