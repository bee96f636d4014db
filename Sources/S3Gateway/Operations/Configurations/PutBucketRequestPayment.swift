// Why this file exists: who pays for requests. Nobody is billed here, so only the owner can be made to pay; making the
// requester pay would have to refuse requests that do not say so, and is answered 501.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
import ObjectCore

struct PutBucketRequestPayment: S3Operation {
    static let name: StaticString = "PutBucketRequestPayment"
    static let route = Route(.put, .bucket, .requestPayment)
    static let permissions: [Action] = ["s3:PutBucketRequestPayment"]
    static let logName: StaticString = "REST.PUT.REQUEST_PAYMENT"
    static let documentMaximum: Int? = 64 * 1024

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        let root = try XMLReader.read(document, root: "RequestPaymentConfiguration")
        switch root.child("Payer")?.trimmedText {
        case "BucketOwner": return
        case "Requester":
            throw S3Error(
                .notImplemented, "Requester Pays is not implemented.", fields: ["Element": "Payer"])
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
