// Why this file exists: setting the policy of a bucket. It is read and checked here, and kept exactly as it was sent.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
import ObjectCore

struct PutBucketPolicy: S3Operation {
    static let name: StaticString = "PutBucketPolicy"
    static let route = Route(.put, .bucket, .policy)
    static let permissions: [Action] = ["s3:PutBucketPolicy"]
    static let logName: StaticString = "REST.PUT.BUCKETPOLICY"
    // Somewhat more than a policy may have, so that a longer one is refused by its name.
    static let documentMaximum: Int? = 2 * PolicyDocument.bucketPolicyBytesMax

    let bytes: [UInt8]
    let policy: PolicyDocument
    /// Whether whoever sets the policy agrees to be bound by it, even as the owner of the bucket.
    let bindsOwner: Bool

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        guard let bucket = authorized.request.resource.bucket else { throw S3Error(.invalidURI) }
        do throws(PolicyError) {
            policy = try PolicyDocument(document, as: .bucket(bucket))
        } catch {
            throw S3Error(.malformedPolicy, error.message)
        }
        bytes = document
        let consent = authorized.request.header("x-amz-confirm-remove-self-bucket-access")
        bindsOwner = consent.map(ASCII.lowercased) == "true"
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        let access = try context.service.access(of: bucket)
        guard !policy.isPublic || !access.blocks(.blockPublicPolicy) else {
            throw S3Error(
                .accessDenied, "Access Denied because public policies are prevented by the BlockPublicPolicy setting.")
        }
        // The consent is about this text only, and is written first: a crash in between leaves it without effect.
        try await context.set(.policyBindsOwner, to: bindsOwner ? Digest.sha256(bytes) : nil)
        try await context.set(.policy, to: bytes)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
