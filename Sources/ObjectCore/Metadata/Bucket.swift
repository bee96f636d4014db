// Why this file exists: a bucket and its settings.

/// The internal number of a bucket; never used again, so a bucket made anew under an old name is another bucket.
public struct BucketID: Sendable, Hashable {
    public let value: Int64
    public init(_ value: Int64) { self.value = value }
}

/// Whether a bucket keeps old versions.
/// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
public enum VersioningState: UInt8, Sendable {
    case never = 0
    case enabled = 1
    case suspended = 2
}

/// A bucket.
public struct Bucket: Sendable, Hashable {
    public var id: BucketID
    public var name: String
    /// 16 random bytes that name the bucket in lineage, whatever its name becomes.
    public var uuid: [UInt8]
    public var created: Timestamp
    /// Canonical id of the owning account; empty when embedded without accounts.
    public var owner: String
    public var region: String
    public var versioning: VersioningState
    /// Whether Object Lock was switched on (it cannot be switched off).
    public var hasObjectLock: Bool
    /// The journal index since which every version that went is remembered: when versioning was first set. Nil when it
    /// never was.
    public internal(set) var versionedSince: Int64?
    /// The journal index whose state this value shows; nil for the bucket as it is now. See
    /// ``ObjectStore/bucket(_:asOf:)``.
    public internal(set) var asOf: Int64?
    /// The name of the snapshot that this value shows, under the name `BUCKET.NAME`; nil for a bucket itself.
    public internal(set) var snapshot: String?

    /// The bucket's own name, also where this value shows a snapshot of it.
    public var baseName: String {
        guard let snapshot else { return name }
        return String(name.dropLast(snapshot.count + 1))
    }

    public init(
        id: BucketID, name: String, uuid: [UInt8], created: Timestamp, owner: String, region: String,
        versioning: VersioningState, hasObjectLock: Bool
    ) {
        self.id = id
        self.name = name
        self.uuid = uuid
        self.created = created
        self.owner = owner
        self.region = region
        self.versioning = versioning
        self.hasObjectLock = hasObjectLock
    }
}
