// Why this file exists: S3 has names for the lists that are wanted most. What each means depends on who owns the thing.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
import ObjectCore

/// The value of `x-amz-acl`.
enum CannedACL: String, CaseIterable, Sendable {
    case `private`
    case publicRead = "public-read"
    case publicReadWrite = "public-read-write"
    case authenticatedRead = "authenticated-read"
    case bucketOwnerRead = "bucket-owner-read"
    case bucketOwnerFullControl = "bucket-owner-full-control"
    case logDeliveryWrite = "log-delivery-write"

    init(_ text: String) throws(S3Error) {
        // It lets Amazon EC2 read machine images; there is no such service here that could be let in.
        guard text != "aws-exec-read" else {
            throw S3Error(
                .notImplemented,
                "The canned ACL aws-exec-read grants access to Amazon EC2, which is not part of this "
                    + "server.", fields: ["Header": "x-amz-acl"])
        }
        guard let value = CannedACL(rawValue: text) else {
            throw .invalidArgument("The canned ACL is not known.", name: "x-amz-acl", value: text)
        }
        self = value
    }

    /// The grants for something that `owner` owns.
    /// - Parameter bucketOwner: nil for the list of a bucket, where AWS ignores the names about its owner.
    func grants(owner: String, bucketOwner: String?) throws(S3Error) -> [AccessGrant] {
        var grants = [AccessGrant(.account(owner), .fullControl)]
        switch self {
        case .private: break
        case .publicRead: grants.append(AccessGrant(.allUsers, .read))
        case .publicReadWrite: grants += [AccessGrant(.allUsers, .read), AccessGrant(.allUsers, .write)]
        case .authenticatedRead: grants.append(AccessGrant(.authenticatedUsers, .read))
        case .bucketOwnerRead:
            if let bucketOwner, bucketOwner != owner { grants.append(AccessGrant(.account(bucketOwner), .read)) }
        case .bucketOwnerFullControl:
            if let bucketOwner, bucketOwner != owner { grants.append(AccessGrant(.account(bucketOwner), .fullControl)) }
        case .logDeliveryWrite:
            guard bucketOwner == nil else {
                throw .invalidArgument(
                    "log-delivery-write is about buckets only.", name: "x-amz-acl", value: rawValue)
            }
            grants += [AccessGrant(.logDelivery, .write), AccessGrant(.logDelivery, .readACP)]
        }
        return grants
    }
}
