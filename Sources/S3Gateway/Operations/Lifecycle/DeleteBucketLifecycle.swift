// Why this file exists: taking away the lifecycle rules of a bucket; what is due and not gone yet stays.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
import ObjectCore

struct DeleteBucketLifecycle: S3Operation {
    static let name: StaticString = "DeleteBucketLifecycle"
    static let route = Route(.delete, .bucket, .lifecycle)
    static let permissions: [Action] = ["s3:PutLifecycleConfiguration"]
    static let logName: StaticString = "REST.DELETE.LIFECYCLE"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(named: LifecycleConfiguration.settingName, to: nil)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
