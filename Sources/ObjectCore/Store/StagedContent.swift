// Why this file exists: bytes that were written and are not yet anybody's object.

/// Content that lies in the store but is not visible until a commit refers to it. Letting go of it without a commit
/// leaves its bytes to garbage collection.
public final class StagedContent: Sendable {
    /// Length in bytes.
    public let length: Int64
    /// The digests that were asked for, and always MD5 and SHA-256.
    public let digests: [DigestAlgorithm: [UInt8]]

    init(length: Int64, digests: [DigestAlgorithm: [UInt8]]) {
        self.length = length
        self.digests = digests
    }
}
