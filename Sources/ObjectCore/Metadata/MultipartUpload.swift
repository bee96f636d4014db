// Why this file exists: an upload in parts, from its creation to its completion or abort.

/// The name of a multipart upload: its journal index, written like a version id.
public struct UploadID: Sendable, Hashable, CustomStringConvertible {
    public let index: Int64
    public init(_ index: Int64) { self.index = index }

    /// Reads an upload id as a client sends it; nil when it cannot be one.
    public init?(text: some StringProtocol) {
        guard case .index(let index)? = VersionID(text) else { return nil }
        self.index = index
    }

    public var description: String { VersionID.index(index).description }
}

/// An open multipart upload.
public struct MultipartUpload: Sendable {
    public var bucket: BucketID
    public var key: ObjectKey
    public var id: UploadID
    public var initiated: Timestamp
    public var attributes: ObjectAttributes
    /// The checksum that parts carry and completion forms, when one was asked for.
    public var checksumAlgorithm: DigestAlgorithm?
    public var checksumKind: Checksum.Kind
    /// How every part is sealed, and so the object; nil for plain bytes.
    public internal(set) var encryption: ObjectEncryption?
    /// Canonical id of the account that began it, where that is not the one that will own the object.
    public var initiator: String?

    public init(
        bucket: BucketID, key: ObjectKey, id: UploadID, initiated: Timestamp, attributes: ObjectAttributes,
        checksumAlgorithm: DigestAlgorithm?, checksumKind: Checksum.Kind
    ) {
        self.bucket = bucket
        self.key = key
        self.id = id
        self.initiated = initiated
        self.attributes = attributes
        self.checksumAlgorithm = checksumAlgorithm
        self.checksumKind = checksumKind
    }
}

/// A part that was uploaded and not yet completed.
public struct UploadedPart: Sendable {
    public var number: Int
    public var size: Int64
    public var modified: Timestamp
    /// Without quotes.
    public var etag: String
    public var checksums: [Checksum]
    public var manifest: Manifest

    public init(
        number: Int, size: Int64, modified: Timestamp, etag: String, checksums: [Checksum], manifest: Manifest
    ) {
        self.number = number
        self.size = size
        self.modified = modified
        self.etag = etag
        self.checksums = checksums
        self.manifest = manifest
    }
}

/// A part as CompleteMultipartUpload names it.
public struct CompletedPart: Sendable, Hashable {
    public var number: Int
    /// Without quotes.
    public var etag: String
    /// Checksums that the client lists; each must equal that of the uploaded part.
    public var checksums: [Checksum]

    public init(number: Int, etag: String, checksums: [Checksum] = []) {
        self.number = number
        self.etag = etag
        self.checksums = checksums
    }
}
