// Why this file exists: replacing all tags of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
import ObjectCore

struct PutBucketTagging: S3Operation {
    static let name: StaticString = "PutBucketTagging"
    static let route = Route(.put, .bucket, .tagging)
    static let permissions: [Action] = ["s3:PutBucketTagging"]
    static let logName: StaticString = "REST.PUT.TAGGING"
    static let documentMaximum: Int? = TaggingDocument.lengthMaximum

    let tags: [NameValue]

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        tags = try TaggingDocument.tags(document, countMaximum: Tags.bucketCountMaximum)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let document = TaggingDocument.document(tags)
        try await context.set(.tagging, to: document)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
