// Why this file exists: the access control list of a version. Where lists are off, it says what holds: the bucket's owner
// may do everything. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
import ObjectCore

struct GetObjectAcl: S3Operation {
    static let name: StaticString = "GetObjectAcl"
    static let route = Route(.get, .object, .acl)
    static let permissions: [Action] = ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"]
    static let logName: StaticString = "REST.GET.ACL"

    struct Output {
        var version: ObjectVersion
        var bucket: Bucket
        var list: ShownAccessControlList
    }

    let version: VersionID?

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let found = try context.readableVersion(context.key(), version: version, in: bucket)
        let access = try context.service.access(of: bucket)
        let list = AccessControlList(
            owner: access.owner(of: found.attributes, in: bucket), grants: access.grants(of: found.attributes))
        return Output(version: found, bucket: bucket, list: ShownAccessControlList(list, in: context))
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addVersion(output.version, bucket: output.bucket)
        output.list.write(into: &response)
    }
}
