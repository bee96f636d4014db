// Why this file exists: how new objects of a bucket are encrypted. AWS answers SSE-S3 for a bucket where nothing is
// set, because it encrypts everything; here nothing is encrypted then, so the answer is that nothing is set.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html

struct GetBucketEncryption: StoredDocument {
    static let name: StaticString = "GetBucketEncryption"
    static let route = Route(.get, .bucket, .encryption)
    static let permissions: [Action] = ["s3:GetEncryptionConfiguration"]
    static let logName: StaticString = "REST.GET.ENCRYPTION"
    static let setting = BucketSettingName.encryption
    static let absence: S3Error.Code? = .serverSideEncryptionConfigurationNotFound
}
