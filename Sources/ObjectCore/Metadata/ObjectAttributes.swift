// Why this file exists: what a writer says about an object beside its bytes. It is kept with the version and given
// back unchanged; the data model carries every S3 attribute from the start, so that later operations need no
// migration.

/// A name and a value, kept in the order in which they were given.
public struct NameValue: Sendable, Hashable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Response headers that a writer may set on an object and a reader gets back.
public enum ObjectHeader: UInt8, Sendable, CaseIterable {
    // The raw values are on disk (docs/FORMAT.md): never renumber.
    case contentType = 1
    case cacheControl = 2
    case contentDisposition = 3
    case contentEncoding = 4
    case contentLanguage = 5
    case expires = 6
    case websiteRedirectLocation = 7
}

/// Until when, and how firmly, a version may not be destroyed.
/// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
public struct Retention: Sendable, Hashable {
    /// Who may shorten the retention: somebody with a special permission, or nobody.
    public enum Mode: UInt8, Sendable {
        case governance = 1
        case compliance = 2
    }
    public var mode: Mode
    public var until: Timestamp
    public init(mode: Mode, until: Timestamp) {
        self.mode = mode
        self.until = until
    }
}

/// What is known of an object beside its bytes.
public struct ObjectAttributes: Sendable, Hashable {
    /// Standard headers, each at most once.
    public var headers: [ObjectHeader: String] = [:]
    /// `x-amz-meta-*`, names in lower case without the prefix.
    public var userMetadata: [NameValue] = []
    /// Object tags, at most 10.
    public var tags: [NameValue] = []
    /// The storage class as S3 names it; `STANDARD` unless told otherwise.
    public var storageClass = "STANDARD"
    public var retention: Retention?
    public var isOnLegalHold = false {
        didSet { if isOnLegalHold { hasLegalHoldStatus = true } }
    }
    /// Whether a legal hold was ever said to be on or off: S3 tells "off" from "never set".
    public var hasLegalHoldStatus = false
    /// Stored checksums that S3 gives back (never MD5, which is the ETag).
    public var checksums: [Checksum] = []
    /// Canonical id of the account that wrote the object; empty when embedded without accounts.
    public var owner = ""
    /// The access control list; nil when the owner alone has full control.
    public var grants: [AccessGrant]?
    /// How far copying has come, or that it is a copy; nil when no rule is about it. A writer sets ``ReplicationState/replica``
    /// or nothing.
    public var replication: ReplicationState?

    public init() {}
}
