// Why this file exists: what the graph connects. Nodes are exact things, never names that move: a version is named by
// the journal entry that made it, a bucket by its UUID, content by its digest.
public import ObjectCore

/// The number of a node in one graph database: dense, in the order in which the journal first names the nodes, so a
/// graph that is rebuilt from the journal numbers them the same. It is no identity outside: hand out ``LineageNode``s.
public struct GraphNodeID: Sendable, Hashable, Comparable {
    public let value: UInt32
    public init(_ value: UInt32) { self.value = value }
    public static func < (left: GraphNodeID, right: GraphNodeID) -> Bool { left.value < right.value }
}

/// The UUID of a bucket, which names it whatever its name becomes.
public struct BucketUUID: Sendable, Hashable, CustomStringConvertible {
    /// 16 bytes.
    public let bytes: [UInt8]
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// 32 hexadecimal digits, as journal entries write it in `bucketId`.
    public var description: String { Hex.encode(bytes) }
}

/// One version of one object, exactly.
public struct VersionReference: Sendable, Hashable {
    public var bucketUUID: BucketUUID
    /// The bucket's name, for people.
    public var bucket: String
    public var key: ObjectKey
    /// The position of the journal entry that made the version, from 1: its identity in the store.
    public var journalIndex: Int64
    /// What S3 calls the version.
    public var versionID: VersionID
    /// What the journal has in the place of the key; nil when it has the key.
    public var commitment: [UInt8]?
    /// Whether nothing opens the commitment any more; then ``key`` is the commitment in hexadecimal.
    public var isErased = false

    public init(
        bucketUUID: BucketUUID, bucket: String, key: ObjectKey, journalIndex: Int64, versionID: VersionID
    ) {
        self.bucketUUID = bucketUUID
        self.bucket = bucket
        self.key = key
        self.journalIndex = journalIndex
        self.versionID = versionID
    }
}

/// What the graph knows of a version. It stays when the version is gone.
public struct LineageVersion: Sendable, Hashable {
    /// How a version came to be no more.
    public enum Removal: UInt8, Sendable {
        /// Deleted for good, or overwritten where no versions are kept.
        case deleted = 1
        case replaced = 2
        case expired = 3
        case erased = 4
    }

    public var reference: VersionReference
    public var isDeleteMarker: Bool
    public var size: Int64
    /// Without quotes.
    public var etag: String
    /// Of the whole object, where it is known.
    public var content: ContentDigest?
    /// Why it is not known; nil when it is, for a marker, and where the store does not tell: for what is gone.
    public var digestState: DigestState?
    public var created: Timestamp
    /// Whether every byte of it is that of other versions: a copy, or made of copied parts alone.
    public var isCopy: Bool
    /// The run that made it; nil when it was written without one.
    public var run: RunID?
    /// Retention as the journal tells it last.
    public var retainedUntil: Timestamp?
    public var isComplianceLocked: Bool
    public var isOnLegalHold: Bool
    /// Nil while the version exists.
    public var removal: Removal?
    /// The position of the journal entry that removed it; 0 while it exists.
    public var removedIndex: Int64

    public init(reference: VersionReference, size: Int64, etag: String, created: Timestamp) {
        self.reference = reference
        self.size = size
        self.etag = etag
        self.created = created
        isDeleteMarker = false
        isCopy = false
        isComplianceLocked = false
        isOnLegalHold = false
        removedIndex = 0
    }
}

/// SHA-256 of a whole object.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]
    /// Nil unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }
    /// Nil unless there are 64 hexadecimal digits.
    public init?(hexadecimal text: String) {
        guard let bytes = Hex.decode(text) else { return nil }
        self.init(bytes)
    }
    public var description: String { Hex.encode(bytes) }
}

/// What is executed again and again under one name.
public struct Job: Sendable, Hashable, CustomStringConvertible {
    /// The namespace of jobs that are given none.
    public static let defaultNamespace = "default"
    public var namespace: String
    public var name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Reads `namespace/name` or `name`: the namespace ends at the last slash but one that is followed by text.
    public init(tag: String) {
        guard let slash = tag.lastIndex(of: "/"), slash != tag.startIndex, tag.index(after: slash) != tag.endIndex
        else {
            self.init(namespace: Job.defaultNamespace, name: tag)
            return
        }
        self.init(namespace: String(tag[..<slash]), name: String(tag[tag.index(after: slash)...]))
    }

    public var description: String { "\(namespace)/\(name)" }
}

/// Who acts.
public struct Agent: Sendable, Hashable {
    /// What kind of name it is.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// Canonical id of an account.
        case account = 1
        case accessKey = 2
        /// `role/session name`.
        case session = 3
        /// STS `SourceIdentity`.
        case sourceIdentity = 4
        /// The store itself: lifecycle rules.
        case store = 5
    }
    public var kind: Kind
    public var name: String
    /// What the journal has in the place of the name; nil when it has the name.
    public var commitment: [UInt8]?
    /// Whether nothing opens the commitment any more; then ``name`` is the commitment in hexadecimal.
    public var isErased = false

    public init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// One whose name is hidden, before it is opened.
    init(_ kind: Kind, commitment: [UInt8]) {
        self.kind = kind
        name = Hex.encode(commitment)
        self.commitment = commitment
        isErased = true
    }
}

/// What was asked for in a listing.
public struct ListedPrefix: Sendable, Hashable {
    public var bucketUUID: BucketUUID
    public var bucket: String
    public var prefix: [UInt8]
    /// What the journal has in the place of the prefix; nil when it has the prefix.
    public var commitment: [UInt8]?
    /// Whether nothing opens the commitment any more; then ``prefix`` is the commitment in hexadecimal.
    public var isErased = false

    public init(bucketUUID: BucketUUID, bucket: String, prefix: [UInt8]) {
        self.bucketUUID = bucketUUID
        self.bucket = bucket
        self.prefix = prefix
    }
}

/// Anything that the graph connects.
public enum LineageNode: Sendable, Hashable {
    case version(LineageVersion)
    case run(Run)
    case job(Job)
    case agent(Agent)
    case prefix(ListedPrefix)
}
