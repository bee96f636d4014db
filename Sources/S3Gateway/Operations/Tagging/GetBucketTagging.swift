// Why this file exists: the tags of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html

struct GetBucketTagging: StoredDocument {
    static let name: StaticString = "GetBucketTagging"
    static let route = Route(.get, .bucket, .tagging)
    static let permissions: [Action] = ["s3:GetBucketTagging"]
    static let logName: StaticString = "REST.GET.TAGGING"
    static let setting = BucketSettingName.tagging
    static let absence: S3Error.Code? = .noSuchTagSet
}
