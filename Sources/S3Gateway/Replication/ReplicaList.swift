// Why this file exists: a copy has its source's access control list, as far as it means something at the other side. Who
// owns the source does not own the copy: that does the account which makes it. So what a list gives to its owner goes to
// the owner of the copy, and canned lists, which say just that, travel by their names.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
import ObjectCore

/// The list of a copy.
enum ReplicaList: Equatable {
    case canned(CannedACL)
    /// The source's owner, and the grants as they are there.
    case listed(owner: String, [AccessGrant])

    /// Nil where lists are off, or the copies' owner is to decide alone.
    init?(of version: ObjectVersion, in bucket: Bucket, access: BucketAccess, by rule: ReplicationRule) {
        guard !access.listsAreOff, !rule.translatesOwner else { return nil }
        let owner = access.owner(of: version.attributes, in: bucket)
        guard let grants = access.grants(of: version.attributes) else {
            self = .canned(.private)
            return
        }
        let canned = CannedACL.allCases.first { canned in
            guard let meant = try? canned.grants(owner: owner, bucketOwner: bucket.owner) else { return false }
            return Set(meant) == Set(grants)
        }
        self = canned.map { .canned($0) } ?? .listed(owner: owner, grants)
    }

    /// Headers of a write; what they cannot say is said afterwards.
    var headers: [(name: String, value: String)] {
        guard case .canned(let canned) = self, canned != .private else { return [] }
        return [("x-amz-acl", canned.rawValue)]
    }

    /// The document for a copy that belongs to `owner`.
    static func document(_ grants: [AccessGrant], of source: String, for owner: String) -> [UInt8] {
        let mapped = grants.map { grant in
            grant.grantee == .account(source) ? AccessGrant(.account(owner), grant.permission) : grant
        }
        return AccessControlDocument.document(AccessControlList(owner: owner, grants: mapped)) { id in
            ShownOwner(id: id, displayName: "")
        }
    }
}
