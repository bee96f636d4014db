// Why this file exists: the access control list of a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
import ObjectCore

struct GetBucketAcl: S3Operation {
    static let name: StaticString = "GetBucketAcl"
    static let route = Route(.get, .bucket, .acl)
    static let permissions: [Action] = ["s3:GetBucketAcl"]
    static let logName: StaticString = "REST.GET.ACL"

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> ShownAccessControlList {
        let bucket = try context.bucket()
        let access = try context.service.access(of: bucket)
        return ShownAccessControlList(
            AccessControlList(owner: bucket.owner, grants: access.listsAreOff ? nil : access.grants), in: context)
    }

    func encode(_ output: ShownAccessControlList, into response: inout HTTPResponse) {
        output.write(into: &response)
    }
}

/// A list, and the names of those in it.
struct ShownAccessControlList: Sendable {
    private let list: AccessControlList
    private let names: [String: ShownOwner]

    init(_ list: AccessControlList, in context: OperationContext) {
        self.list = list
        var names = [list.owner: context.shownOwner(list.owner)]
        for case .account(let id) in list.grants.map(\.grantee) where names[id] == nil {
            names[id] = context.shownOwner(id)
        }
        self.names = names
    }

    func write(into response: inout HTTPResponse) {
        AccessControlDocument.write(list, into: &response) { id in
            names[id] ?? ShownOwner(id: id, displayName: "")
        }
    }
}
