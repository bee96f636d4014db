// Why this file exists: setting the access control list of a bucket; with lists off, only what holds already passes.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
import ObjectCore

struct PutBucketAcl: S3Operation {
    static let name: StaticString = "PutBucketAcl"
    static let route = Route(.put, .bucket, .acl)
    static let permissions: [Action] = ["s3:PutBucketAcl"]
    static let logName: StaticString = "REST.PUT.ACL"
    static let documentMaximum: Int? = AccessControlDocument.lengthMaximum

    let document: [UInt8]

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        try AccessControlHeader.check(authorized.request.header("x-amz-acl"))
        self.document = document
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        try AccessControlDocument.check(document, owner: try context.bucket().owner)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
