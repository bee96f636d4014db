// Why this file exists: the policy of a bucket, byte for byte as it was set.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html

struct GetBucketPolicy: StoredDocument {
    static let name: StaticString = "GetBucketPolicy"
    static let route = Route(.get, .bucket, .policy)
    static let permissions: [Action] = ["s3:GetBucketPolicy"]
    static let logName: StaticString = "REST.GET.BUCKETPOLICY"
    static let setting = BucketSettingName.policy
    static let absence: S3Error.Code? = .noSuchBucketPolicy

    func encode(_ output: [UInt8], into response: inout HTTPResponse) {
        response.add("content-type", "application/json")
        response.body = .bytes(output)
    }
}
