// Why this file exists: where the objects of a bucket are copied to.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
import ObjectCore

struct GetBucketReplication: S3Operation {
    static let name: StaticString = "GetBucketReplication"
    static let route = Route(.get, .bucket, .replication)
    static let permissions: [Action] = ["s3:GetReplicationConfiguration"]
    static let logName: StaticString = "REST.GET.REPLICATION"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> ReplicationConfiguration {
        let bucket = try context.bucket()
        guard let bytes = context.store.bucketSetting(ReplicationConfiguration.settingName, of: bucket) else {
            throw S3Error(.replicationConfigurationNotFound, fields: ["BucketName": bucket.name])
        }
        return try context.looked { () throws(StoreError) in try ReplicationConfiguration(encoded: bytes) }
    }

    func encode(_ output: ReplicationConfiguration, into response: inout HTTPResponse) {
        ReplicationDocument.write(output, into: &response)
    }
}
