// Why this file exists: one version of one object as the store knows it: the row that decides everything.

/// A part of a multipart object, kept after completion for `partNumber` reads and GetObjectAttributes.
public struct ObjectPart: Sendable, Hashable {
    /// 1…10,000; numbers need not be consecutive.
    public var number: Int
    public var size: Int64
    public var checksums: [Checksum]
    public init(number: Int, size: Int64, checksums: [Checksum]) {
        self.number = number
        self.size = size
        self.checksums = checksums
    }
}

/// One version of an object, or a delete marker.
public struct ObjectVersion: Sendable {
    public var bucket: BucketID
    public var key: ObjectKey
    /// The journal index of the change that created the version: its identity inside the store.
    public var index: Int64
    /// Whether the version was written without versioning, so that its public id is `null`.
    public var isNull: Bool
    public var isDeleteMarker: Bool
    public var size: Int64
    public var modified: Timestamp
    /// Without quotes. Empty for a delete marker.
    public var etag: String
    /// SHA-256 of the whole object, where it is known (not for multipart until ``ContentDigester`` had its turn).
    public var sha256: [UInt8]?
    public var attributes: ObjectAttributes
    /// The parts, for an object that was uploaded in parts.
    public var parts: [ObjectPart]
    public var manifest: Manifest
    /// The journal index of the upload that a completion made it from, 0 otherwise: tells a repeated completion.
    var uploadIndex: Int64 = 0
    /// How the bytes are sealed; nil for plain bytes.
    public internal(set) var encryption: ObjectEncryption?
    /// How the bytes are packed; nil where they lie as they are.
    public internal(set) var packed: PackedContent?
    /// Until when an archived version may be read; nil for one that was never restored.
    public internal(set) var restoredUntil: Timestamp?

    /// How many bytes the list of chunks gives.
    var storedLength: Int64 { packed?.storedLength ?? size }

    /// The version's public id.
    public var versionID: VersionID { isNull ? .null : .index(index) }

    public init(
        bucket: BucketID, key: ObjectKey, index: Int64, isNull: Bool, isDeleteMarker: Bool, size: Int64,
        modified: Timestamp, etag: String, sha256: [UInt8]?, attributes: ObjectAttributes, parts: [ObjectPart],
        manifest: Manifest
    ) {
        self.bucket = bucket
        self.key = key
        self.index = index
        self.isNull = isNull
        self.isDeleteMarker = isDeleteMarker
        self.size = size
        self.modified = modified
        self.etag = etag
        self.sha256 = sha256
        self.attributes = attributes
        self.parts = parts
        self.manifest = manifest
    }
}
