// Why this file exists: clients ask whether public access is blocked; nothing can be public yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html

struct GetPublicAccessBlock: AbsentConfiguration {
    static let name: StaticString = "GetPublicAccessBlock"
    static let route = Route(.get, .bucket, .publicAccessBlock)
    static let permissions: [Action] = ["s3:GetBucketPublicAccessBlock"]
    static let logName: StaticString = "REST.GET.PUBLIC_ACCESS_BLOCK"
    static let absence = S3Error.Code.noSuchPublicAccessBlockConfiguration
}
