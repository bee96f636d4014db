// Why this file exists: whether a bucket is there and may be used; many clients ask before anything else.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
import ObjectCore

struct HeadBucket: S3Operation {
    static let name: StaticString = "HeadBucket"
    static let route = Route(.head, .bucket)
    static let permissions: [Action] = ["s3:ListBucket"]
    static let logName: StaticString = "REST.HEAD.BUCKET"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> Bucket { try context.bucket() }

    func encode(_ output: Bucket, into response: inout HTTPResponse) {
        response.add("x-amz-bucket-region", output.region)
        response.add("x-amz-access-point-alias", "false")
        response.add("content-type", "application/xml")
    }
}
