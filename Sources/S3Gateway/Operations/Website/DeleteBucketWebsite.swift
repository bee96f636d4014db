// Why this file exists: serving a bucket as a website no more.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html

struct DeleteBucketWebsite: StoredDocumentDeletion {
    static let name: StaticString = "DeleteBucketWebsite"
    static let route = Route(.delete, .bucket, .website)
    static let permissions: [Action] = ["s3:DeleteBucketWebsite"]
    static let logName: StaticString = "REST.DELETE.WEBSITE"
    static let setting = BucketSettingName.website
}
