// Why this file exists: the border between the store's errors and the wire's. Both switches are total, so a new
// StoreError does not compile until somebody has decided what a client is told. Details of the machine (paths,
// errno, SQL) stay behind; the caller logs them.
public import ObjectCore

extension S3Error {
    /// What a client is told about an error of the store.
    /// - Parameters:
    ///   - bucket: the bucket that was asked for, for the fields of the answer.
    ///   - key: the key that was asked for, likewise.
    // Several cases are called as their codes are: `.noSuchKey` alone must mean the code, not the store's error.
    @_disfavoredOverload
    public init(_ error: StoreError, bucket: String? = nil, key: ObjectKey? = nil) {
        switch error {
        case .noSuchBucket(let name): self.init(.noSuchBucket, fields: ["BucketName": name])
        case .noSuchKey: self.init(.noSuchKey)
        case .noSuchVersion: self.init(.noSuchVersion)
        case .noSuchUpload: self.init(.noSuchUpload)
        case .versionDestroyed(let version):
            self.init(.versionDestroyed, headers: ["x-amz-version-id": version.description])
        case .noSuchSnapshot(let name): self.init(.noSuchBucket, fields: ["BucketName": name])
        case .isThePast(let name):
            self.init(
                .accessDenied, "\(name) is a snapshot or a past state of a bucket, which can be read and not changed.")
        case .pastIsUnknown(let why): self.init(.invalidArgument, "That state cannot be told: \(why).")
        case .bucketHasSnapshots(let names):
            self.init(.bucketNotEmpty, "The bucket you tried to delete has snapshots: \(names). Delete them first.")
        case .isDeleteMarker(let version):
            self.init(
                .noSuchKey, headers: ["x-amz-delete-marker": "true", "x-amz-version-id": version.description])
        case .bucketExists(let name, let isOwn):
            self.init(isOwn ? .bucketAlreadyOwnedByYou : .bucketAlreadyExists, fields: ["BucketName": name])
        case .bucketNotEmpty: self.init(.bucketNotEmpty)
        case .invalidBucketName(let name): self.init(.invalidBucketName, fields: ["BucketName": name])
        case .invalidKey(let length):
            if length > ObjectKey.maximumLength {
                self = S3Error.keyTooLong(length: length)
            } else {
                self.init(.invalidArgument, "An object key must not be empty.")
            }
        case .preconditionFailed(let condition):
            self.init(.preconditionFailed, fields: ["Condition": condition])
        case .conditionalConflict: self.init(.conditionalRequestConflict)
        case .objectLocked:
            self.init(.accessDenied, "Access Denied because object protected by object lock.")
        case .invalidPart(let number): self.init(.invalidPart, fields: ["PartNumber": String(number)])
        case .invalidPartOrder: self.init(.invalidPartOrder)
        case .partTooSmall(let number, let size):
            self.init(
                .entityTooSmall,
                fields: [
                    "ProposedSize": String(size), "MinSizeAllowed": String(S3Error.minimumPartSize),
                    "PartNumber": String(number),
                ])
        case .objectTooLarge(let size): self.init(.entityTooLarge, fields: ["ProposedSize": String(size)])
        case .digestMismatch(let algorithm): self = S3Error.badDigest(algorithm)
        case .invalidArgument(let text): self.init(.invalidArgument, text)
        case .encryption(let failure): self.init(failure)
        case .tooManyAnnotations: self.init(.annotationLimitExceeded)
        case .archived(let storageClass):
            self.init(.invalidObjectState, fields: ["StorageClass": storageClass])
        case .notArchived(let storageClass):
            self.init(
                .invalidObjectState, "Restore is not allowed for the object's current storage class",
                fields: ["StorageClass": storageClass])
        case .identity(let failure): self.init(.invalidRequest, failure.message)
        case .outOfSpace: self.init(.insufficientStorage)
        case .readOnly:
            self.init(.serviceUnavailable, "The store is read-only after a failed write. Reads go on.")
        case .corrupt:
            self.init(.internalError, "Stored data did not match its digest and is not served.")
        case .locked, .unusable, .system, .database: self.init(.internalError)
        case .overloaded: self.init(.slowDown)
        case .closed: self.init(.serviceUnavailable, "The server is shutting down.")
        }
        addNames(of: error, bucket: bucket, key: key)
    }

    /// What a client is told when a key is missing or wrong.
    private init(_ failure: EncryptionFailure) {
        switch failure {
        case .noMasterKey:
            self.init(
                .notImplemented,
                "This server was started without a master key, so SSE-S3 and SSE-KMS are not available on it.")
        case .unknownMasterKey:
            self.init(
                .kmsInvalidState, "The key is protected by a master key that this server was started without.")
        case .noKeyring:
            self.init(
                .notImplemented, "This server was started without a keyring, so SSE-KMS is not available on it.")
        case .noSuchKey(let name):
            self.init(.kmsNotFound, "Key '\(name)' does not exist", fields: ["KeyId": name])
        case .customerKeyMissing:
            self.init(
                .invalidRequest,
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided "
                    + "to retrieve the object.")
        case .customerKeyWrong: self.init(.accessDenied)
        case .customerKeyNotApplicable:
            self.init(.invalidRequest, "The encryption parameters are not applicable to this object.")
        case .dataKeyMissing: self.init(.internalError)
        }
    }

    /// What a client is told when its body could not be read.
    public init(_ error: BodyError) {
        switch error {
        case .truncated: self.init(.incompleteBody)
        case .malformed: self.init(.incompleteBody, "The chunked framing of the request body is malformed.")
        case .timedOut: self.init(.requestTimeout)
        case .cancelled: self.init(.serviceUnavailable, "The server is shutting down.")
        }
    }

    /// The smallest part that is not the last, in bytes.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    private static var minimumPartSize: Int { 5 * 1024 * 1024 }

    static func keyTooLong(length: Int) -> S3Error {
        S3Error(
            .keyTooLong, fields: ["Size": String(length), "MaxSizeAllowed": String(ObjectKey.maximumLength)])
    }

    /// BadDigest in the words that AWS uses for each algorithm.
    static func badDigest(_ algorithm: DigestAlgorithm) -> S3Error {
        algorithm == .md5
            ? S3Error(.badDigest)
            : S3Error(
                .badDigest, "The \(algorithm.s3Name) you specified did not match the calculated checksum.")
    }

    // AWS names the thing that was not found or not changed.
    private mutating func addNames(of error: StoreError, bucket: String?, key: ObjectKey?) {
        switch error {
        case .noSuchKey, .isDeleteMarker, .noSuchVersion, .versionDestroyed:
            if let key { fields.append(Field(name: "Key", value: key.description)) }
        case .bucketNotEmpty:
            if let bucket { fields.append(Field(name: "BucketName", value: bucket)) }
        default: break
        }
    }
}
