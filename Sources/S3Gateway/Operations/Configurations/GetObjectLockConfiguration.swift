// Why this file exists: clients ask for the locks of a bucket; they cannot be switched on yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html

struct GetObjectLockConfiguration: AbsentConfiguration {
    static let name: StaticString = "GetObjectLockConfiguration"
    static let route = Route(.get, .bucket, .objectLock)
    static let permissions: [Action] = ["s3:GetBucketObjectLockConfiguration"]
    static let logName: StaticString = "REST.GET.OBJECT_LOCK"
    static let absence = S3Error.Code.objectLockConfigurationNotFound
}
