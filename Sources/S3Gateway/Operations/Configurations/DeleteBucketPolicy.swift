// Why this file exists: taking away the policy of a bucket; none can be set yet, so nothing is left to do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html

struct DeleteBucketPolicy: AbsentConfigurationDeletion {
    static let name: StaticString = "DeleteBucketPolicy"
    static let route = Route(.delete, .bucket, .policy)
    static let permissions: [Action] = ["s3:DeleteBucketPolicy"]
    static let logName: StaticString = "REST.DELETE.BUCKETPOLICY"
}
