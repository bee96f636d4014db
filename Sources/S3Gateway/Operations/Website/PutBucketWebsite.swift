// Why this file exists: how a bucket is to be served as a website. What may be read does not change by it: that is
// decided by policies and lists, page by page.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
import ObjectCore

struct PutBucketWebsite: S3Operation {
    static let name: StaticString = "PutBucketWebsite"
    static let route = Route(.put, .bucket, .website)
    static let permissions: [Action] = ["s3:PutBucketWebsite"]
    static let logName: StaticString = "REST.PUT.WEBSITE"
    static let documentMaximum: Int? = WebsiteConfiguration.lengthMaximum

    let configuration: WebsiteConfiguration

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        configuration = try WebsiteConfiguration(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(.website, to: configuration.document)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
