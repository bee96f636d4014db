// Why this file exists: whether tags of the bucket decide who may use it. Policies do not ask for tags of buckets here, so
// it can be said that they do not; that they should is answered 501, because somebody would be let in or kept out by it.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html
import ObjectCore

struct PutBucketAbac: S3Operation {
    static let name: StaticString = "PutBucketAbac"
    static let route = Route(.put, .bucket, .abac)
    static let permissions: [Action] = ["s3:PutBucketAbac"]
    static let logName: StaticString = "REST.PUT.ABAC"
    static let documentMaximum: Int? = 64 * 1024

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        switch try XMLReader.read(document, root: "AbacStatus").child("Status")?.trimmedText {
        case "Disabled": return
        case "Enabled":
            throw S3Error(
                .notImplemented, "Access by the tags of a bucket is not implemented.", fields: ["Element": "Status"])
        default: throw S3Error(.malformedXML)
        }
    }

    // What is asked for is how it is anyway.
    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        _ = try context.bucket()
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
