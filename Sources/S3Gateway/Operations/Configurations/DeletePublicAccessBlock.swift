// Why this file exists: taking away the public access block of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html

struct DeletePublicAccessBlock: StoredDocumentDeletion {
    static let name: StaticString = "DeletePublicAccessBlock"
    static let route = Route(.delete, .bucket, .publicAccessBlock)
    static let permissions: [Action] = ["s3:PutBucketPublicAccessBlock"]
    static let logName: StaticString = "REST.DELETE.PUBLIC_ACCESS_BLOCK"
    static let setting = BucketSettingName.publicAccessBlock
}
