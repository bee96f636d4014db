// Why this file exists: whether a policy makes a bucket public; there is no policy.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html

struct GetBucketPolicyStatus: AbsentConfiguration {
    static let name: StaticString = "GetBucketPolicyStatus"
    static let route = Route(.get, .bucket, .policyStatus)
    static let permissions: [Action] = ["s3:GetBucketPolicyStatus"]
    static let logName: StaticString = "REST.GET.POLICY_STATUS"
    static let absence = S3Error.Code.noSuchBucketPolicy
}
