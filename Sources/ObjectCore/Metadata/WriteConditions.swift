// Why this file exists: conditions of a write are values that travel into the commit, because only there is the
// answer still true when the write becomes visible.

/// What must hold of the current version for a write or delete to happen.
/// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
public struct WriteConditions: Sendable, Hashable {
    /// `If-None-Match: *`: there must be no current object.
    public var mustNotExist = false
    /// `If-Match`: the current object's ETag (without quotes) must be this one; `*` means any.
    public var etag: String?
    /// `If-None-Match: ETAG`: the current object's ETag must not be this one.
    public var etagMustDiffer: String?
    /// `x-amz-if-match-last-modified-time`, compared to the second (DELETE).
    public var modified: Timestamp?
    /// `x-amz-if-match-size` in bytes (DELETE).
    public var size: Int64?

    public init() {}

    /// Whether anything is asked at all.
    public var isEmpty: Bool {
        !mustNotExist && etag == nil && etagMustDiffer == nil && modified == nil && size == nil
    }
}
