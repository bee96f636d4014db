// Why this file exists: whether a bucket is public, by its policy or by its access control list. A bucket without a policy
// is told to be not public; on AWS this is NoSuchBucketPolicy, which says the same with less.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html

struct GetBucketPolicyStatus: S3Operation {
    static let name: StaticString = "GetBucketPolicyStatus"
    static let route = Route(.get, .bucket, .policyStatus)
    static let permissions: [Action] = ["s3:GetBucketPolicyStatus"]
    static let logName: StaticString = "REST.GET.POLICY_STATUS"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> Bool {
        let bucket = try context.bucket()
        let access = try context.service.access(of: bucket)
        return access.isPublicByList || access.policy?.document.isPublic ?? false
    }

    func encode(_ isPublic: Bool, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("PolicyStatus", namespace: XMLWriter.s3Namespace) { $0.leaf("IsPublic", isPublic) }
        response.setXML(writer)
    }
}
