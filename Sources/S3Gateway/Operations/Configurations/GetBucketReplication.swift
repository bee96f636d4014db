// Why this file exists: clients ask for the replication of a bucket; none can be set yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html

struct GetBucketReplication: AbsentConfiguration {
    static let name: StaticString = "GetBucketReplication"
    static let route = Route(.get, .bucket, .replication)
    static let permissions: [Action] = ["s3:GetReplicationConfiguration"]
    static let logName: StaticString = "REST.GET.REPLICATION"
    static let absence = S3Error.Code.replicationConfigurationNotFound
}
