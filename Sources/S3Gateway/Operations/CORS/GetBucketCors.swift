// Why this file exists: the cross-origin rules of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html

struct GetBucketCors: StoredDocument {
    static let name: StaticString = "GetBucketCors"
    static let route = Route(.get, .bucket, .cors)
    static let permissions: [Action] = ["s3:GetBucketCORS"]
    static let logName: StaticString = "REST.GET.CORS"
    static let setting = BucketSettingName.cors
    static let absence: S3Error.Code? = .noSuchCORSConfiguration
}
