// Why this file exists: taking away the policy of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html

struct DeleteBucketPolicy: S3Operation {
    static let name: StaticString = "DeleteBucketPolicy"
    static let route = Route(.delete, .bucket, .policy)
    static let permissions: [Action] = ["s3:DeleteBucketPolicy"]
    static let logName: StaticString = "REST.DELETE.BUCKETPOLICY"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(.policy, to: nil)
        try await context.set(.policyBindsOwner, to: nil)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
