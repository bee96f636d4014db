// Why this file exists: access control lists are off (BucketOwnerEnforced, the state of every new bucket on AWS), and
// there the only canned ACLs that pass are those that say what already holds.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html

/// The header `x-amz-acl`.
enum AccessControlHeader {
    private static let canned = [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
        "bucket-owner-full-control", "log-delivery-write",
    ]

    /// Refuses a canned ACL that would change who may do what.
    /// - Parameter refusal: what AWS answers in the place where the ACL is given.
    static func check(_ value: String?, refusal: S3Error.Code = .accessControlListNotSupported) throws(S3Error) {
        guard let value else { return }
        guard canned.contains(value) else {
            throw .invalidArgument("The canned ACL is not known.", name: "x-amz-acl", value: value)
        }
        guard value == "private" || value == "bucket-owner-full-control" else { throw S3Error(refusal) }
    }
}
