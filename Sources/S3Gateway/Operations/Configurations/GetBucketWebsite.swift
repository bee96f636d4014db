// Why this file exists: clients ask for the website of a bucket; none can be set yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html

struct GetBucketWebsite: AbsentConfiguration {
    static let name: StaticString = "GetBucketWebsite"
    static let route = Route(.get, .bucket, .website)
    static let permissions: [Action] = ["s3:GetBucketWebsite"]
    static let logName: StaticString = "REST.GET.WEBSITE"
    static let absence = S3Error.Code.noSuchWebsiteConfiguration
}
