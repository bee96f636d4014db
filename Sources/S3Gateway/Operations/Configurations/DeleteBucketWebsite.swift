// Why this file exists: taking away the website of a bucket; none can be set yet, so nothing is left to do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html

struct DeleteBucketWebsite: AbsentConfigurationDeletion {
    static let name: StaticString = "DeleteBucketWebsite"
    static let route = Route(.delete, .bucket, .website)
    static let permissions: [Action] = ["s3:DeleteBucketWebsite"]
    static let logName: StaticString = "REST.DELETE.WEBSITE"
}
