// Why this file exists: the access control list of a bucket, as it is when lists are off.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
import ObjectCore

struct GetBucketAcl: S3Operation {
    static let name: StaticString = "GetBucketAcl"
    static let route = Route(.get, .bucket, .acl)
    static let permissions: [Action] = ["s3:GetBucketAcl"]
    static let logName: StaticString = "REST.GET.ACL"

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> ShownOwner {
        context.shownOwner(try context.bucket().owner)
    }

    func encode(_ output: ShownOwner, into response: inout HTTPResponse) {
        AccessControlDocument.write(owner: output, into: &response)
    }
}
