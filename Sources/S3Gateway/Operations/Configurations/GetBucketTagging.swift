// Why this file exists: clients ask for the tags of a bucket; none can be set yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html

struct GetBucketTagging: AbsentConfiguration {
    static let name: StaticString = "GetBucketTagging"
    static let route = Route(.get, .bucket, .tagging)
    static let permissions: [Action] = ["s3:GetBucketTagging"]
    static let logName: StaticString = "REST.GET.TAGGING"
    static let absence = S3Error.Code.noSuchTagSet
}
