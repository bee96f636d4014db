// Why this file exists: the one question "may this principal do this?", asked before any operation is decoded.
// Operations are made from an AuthorizedRequest, which is made in this file only, so that no handler can be reached
// without the question. Bucket policies and ACLs will answer it here, behind the same functions.
public import ObjectCore

/// The name of a permission, such as `s3:PutObject`.
public struct Action: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }

    /// Listing one's own buckets needs an account, no bucket.
    public static let listAllMyBuckets: Action = "s3:ListAllMyBuckets"
    /// Creating a bucket needs an account; the bucket does not exist yet.
    public static let createBucket: Action = "s3:CreateBucket"
}

/// A request that may be carried out.
public struct AuthorizedRequest: Sendable {
    public let request: VerifiedRequest
    public let action: Action
    /// The account that owns the bucket, or nil where there is none (yet).
    public let bucketOwner: String?

    fileprivate init(_ request: VerifiedRequest, action: Action, bucketOwner: String?) {
        self.request = request
        self.action = action
        self.bucketOwner = bucketOwner
    }
}

/// Decides what principals may do.
public struct Authorizer: Sendable {
    public init() {}

    /// Lets the request pass, or not.
    /// - Parameters:
    ///   - request: who asks, for what.
    ///   - action: the permission that is needed.
    ///   - bucketOwner: the canonical user id of the owner of the request's bucket, or nil without a bucket.
    /// - Throws: AccessDenied.
    public func authorize(
        _ request: VerifiedRequest, action: Action, bucketOwner: String?
    ) throws(S3Error) -> AuthorizedRequest {
        try check(
            request.principal, action: action, bucket: request.resource.bucket, bucketOwner: bucketOwner,
            key: request.resource.key)
        return AuthorizedRequest(request, action: action, bucketOwner: bucketOwner)
    }

    /// Asks about one thing, for operations that touch more than the request's own resource: sources of copies,
    /// keys of a bulk deletion.
    /// - Throws: AccessDenied.
    public func check(
        _ principal: Principal, action: Action, bucket: String?, bucketOwner: String?, key: ObjectKey?
    ) throws(S3Error) {
        guard let identity = principal.identity, identity.hasAccountRights else { throw S3Error(.accessDenied) }
        if action == .listAllMyBuckets || action == .createBucket { return }
        guard let bucketOwner, bucketOwner == identity.accountID else { throw S3Error(.accessDenied) }
    }
}
