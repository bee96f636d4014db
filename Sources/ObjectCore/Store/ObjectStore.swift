// Why this file exists: the store as a program sees it.

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// Opens without the right to change anything; for `check` and `scrub` of a folder that may not be written.
    public var isReadOnly = false
    public init() {}
}

/// An object store in a folder.
public final class ObjectStore: Sendable {
    /// Opens the store in the folder `path`, making it when the folder is missing or empty.
    /// - Throws: ``StoreError/locked(_:)`` when another process holds it, ``StoreError/unusable(_:)``.
    public static func open(_ path: String, options: StoreOptions = StoreOptions()) throws(StoreError) -> ObjectStore {
        fatalError()
    }
    /// Ends what is in flight and lets go of the folder.
    public func close() async { fatalError() }

    // MARK: Buckets (Store/Buckets.swift)
    public func createBucket(
        _ name: String, owner: String = "", region: String = "us-east-1", hasObjectLock: Bool = false,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> Bucket { fatalError() }
    /// From memory; cheap.
    public func bucket(_ name: String) throws(StoreError) -> Bucket { fatalError() }
    /// In the order of names; all of them, or one account's.
    public func buckets(owner: String? = nil) -> [Bucket] { fatalError() }
    public func deleteBucket(_ name: String, origin: ChangeOrigin = .embedded) async throws(StoreError) {
        fatalError()
    }
    public func setVersioning(
        _ state: VersioningState, of bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) { fatalError() }

    // MARK: Reading (Store/Reading.swift); synchronous: index look-ups take microseconds
    /// - Throws: noSuchKey, isDeleteMarker(version of the marker).
    public func object(_ key: ObjectKey, in bucket: Bucket) throws(StoreError) -> ObjectVersion { fatalError() }
    /// - Throws: noSuchVersion. A delete marker is returned, not thrown.
    public func version(_ id: VersionID, of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> ObjectVersion {
        fatalError()
    }
    /// Where the bytes `range` of the version lie. The range must lie inside the object.
    public func regions(of version: ObjectVersion, range: Range<Int64>) throws(StoreError) -> [FileRegion] {
        fatalError()
    }
    /// The bytes themselves, for small reads.
    public func read(_ version: ObjectVersion, range: Range<Int64>) throws(StoreError) -> [UInt8] { fatalError() }
    public func list(_ query: ListingQuery, in bucket: Bucket) throws(StoreError) -> ListingPage<ListedObject> {
        fatalError()
    }
    /// - Parameter versionMarker: with `query.after` a key: only versions of that key after this one, then later keys.
    public func listVersions(
        _ query: ListingQuery, versionMarker: VersionID? = nil, in bucket: Bucket
    ) throws(StoreError) -> ListingPage<ListedVersion> { fatalError() }

    // MARK: Writing (Store/Writing.swift)
    /// Begins to take content. MD5 (the ETag) and SHA-256 are always computed; `digests` are those wanted beside.
    /// - Parameter expectedLength: in bytes, when known; small content then needs no worker thread.
    public func stage(digests: Set<DigestAlgorithm> = [], expectedLength: Int64? = nil) -> ContentWriter {
        fatalError()
    }
    /// Makes staged content the current object, durably. The ETag is the MD5.
    /// - Throws: preconditionFailed, conditionalConflict, noSuchKey (If-Match on a missing object), noSuchBucket, …
    public func put(
        _ content: StagedContent, as key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes,
        conditions: WriteConditions = WriteConditions(), origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion { fatalError() }
    /// Makes the bytes of `source` an object under another key, by reference: no byte moves. ETag and checksums are
    /// the source's unless `attributes.checksums` of another algorithm is asked for with `checksum`, which reads the bytes.
    public func copy(
        _ source: ObjectVersion, as key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes,
        checksum: DigestAlgorithm? = nil, conditions: WriteConditions = WriteConditions(),
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion { fatalError() }
    /// Deletes the current object (a marker in a versioned bucket), or one version for good. Deleting what does not
    /// exist succeeds, as in S3.
    public func delete(
        _ request: DeleteRequest, in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> DeleteOutcome { fatalError() }
    /// Several deletions in one commit; each succeeds or fails on its own.
    public func delete(
        _ requests: [DeleteRequest], in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async -> [Result<DeleteOutcome, StoreError>] { fatalError() }
    /// Replaces the tags of a version (nil: the current one). Returns the version that was changed.
    public func setTags(
        _ tags: [NameValue], of key: ObjectKey, version: VersionID?, in bucket: Bucket,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion { fatalError() }

    // MARK: Multipart (Store/Multipart.swift)
    public func createUpload(
        _ key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes, checksumAlgorithm: DigestAlgorithm? = nil,
        checksumKind: Checksum.Kind = .composite, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> MultipartUpload { fatalError() }
    /// - Throws: noSuchUpload.
    public func upload(_ id: UploadID, of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> MultipartUpload {
        fatalError()
    }
    public func putPart(
        _ content: StagedContent, number: Int, of upload: MultipartUpload, checksums: [Checksum],
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> UploadedPart { fatalError() }
    /// A part by reference from bytes of an existing version. With `upload.checksumAlgorithm` set, the bytes are read to compute it.
    public func copyPart(
        from source: ObjectVersion, range: Range<Int64>, number: Int, of upload: MultipartUpload,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> UploadedPart { fatalError() }
    /// In order of part number, numbers greater than `after`, at most `limit`, and whether more follow.
    public func parts(
        of upload: MultipartUpload, after: Int = 0, limit: Int = 1000
    ) throws(StoreError) -> (parts: [UploadedPart], isTruncated: Bool) { fatalError() }
    /// Makes the object of the named parts. Repeating a completion that succeeded returns the same object.
    /// - Parameter checksum: the whole object's checksum when the client announces it; must match.
    /// - Parameter expectedSize: `x-amz-mp-object-size`.
    public func completeUpload(
        _ id: UploadID, of key: ObjectKey, in bucket: Bucket, parts: [CompletedPart], checksum: Checksum? = nil,
        expectedSize: Int64? = nil, conditions: WriteConditions = WriteConditions(), origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion { fatalError() }
    public func abortUpload(
        _ id: UploadID, of key: ObjectKey, in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) { fatalError() }
    /// In order of key, then of initiation.
    public func listUploads(
        _ query: ListingQuery, uploadMarker: UploadID? = nil, in bucket: Bucket
    ) throws(StoreError) -> ListingPage<MultipartUpload> { fatalError() }

    // MARK: Access keys (Store/AccessKeys.swift)
    /// From memory; cheap. Revoked keys are not found.
    public func accessKey(_ id: String) -> AccessKey? { fatalError() }
    public func accessKeys() -> [AccessKey] { fatalError() }
    /// Makes a key with a random id and secret. `account` nil: a new account of its own; else joins that account.
    public func createAccessKey(
        account: String? = nil, displayName: String = "", id: String? = nil, secret: String? = nil,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> AccessKey { fatalError() }
    public func revokeAccessKey(_ id: String, origin: ChangeOrigin = .embedded) async throws(StoreError) {
        fatalError()
    }

    // MARK: Maintenance (Maintenance/)
    /// Progress is told as (done, total) in bytes or rows, from the working thread.
    public func collectGarbage(progress: (@Sendable (Int64, Int64) -> Void)? = nil) async throws(StoreError)
        -> CollectionReport
    { fatalError() }
    /// Checks the structure: every row, reference and location.
    public func check(progress: (@Sendable (Int64, Int64) -> Void)? = nil) throws(StoreError) -> CheckReport {
        fatalError()
    }
    /// Reads every stored byte and compares digests.
    public func scrub(progress: (@Sendable (Int64, Int64) -> Void)? = nil) throws(StoreError) -> CheckReport {
        fatalError()
    }
    public func statistics() throws(StoreError) -> StoreStatistics { fatalError() }
    /// Nil when healthy, else why the store refuses writes.
    public var readOnlyReason: String? { fatalError() }
}
