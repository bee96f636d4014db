// Why this file exists: taking away the replication rules of a bucket; none can be set yet, so nothing is left to do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html

struct DeleteBucketReplication: AbsentConfigurationDeletion {
    static let name: StaticString = "DeleteBucketReplication"
    static let route = Route(.delete, .bucket, .replication)
    static let permissions: [Action] = ["s3:PutReplicationConfiguration"]
    static let logName: StaticString = "REST.DELETE.REPLICATION"
}
