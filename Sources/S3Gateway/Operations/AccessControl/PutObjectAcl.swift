// Why this file exists: setting the access control list of a object; with lists off, only what holds already passes.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
import ObjectCore

struct PutObjectAcl: S3Operation {
    static let name: StaticString = "PutObjectAcl"
    static let route = Route(.put, .object, .acl)
    static let permissions: [Action] = ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"]
    static let logName: StaticString = "REST.PUT.ACL"
    static let documentMaximum: Int? = AccessControlDocument.lengthMaximum

    let version: VersionID?
    let document: [UInt8]

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:PutObjectVersionAcl" : "s3:PutObjectAcl"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        try AccessControlHeader.check(authorized.request.header("x-amz-acl"))
        version = try authorized.request.versionID()
        self.document = document
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        _ = try context.readableVersion(context.key(), version: version, in: bucket)
        try AccessControlDocument.check(document, owner: bucket.owner)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
