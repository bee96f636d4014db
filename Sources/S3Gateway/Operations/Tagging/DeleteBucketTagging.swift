// Why this file exists: taking away the tags of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html

struct DeleteBucketTagging: StoredDocumentDeletion {
    static let name: StaticString = "DeleteBucketTagging"
    static let route = Route(.delete, .bucket, .tagging)
    static let permissions: [Action] = ["s3:PutBucketTagging"]
    static let logName: StaticString = "REST.DELETE.TAGGING"
    static let setting = BucketSettingName.tagging
}
