// Why this file exists: what a listing asks and what it answers, for objects, versions and uploads alike.

/// A page of a listing is described by these.
public struct ListingQuery: Sendable {
    /// Only keys that begin with these bytes.
    public var prefix: [UInt8] = []
    /// Keys that share everything up to this after the prefix are rolled into one common prefix; empty for none.
    public var delimiter: [UInt8] = []
    /// Only entries (keys and common prefixes) after these bytes; empty for the beginning.
    public var after: [UInt8] = []
    /// At most so many entries, keys and common prefixes together.
    public var limit = 1000
    /// Whether it is told until when archived objects may be read, for which more of their records is read.
    public var tellsRestores = false

    public init() {}
}

/// A page of a listing, in the order of bytes.
public struct ListingPage<Item: Sendable>: Sendable {
    public var items: [Item] = []
    public var commonPrefixes: [[UInt8]] = []
    /// Whether entries remain after this page.
    public var isTruncated = false
    /// The last entry of the page (key or common prefix): give it as ``ListingQuery/after`` for the next page. Nil when the page is
    /// empty.
    public var last: [UInt8]?

    public init() {}
}

/// A current object in a listing. Only what a listing shows is read.
public struct ListedObject: Sendable {
    public var key: ObjectKey
    public var versionID: VersionID
    public var size: Int64
    public var modified: Timestamp
    /// Without quotes.
    public var etag: String
    public var storageClass: String
    /// The first stored checksum, for `ChecksumAlgorithm` and `ChecksumType`.
    public var checksum: (algorithm: DigestAlgorithm, kind: Checksum.Kind)?
    public var owner: String
    /// Until when an archived object may be read, where that was asked for; nil for one that was never restored.
    public internal(set) var restoredUntil: Timestamp?

    public init(
        key: ObjectKey, versionID: VersionID, size: Int64, modified: Timestamp, etag: String, storageClass: String,
        checksum: (algorithm: DigestAlgorithm, kind: Checksum.Kind)?, owner: String
    ) {
        self.key = key
        self.versionID = versionID
        self.size = size
        self.modified = modified
        self.etag = etag
        self.storageClass = storageClass
        self.checksum = checksum
        self.owner = owner
    }
}

/// A version or delete marker in a listing of versions.
public struct ListedVersion: Sendable {
    public var object: ListedObject
    public var isDeleteMarker: Bool
    /// Whether it is the newest version of its key.
    public var isLatest: Bool

    public init(object: ListedObject, isDeleteMarker: Bool, isLatest: Bool) {
        self.object = object
        self.isDeleteMarker = isDeleteMarker
        self.isLatest = isLatest
    }
}
