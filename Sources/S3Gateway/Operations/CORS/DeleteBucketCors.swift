// Why this file exists: taking away the cross-origin rules of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html

struct DeleteBucketCors: StoredDocumentDeletion {
    static let name: StaticString = "DeleteBucketCors"
    static let route = Route(.delete, .bucket, .cors)
    static let permissions: [Action] = ["s3:PutBucketCORS"]
    static let logName: StaticString = "REST.DELETE.CORS"
    static let setting = BucketSettingName.cors
}
