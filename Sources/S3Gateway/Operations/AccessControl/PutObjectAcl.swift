// Why this file exists: replacing the access control list of a version; bytes, version and time stay.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
import ObjectCore

struct PutObjectAcl: S3Operation {
    static let name: StaticString = "PutObjectAcl"
    static let route = Route(.put, .object, .acl)
    static let permissions: [Action] = ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"]
    static let logName: StaticString = "REST.PUT.ACL"
    static let documentMaximum: Int? = AccessControlDocument.lengthMaximum

    let version: VersionID?
    let list: NewAccessControlList

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:PutObjectVersionAcl" : "s3:PutObjectAcl"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        list = try NewAccessControlList(authorized.request, document: document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> TaggedVersion {
        let bucket = try context.bucket()
        let key = try context.key()
        let found = try context.readableVersion(key, version: version, in: bucket)
        let access = try context.service.access(of: bucket)
        guard !access.listsAreOff else {
            try context.checkGrantsNothing(list, bucketOwner: bucket.owner)
            return TaggedVersion(version: found, bucket: bucket)
        }
        let grants = try context.grants(
            list, owner: access.owner(of: found.attributes, in: bucket), bucketOwner: bucket.owner)
        try context.checkBlock(grants, access)
        let changed = try await context.changed(version) { () async throws(StoreError) in
            try await context.store.setGrants(
                grants, of: key, version: version, expecting: found.index, in: bucket, origin: context.origin)
        }
        return TaggedVersion(version: changed, bucket: bucket)
    }

    func encode(_ output: TaggedVersion, into response: inout HTTPResponse) {
        response.addVersion(output.version, bucket: output.bucket)
    }
}
