// Why this file exists: a store's error told to an operator: what happened in one sentence, and what to do next in
// another. The switch is total, so that a new error cannot be forgotten. (What S3 clients are told is decided by
// S3Error.)
public import ObjectCore

/// A failure in words, for people and for scripts.
public struct OperatorError: Error, Sendable, Codable, Equatable {
    /// What class of failure it is; exit codes and HTTP statuses follow from it.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// What was asked for does not exist.
        case notFound
        /// The request makes no sense.
        case invalid
        /// The request is refused in the present state.
        case refused
        /// Another process or another task is in the way.
        case busy
        /// The store can be read and not written.
        case readOnly
        /// The device is full.
        case outOfSpace
        /// Stored bytes are damaged.
        case corrupt
        /// The folder is not a store that this program reads.
        case unusable
        /// A system call failed.
        case inputOutput
        /// The program is wrong.
        case `internal`
    }

    public var kind: Kind
    /// One sentence without a full stop.
    public var message: String
    /// What to do next: one sentence without a full stop, or empty.
    public var advice: String

    public init(_ kind: Kind, _ message: String, advice: String = "") {
        self.kind = kind
        self.message = message
        self.advice = advice
    }

    /// The words for a store's error.
    public init(_ error: StoreError) {
        switch error {
        case .noSuchBucket(let name): self.init(.notFound, "there is no bucket \(name)")
        case .noSuchKey: self.init(.notFound, "there is no such key", advice: "see what exists with `cairn key list`")
        case .noSuchVersion: self.init(.notFound, "there is no such version")
        case .noSuchUpload: self.init(.notFound, "there is no such upload")
        case .versionDestroyed: self.init(.notFound, "the version was destroyed since")
        case .noSuchSnapshot(let name):
            self.init(
                .notFound, "there is no snapshot \(name)", advice: "see which there are with `cairn snapshot list`")
        case .isThePast(let name): self.init(.refused, "\(name) is a snapshot, which can be read and not changed")
        case .pastIsUnknown(let why): self.init(.refused, why)
        case .bucketHasSnapshots(let names):
            self.init(.refused, "the bucket has snapshots: \(names)", advice: "delete them first")
        case .isDeleteMarker: self.init(.notFound, "the current version is a delete marker")
        case .bucketExists(let name, _): self.init(.refused, "the bucket \(name) exists already")
        case .bucketNotEmpty: self.init(.refused, "the bucket is not empty")
        case .invalidBucketName(let name): self.init(.invalid, "\(name) is no valid bucket name")
        case .invalidKey(let length): self.init(.invalid, "a key of \(length) bytes is not allowed")
        case .preconditionFailed(let what): self.init(.refused, "the condition \(what) does not hold")
        case .conditionalConflict: self.init(.refused, "another change came in between", advice: "try again")
        case .objectLocked(let why): self.init(.refused, "the object is locked: \(why)")
        case .invalidPart(let number): self.init(.invalid, "part \(number) is missing or differs")
        case .invalidPartOrder: self.init(.invalid, "parts are not in ascending order")
        case .partTooSmall(let number, let size): self.init(.invalid, "part \(number) has only \(size) bytes")
        case .objectTooLarge(let size): self.init(.invalid, "\(size) bytes are too many for one object")
        case .digestMismatch(let algorithm): self.init(.invalid, "the \(algorithm.s3Name) digest does not match")
        case .invalidArgument(let what): self.init(.invalid, what)
        case .encryption(let failure): self.init(failure)
        case .tooManyAnnotations:
            self.init(.invalid, "a version has at most \(Annotation.countMaximum) annotations")
        case .archived(let storageClass):
            self.init(
                .invalid, "the object lies in \(storageClass)", advice: "restore it first: aws s3api restore-object")
        case .notArchived(let storageClass): self.init(.invalid, "objects of class \(storageClass) need no restore")
        case .identity(let failure): self.init(.invalid, failure.message)
        case .outOfSpace:
            self.init(
                .outOfSpace, "no space is left on the device",
                advice: "free space or delete objects and run `cairn gc`; reads and deletes go on meanwhile")
        case .readOnly(let why):
            self.init(
                .readOnly, "the store is read-only: \(why)",
                advice: "look after the disk, then stop and start the server; nothing that was acknowledged is lost")
        case .corrupt(let what):
            self.init(.corrupt, "stored data is damaged: \(what)", advice: "run `cairn scrub` for the full extent")
        case .locked(let who):
            self.init(.busy, who, advice: "stop it first, or use another folder")
        case .unusable(let why):
            self.init(.unusable, why, advice: "name the folder of a store, or an empty one for `cairn serve`")
        case .system(let error):
            self.init(.inputOutput, "\(error)", advice: "check the path, its permissions and the device")
        case .database(let what):
            self.init(.inputOutput, "the database failed: \(what)", advice: "run `cairn check` on the stopped store")
        case .overloaded: self.init(.busy, "too many changes wait already", advice: "try again in a moment")
        case .closed: self.init(.busy, "the store is being closed", advice: "try again when it runs")
        }
    }

    private init(_ failure: EncryptionFailure) {
        switch failure {
        case .noMasterKey:
            self.init(.refused, "there is no master key", advice: "give one with --master-key-file or CAIRN_MASTER_KEY")
        case .unknownMasterKey(let what):
            self.init(
                .refused, "\(what) is under a master key that was not given",
                advice: "add the old key as an earlier line of the master key file")
        case .noKeyring:
            self.init(.refused, "there is no keyring", advice: "name its file with --keyring")
        case .noSuchKey(let name):
            self.init(.notFound, "the keyring has no key \(name)", advice: "make it with `cairn kms create \(name)`")
        case .customerKeyMissing: self.init(.refused, "the object can only be read with its customer's key")
        case .customerKeyWrong: self.init(.refused, "the key is not the one that the object was written with")
        case .customerKeyNotApplicable: self.init(.invalid, "the object is not under a customer's key")
        case .dataKeyMissing: self.init(.refused, "the object is encrypted and no key was given")
        }
    }
}
