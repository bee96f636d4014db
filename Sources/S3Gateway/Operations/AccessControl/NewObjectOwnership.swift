// Why this file exists: whoever writes an object decides with it who owns it and who may read it; the bucket's ownership
// controls and its public access block have the last word. Decided in one way for PUT, form uploads, copies and uploads
// in parts. See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
import ObjectCore

/// Whose a new object is, and its list.
struct NewObjectOwnership: Sendable {
    var owner: String
    /// Nil leaves the owner alone with full control.
    var grants: [AccessGrant]?

    /// Owns what nobody in particular wrote: the account that AWS documents for it.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
    static let anonymous = "65a011a29cdf8ec533ec3d1ccaae921c"
}

extension ObjectAttributes {
    mutating func own(_ ownership: NewObjectOwnership) {
        owner = ownership.owner
        grants = ownership.grants
    }
}

extension OperationContext {
    /// Whose the object is that this request writes, and its list.
    /// - Throws: AccessDenied without the permission to choose a list, or when the list is public and that is blocked;
    ///   AccessControlListNotSupported where lists are off.
    func ownership(of headers: AccessControlHeaders, in bucket: Bucket) throws(S3Error) -> NewObjectOwnership {
        let access = try service.access(of: bucket)
        let writer = request.principal.accountID ?? NewObjectOwnership.anonymous
        if headers != .absent { try checkChoice(of: headers, writer: writer, in: bucket) }
        guard !access.listsAreOff else {
            guard try grantsNothing(headers, owner: bucket.owner) else { throw S3Error(.accessControlListNotSupported) }
            return NewObjectOwnership(owner: bucket.owner)
        }
        let isHandedOver = access.ownership == .bucketOwnerPreferred && headers == .canned(.bucketOwnerFullControl)
        let owner = isHandedOver ? bucket.owner : writer
        guard let grants = try grants(headers, owner: owner, bucketOwner: bucket.owner) else {
            return NewObjectOwnership(owner: owner)
        }
        try checkBlock(grants, access)
        return NewObjectOwnership(owner: owner, grants: grants)
    }

    // To let others in needs a permission of its own. What a writer gives to the bucket's owner does not: policies that
    // demand `bucket-owner-full-control` allow s3:PutObject alone, as AWS's own examples do. A deny holds for both.
    private func checkChoice(of headers: AccessControlHeaders, writer: String, in bucket: Bucket) throws(S3Error) {
        let grants = try grants(headers, owner: writer, bucketOwner: bucket.owner) ?? []
        let ownersOnly = grants.allSatisfy { $0.grantee == .account(writer) || $0.grantee == .account(bucket.owner) }
        guard ownersOnly else { return try check(.putObjectAcl, on: bucket) }
        guard try verdict(.putObjectAcl, on: bucket) != .explicitDeny else { throw S3Error(.accessDenied) }
    }

    /// The grants that headers ask for; nil for the list that there is without any.
    /// - Parameter bucketOwner: nil for the list of a bucket.
    func grants(
        _ headers: AccessControlHeaders, owner: String, bucketOwner: String?
    ) throws(S3Error) -> [AccessGrant]? {
        let grants: [AccessGrant]
        switch headers {
        case .absent: return nil
        case .canned(let canned): grants = try canned.grants(owner: owner, bucketOwner: bucketOwner)
        case .grants(let requested): grants = try resolved(requested)
        }
        return grants.isOwnersAlone(owner) ? nil : grants
    }

    /// Whether headers ask for what holds anyway where lists are off.
    private func grantsNothing(_ headers: AccessControlHeaders, owner: String) throws(S3Error) -> Bool {
        switch headers {
        case .absent, .canned(.bucketOwnerFullControl): true
        case .canned: false
        case .grants(let requested): try resolved(requested).isOwnersAlone(owner)
        }
    }

    /// Refuses a public list where such are blocked.
    func checkBlock(_ grants: [AccessGrant]?, _ access: BucketAccess) throws(S3Error) {
        guard access.blocks(.blockPublicAcls), grants?.contains(where: { $0.grantee.isPublic }) ?? false else { return }
        throw S3Error(.accessDenied, "Access Denied because public ACLs are prevented by the BlockPublicAcls setting.")
    }
}

extension [AccessGrant] {
    /// Whether nobody but the owner gets anything, and the owner everything.
    func isOwnersAlone(_ owner: String) -> Bool {
        !isEmpty && allSatisfy { $0 == AccessGrant(.account(owner), .fullControl) }
    }
}
