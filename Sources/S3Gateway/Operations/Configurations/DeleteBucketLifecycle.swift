// Why this file exists: taking away the lifecycle rules of a bucket; none can be set yet, so nothing is left to do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html

struct DeleteBucketLifecycle: AbsentConfigurationDeletion {
    static let name: StaticString = "DeleteBucketLifecycle"
    static let route = Route(.delete, .bucket, .lifecycle)
    static let permissions: [Action] = ["s3:PutLifecycleConfiguration"]
    static let logName: StaticString = "REST.DELETE.LIFECYCLE"
}
