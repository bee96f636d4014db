// Why this file exists: clients ask how a bucket is encrypted; it is not, so AWS's default answer would be untrue.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html

struct GetBucketEncryption: AbsentConfiguration {
    static let name: StaticString = "GetBucketEncryption"
    static let route = Route(.get, .bucket, .encryption)
    static let permissions: [Action] = ["s3:GetEncryptionConfiguration"]
    static let logName: StaticString = "REST.GET.ENCRYPTION"
    static let absence = S3Error.Code.serverSideEncryptionConfigurationNotFound
}
