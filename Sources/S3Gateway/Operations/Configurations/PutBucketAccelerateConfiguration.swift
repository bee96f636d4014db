// Why this file exists: whether a bucket has an accelerated endpoint is kept and told; one server has one endpoint, and
// the configuration changes nothing of who may do what, so it is a configuration only.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
import ObjectCore

struct PutBucketAccelerateConfiguration: S3Operation {
    static let name: StaticString = "PutBucketAccelerateConfiguration"
    static let route = Route(.put, .bucket, .accelerate)
    static let permissions: [Action] = ["s3:PutAccelerateConfiguration"]
    static let logName: StaticString = "REST.PUT.ACCELERATE"
    static let documentMaximum: Int? = 64 * 1024

    let status: String

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "AccelerateConfiguration")
        guard let status = root.child("Status")?.trimmedText, status == "Enabled" || status == "Suspended" else {
            throw S3Error(.malformedXML)
        }
        self.status = status
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        guard try !context.bucket().name.contains(".") else {
            throw S3Error(
                .invalidRequest,
                "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
        }
        var writer = XMLWriter()
        writer.element("AccelerateConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Status", status)
        }
        try await context.set(.accelerate, to: writer.bytes)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
