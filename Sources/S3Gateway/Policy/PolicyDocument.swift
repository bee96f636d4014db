// Why this file exists: a policy is read and checked once, when it is set, and compiled into what requests are asked
// against. What AWS refuses is refused, with words that tell what.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

/// Why a policy is refused: `MalformedPolicy` for buckets, `MalformedPolicyDocument` for identities.
public struct PolicyError: Error, Sendable, Hashable {
    public let message: String
    public init(_ message: String) { self.message = message }
}

/// A policy, ready to be asked.
public struct PolicyDocument: Sendable {
    /// What a policy belongs to, which decides what it must and must not say.
    public enum Kind: Sendable, Hashable {
        /// Names principals; every resource is the bucket of this name or in it.
        case bucket(String)
        /// Belongs to a user, group or role and names no principal.
        case identity
        /// Narrows a session; as an identity's.
        case session
        /// Says who may assume a role; names principals and no resource.
        case roleTrust
    }

    /// The most bytes of a bucket policy.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    public static let bucketPolicyBytesMax = 20_480

    /// A document that denies everything: what an unreadable one counts as.
    public static let denyingAll = PolicyDocument()

    /// Whether it makes a bucket public.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    public var isPublic: Bool { false }

    /// Reads a policy.
    /// - Throws: what is wrong with it, in words.
    public init(_ bytes: [UInt8], as kind: Kind) throws(PolicyError) { throw PolicyError("not yet") }

    private init() {}
}
