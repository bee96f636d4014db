// Why this file exists: setting the cross-origin rules of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
import ObjectCore

struct PutBucketCors: S3Operation {
    static let name: StaticString = "PutBucketCors"
    static let route = Route(.put, .bucket, .cors)
    static let permissions: [Action] = ["s3:PutBucketCORS"]
    static let logName: StaticString = "REST.PUT.CORS"
    static let documentMaximum: Int? = CORSRules.lengthMaximum

    let rules: CORSRules

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        rules = try CORSRules(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(.cors, to: rules.document)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
