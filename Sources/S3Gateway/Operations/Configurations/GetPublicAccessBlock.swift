// Why this file exists: whether a bucket is kept from becoming public.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
import ObjectCore

struct GetPublicAccessBlock: S3Operation {
    static let name: StaticString = "GetPublicAccessBlock"
    static let route = Route(.get, .bucket, .publicAccessBlock)
    static let permissions: [Action] = ["s3:GetBucketPublicAccessBlock"]
    static let logName: StaticString = "REST.GET.PUBLIC_ACCESS_BLOCK"

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> PublicAccessBlock {
        let bucket = try context.bucket()
        guard let block = try context.service.access(of: bucket).block else {
            throw S3Error(.noSuchPublicAccessBlockConfiguration, fields: ["BucketName": bucket.name])
        }
        return block
    }

    func encode(_ output: PublicAccessBlock, into response: inout HTTPResponse) {
        PublicAccessBlockDocument.write(output, into: &response)
    }
}
