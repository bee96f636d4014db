// Why this file exists: what is asked of the authorizer has a name, the same that policies use, and what an action needs
// of an access control list is written in one table here.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
import ObjectCore

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
    static let deleteObject: Action = "s3:DeleteObject"
    static let listBucket: Action = "s3:ListBucket"
    static let putObject: Action = "s3:PutObject"
    static let putObjectAcl: Action = "s3:PutObjectAcl"
}

/// What an access control list must give for an action.
enum AccessRight: Sendable, Equatable {
    /// A grant in the bucket's list.
    case bucket(AccessGrant.Permission)
    /// A grant in the object's list.
    case object(AccessGrant.Permission)
    /// WRITE on the bucket, and to own the object that goes: a grant to write takes nobody else's objects away.
    case objectDeletion
    /// To own the bucket, or to have begun the upload.
    case upload
    /// To own the bucket: lists do not reach so far, policies do.
    case bucketOwner
}

extension Action {
    /// Whether the answer depends on the very version, deletion or upload that the request is about, so that it is given
    /// when that is known.
    var isJudgedOnTarget: Bool {
        switch Action.rights[self] {
        case .object, .objectDeletion, .upload: true
        case .bucket: false
        case .bucketOwner, nil: Action.onVersion.contains(self)
        }
    }

    /// What of access control lists is needed.
    /// - Parameter makesObject: whether the action is about an object that is about to be made. Who may write it may
    ///   choose its list too.
    func right(makesObject: Bool) -> AccessRight {
        if makesObject, self == .putObjectAcl { return .bucket(.write) }
        return Action.rights[self] ?? .bucketOwner
    }

    private static let rights: [Action: AccessRight] = [
        .listBucket: .bucket(.read),
        "s3:ListBucketVersions": .bucket(.read),
        "s3:ListBucketMultipartUploads": .bucket(.read),
        .putObject: .bucket(.write),
        "s3:GetBucketAcl": .bucket(.readACP),
        "s3:PutBucketAcl": .bucket(.writeACP),
        .deleteObject: .objectDeletion,
        "s3:GetObject": .object(.read),
        "s3:GetObjectVersion": .object(.read),
        "s3:GetObjectAttributes": .object(.read),
        "s3:GetObjectVersionAttributes": .object(.read),
        "s3:GetObjectAcl": .object(.readACP),
        "s3:GetObjectVersionAcl": .object(.readACP),
        .putObjectAcl: .object(.writeACP),
        "s3:PutObjectVersionAcl": .object(.writeACP),
        "s3:AbortMultipartUpload": .upload,
        "s3:ListMultipartUploadParts": .upload,
    ]

    /// Actions that no list gives and that are about a version all the same: conditions may ask for its tags.
    private static let onVersion: Set<Action> = [
        "s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging",
        "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", "s3:GetObjectRetention", "s3:PutObjectRetention",
        "s3:GetObjectLegalHold", "s3:PutObjectLegalHold", "s3:RestoreObject", "s3:PutObjectAnnotation",
        "s3:GetObjectAnnotation", "s3:ListObjectAnnotations", "s3:DeleteObjectAnnotation",
    ]
}
