// Why this file exists: choosing who owns objects in a bucket, and with it whether access control lists count. Switching
// them off is refused while the bucket's own list gives something to others: it would be taken away silently.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
import ObjectCore

struct PutBucketOwnershipControls: S3Operation {
    static let name: StaticString = "PutBucketOwnershipControls"
    static let route = Route(.put, .bucket, .ownershipControls)
    static let permissions: [Action] = ["s3:PutBucketOwnershipControls"]
    static let logName: StaticString = "REST.PUT.OWNERSHIP_CONTROLS"
    static let documentMaximum: Int? = OwnershipControlsDocument.lengthMaximum

    let ownership: ObjectOwnership

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        ownership = try OwnershipControlsDocument.read(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        if ownership == .bucketOwnerEnforced {
            let grants = try context.service.access(of: bucket).grants ?? []
            guard grants.allSatisfy({ $0.grantee == .account(bucket.owner) }) else {
                throw S3Error(.invalidBucketAclWithObjectOwnership)
            }
        }
        try await context.set(.ownership, to: ownership.setting)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
