// Why this file exists: new objects of a bucket are no longer encrypted unless they ask for it.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html

struct DeleteBucketEncryption: StoredDocumentDeletion {
    static let name: StaticString = "DeleteBucketEncryption"
    static let route = Route(.delete, .bucket, .encryption)
    static let permissions: [Action] = ["s3:PutEncryptionConfiguration"]
    static let logName: StaticString = "REST.DELETE.ENCRYPTION"
    static let setting = BucketSettingName.encryption
}
