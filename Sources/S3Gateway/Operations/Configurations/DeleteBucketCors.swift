// Why this file exists: taking away the cross-origin rules of a bucket; none can be set yet, so nothing is left to do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html

struct DeleteBucketCors: AbsentConfigurationDeletion {
    static let name: StaticString = "DeleteBucketCors"
    static let route = Route(.delete, .bucket, .cors)
    static let permissions: [Action] = ["s3:PutBucketCORS"]
    static let logName: StaticString = "REST.DELETE.CORS"
}
