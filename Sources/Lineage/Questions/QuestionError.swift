// Why this file exists: why a question has no answer, in words for whoever asked; one total switch from the errors of
// the rooms below.
public import ObjectCore

/// Why a question has no answer.
public struct QuestionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a program decides by.
    public enum Code: String, Sendable, CaseIterable {
        case invalid = "InvalidArgument"
        case denied = "AccessDenied"
        case noSuchBucket = "NoSuchBucket"
        case noSuchKey = "NoSuchKey"
        case noSuchVersion = "NoSuchVersion"
        case noSuchRun = "NoSuchRun"
        case noSuchCollection = "NoSuchCollection"
        case noSuchEvent = "NoSuchEvent"
        case notFound = "NotFound"
        /// What was asked for cannot be done with the thing as it is, such as holding a version of a bucket without
        /// Object Lock.
        case conflict = "InvalidState"
        case unavailable = "ServiceUnavailable"
        case failed = "InternalError"
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// Translates a store's failure.
    public init(_ error: StoreError) {
        switch error {
        case .noSuchBucket(let name): self.init(.noSuchBucket, "there is no bucket \(name)")
        case .noSuchKey, .isDeleteMarker: self.init(.noSuchKey, "there is no such object")
        case .noSuchVersion: self.init(.noSuchVersion, "there is no such version")
        case .invalidArgument(let what): self.init(.invalid, what)
        case .invalidKey: self.init(.invalid, "the key is empty or too long")
        case .objectLocked(let why): self.init(.conflict, why)
        case .readOnly, .overloaded, .closed, .outOfSpace: self.init(.unavailable, "\(error)")
        default: self.init(.failed, "\(error)")
        }
    }

    /// Translates the graph's failure.
    public init(_ error: LineageError) {
        switch error {
        case .unknownNode(let name): self.init(.notFound, "the graph has no \(name)")
        case .store(let error): self.init(error)
        case .damaged(let what):
            self.init(.failed, "the graph's database does not read: \(what)")
        }
    }
}
