// Why this file exists: taking away the encryption setting of a bucket; none can be set yet, so nothing is left to do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html

struct DeleteBucketEncryption: AbsentConfigurationDeletion {
    static let name: StaticString = "DeleteBucketEncryption"
    static let route = Route(.delete, .bucket, .encryption)
    static let permissions: [Action] = ["s3:PutEncryptionConfiguration"]
    static let logName: StaticString = "REST.DELETE.ENCRYPTION"
}
