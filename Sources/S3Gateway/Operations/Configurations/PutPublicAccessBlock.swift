// Why this file exists: keeping a bucket from becoming public, whatever its lists and its policy say.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
import ObjectCore

struct PutPublicAccessBlock: S3Operation {
    static let name: StaticString = "PutPublicAccessBlock"
    static let route = Route(.put, .bucket, .publicAccessBlock)
    static let permissions: [Action] = ["s3:PutBucketPublicAccessBlock"]
    static let logName: StaticString = "REST.PUT.PUBLIC_ACCESS_BLOCK"
    static let documentMaximum: Int? = PublicAccessBlockDocument.lengthMaximum

    let block: PublicAccessBlock

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        block = try PublicAccessBlockDocument.read(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(.publicAccessBlock, to: block.setting)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
