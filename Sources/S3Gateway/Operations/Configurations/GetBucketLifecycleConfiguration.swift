// Why this file exists: clients ask for the lifecycle rules of a bucket; none can be set yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html

struct GetBucketLifecycleConfiguration: AbsentConfiguration {
    static let name: StaticString = "GetBucketLifecycleConfiguration"
    static let route = Route(.get, .bucket, .lifecycle)
    static let permissions: [Action] = ["s3:GetLifecycleConfiguration"]
    static let logName: StaticString = "REST.GET.LIFECYCLE"
    static let absence = S3Error.Code.noSuchLifecycleConfiguration
}
