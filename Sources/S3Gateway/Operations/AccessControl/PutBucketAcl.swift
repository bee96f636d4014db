// Why this file exists: replacing the access control list of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
import ObjectCore

struct PutBucketAcl: S3Operation {
    static let name: StaticString = "PutBucketAcl"
    static let route = Route(.put, .bucket, .acl)
    static let permissions: [Action] = ["s3:PutBucketAcl"]
    static let logName: StaticString = "REST.PUT.ACL"
    static let documentMaximum: Int? = AccessControlDocument.lengthMaximum

    let list: NewAccessControlList

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        list = try NewAccessControlList(authorized.request, document: document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        let access = try context.service.access(of: bucket)
        guard !access.listsAreOff else {
            try context.checkGrantsNothing(list, bucketOwner: bucket.owner)
            return NoOutput()
        }
        let grants = try context.grants(list, owner: bucket.owner, bucketOwner: nil)
        try context.checkBlock(grants, access)
        try await context.set(.acl, to: grants.map(AccessGrant.encode))
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
