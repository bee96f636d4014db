// Why this file exists: taking the ownership controls away from a bucket: from then on objects belong to their writers,
// as in a bucket that never had any.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
import ObjectCore

struct DeleteBucketOwnershipControls: S3Operation {
    static let name: StaticString = "DeleteBucketOwnershipControls"
    static let route = Route(.delete, .bucket, .ownershipControls)
    static let permissions: [Action] = ["s3:PutBucketOwnershipControls"]
    static let logName: StaticString = "REST.DELETE.OWNERSHIP_CONTROLS"

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        // Not the absence of the setting, which means that lists are off.
        try await context.set(.ownership, to: ObjectOwnership.none.setting)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
