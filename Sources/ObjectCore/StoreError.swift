// Why this file exists: the second of three strata of errors. System calls fail with SystemCallError, the store
// with StoreError, the wire with S3Error; each is turned into the next in one place, by a total switch.

/// Why the store refused or failed. Every case says what was wrong and leaves the store as it was.
public enum StoreError: Error, Sendable, Equatable {
    // What the caller asked for does not exist.
    case noSuchBucket(String)
    case noSuchKey
    case noSuchVersion
    case noSuchUpload
    /// The current version is a delete marker.
    case isDeleteMarker(VersionID)

    /// The version was there at the time that was asked about, and was destroyed since.
    case versionDestroyed(VersionID)
    case noSuchSnapshot(String)

    // What the caller asked for cannot be done as asked.
    /// A change was asked of a bucket's past, which cannot be changed; the text names it.
    case isThePast(String)
    /// The state that was asked about was not kept, or has not come; the text says why.
    case pastIsUnknown(String)
    /// A bucket with snapshots cannot be deleted; the text names them.
    case bucketHasSnapshots(String)
    case bucketExists(String, isOwn: Bool)
    case bucketNotEmpty
    case invalidBucketName(String)
    /// The key is empty or longer than ``ObjectKey/maximumLength`` bytes.
    case invalidKey(length: Int)
    case preconditionFailed(String)
    /// A conditional write raced with another change of the same key.
    case conditionalConflict
    case objectLocked(String)
    /// A part named in a completion is missing or its ETag or checksum differs.
    case invalidPart(Int)
    case invalidPartOrder
    /// A part other than the last is under the minimum.
    case partTooSmall(number: Int, size: Int64)
    case objectTooLarge(Int64)
    /// A digest that the caller announced differs from that of the bytes.
    case digestMismatch(DigestAlgorithm)
    case invalidArgument(String)
    /// A key is missing or wrong.
    case encryption(EncryptionFailure)
    /// A version has as many annotations as it may have.
    case tooManyAnnotations
    /// The version lies in this archive class and must be restored before it is read.
    case archived(String)
    /// A restore was asked for of a version in this class, which needs none.
    case notArchived(String)
    /// A change of users, groups, roles, policies or sessions is refused.
    case identity(IdentityFailure)

    // The world failed.
    /// No room is left on the device; reads and deletes go on.
    case outOfSpace
    /// The store went read-only after a failed flush; the text says which file and why.
    case readOnly(String)
    /// Stored bytes do not match their digest, or a row does not match its own.
    case corrupt(String)
    /// Another process holds the store; the text says which.
    case locked(String)
    /// The folder is not a store, or of a format that this program does not read.
    case unusable(String)
    case system(SystemCallError)
    case database(String)
    /// So many changes wait that another one is not taken.
    case overloaded
    /// The store is being closed.
    case closed
}
