// Why this file exists: clients ask for the policy of a bucket; none can be set yet.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html

struct GetBucketPolicy: AbsentConfiguration {
    static let name: StaticString = "GetBucketPolicy"
    static let route = Route(.get, .bucket, .policy)
    static let permissions: [Action] = ["s3:GetBucketPolicy"]
    static let logName: StaticString = "REST.GET.BUCKETPOLICY"
    static let absence = S3Error.Code.noSuchBucketPolicy
}
