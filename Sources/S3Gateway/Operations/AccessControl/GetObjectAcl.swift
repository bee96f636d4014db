// Why this file exists: the access control list of a object, as it is when lists are off.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
import ObjectCore

struct GetObjectAcl: S3Operation {
    static let name: StaticString = "GetObjectAcl"
    static let route = Route(.get, .object, .acl)
    static let permissions: [Action] = ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"]
    static let logName: StaticString = "REST.GET.ACL"

    let version: VersionID?

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> ShownOwner {
        let bucket = try context.bucket()
        // The object must be there; with lists off it belongs to the owner of its bucket.
        _ = try context.readableVersion(context.key(), version: version, in: bucket)
        return context.shownOwner(bucket.owner)
    }

    func encode(_ output: ShownOwner, into response: inout HTTPResponse) {
        AccessControlDocument.write(owner: output, into: &response)
    }
}
