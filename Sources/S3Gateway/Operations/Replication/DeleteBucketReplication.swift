// Why this file exists: objects of a bucket are no longer copied. What waits to be copied is let go of; copies stay.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html
import ObjectCore

struct DeleteBucketReplication: S3Operation {
    static let name: StaticString = "DeleteBucketReplication"
    static let route = Route(.delete, .bucket, .replication)
    static let permissions: [Action] = ["s3:PutReplicationConfiguration"]
    static let logName: StaticString = "REST.DELETE.REPLICATION"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try await context.set(named: ReplicationConfiguration.settingName, to: nil)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
