// Why this file exists: how a bucket is served as a website.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html

struct GetBucketWebsite: StoredDocument {
    static let name: StaticString = "GetBucketWebsite"
    static let route = Route(.get, .bucket, .website)
    static let permissions: [Action] = ["s3:GetBucketWebsite"]
    static let logName: StaticString = "REST.GET.WEBSITE"
    static let setting = BucketSettingName.website
    static let absence: S3Error.Code? = .noSuchWebsiteConfiguration
}
