// Why this file exists: what an inventory can tell of a version beside its name: each field once, with its name in the
// document and in the schema of the files, in AWS's order, and how its value is written.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
import ObjectCore

/// An optional column.
enum InventoryField: String, Sendable, Hashable, CaseIterable {
    case size = "Size"
    case lastModified = "LastModifiedDate"
    case etag = "ETag"
    case storageClass = "StorageClass"
    case isMultipart = "IsMultipartUploaded"
    case replicationStatus = "ReplicationStatus"
    case encryptionStatus = "EncryptionStatus"
    case retainUntil = "ObjectLockRetainUntilDate"
    case lockMode = "ObjectLockMode"
    case legalHold = "ObjectLockLegalHoldStatus"
    case accessTier = "IntelligentTieringAccessTier"
    case bucketKeyStatus = "BucketKeyStatus"
    case checksumAlgorithm = "ChecksumAlgorithm"
    case accessControlList = "ObjectAccessControlList"
    case owner = "ObjectOwner"

    /// The value for a version; empty where there is none.
    /// - Parameter source: the bucket that is listed, with what decides whose its objects are.
    func value(of version: ObjectVersion, in source: InventorySource) -> String {
        let attributes = version.attributes
        switch self {
        case .lastModified: return HTTPDate.iso8601(version.modified)
        case .owner: return source.access.owner(of: attributes, in: source.bucket)
        default: break
        }
        // Of a delete marker nothing else is told.
        guard !version.isDeleteMarker else { return "" }
        switch self {
        case .size: return String(version.size)
        case .lastModified, .owner: return ""
        case .etag: return version.etag
        case .storageClass: return attributes.storageClass
        // The ETag tells it of a version too whose parts are forgotten, because it was destroyed meanwhile.
        case .isMultipart: return version.parts.isEmpty && !version.etag.contains("-") ? "false" : "true"
        case .replicationStatus: return attributes.replication?.status.wireName ?? ""
        case .encryptionStatus:
            switch version.encryption?.scheme {
            case nil: return "NOT-SSE"
            case .master: return "SSE-S3"
            case .named: return "SSE-KMS"
            case .customer: return "SSE-C"
            }
        case .retainUntil: return attributes.retention.map { HTTPDate.iso8601($0.until) } ?? ""
        case .lockMode: return attributes.retention.map { $0.mode == .governance ? "Governance" : "Compliance" } ?? ""
        case .legalHold: return attributes.hasLegalHoldStatus ? attributes.isOnLegalHold ? "On" : "Off" : ""
        // Nothing moves by itself here.
        case .accessTier: return ""
        case .bucketKeyStatus: return version.encryption?.usesBucketKey == true ? "ENABLED" : "DISABLED"
        case .checksumAlgorithm: return attributes.checksums.map(\.algorithm.s3Name).joined(separator: "|")
        case .accessControlList: return InventoryField.list(of: attributes, in: source)
        }
    }

    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html
    private static func list(of attributes: ObjectAttributes, in source: InventorySource) -> String {
        let owner = source.access.owner(of: attributes, in: source.bucket)
        let grants = source.access.grants(of: attributes) ?? [AccessGrant(.account(owner), .fullControl)]
        let shown = grants.map { grant in
            var members: [(String, CanonicalJSON)] = [("permission", .text(grant.permission.wireName))]
            switch grant.grantee {
            case .account(let id): members += [("canonicalId", .text(id)), ("type", .text("CanonicalUser"))]
            case .allUsers: members += [("type", .text("Group")), ("uri", .text(groupURI("global/AllUsers")))]
            case .authenticatedUsers:
                members += [("type", .text("Group")), ("uri", .text(groupURI("global/AuthenticatedUsers")))]
            case .logDelivery: members += [("type", .text("Group")), ("uri", .text(groupURI("s3/LogDelivery")))]
            }
            return CanonicalJSON.object(members)
        }
        let document = CanonicalJSON.object([
            ("version", .text("2022-11-10")), ("status", .text("AVAILABLE")), ("grants", .array(shown)),
        ])
        return Base64.encode(document.encoded())
    }

    private static func groupURI(_ name: String) -> String { "http://acs.amazonaws.com/groups/\(name)" }
}

/// A bucket that is listed.
struct InventorySource: Sendable {
    var bucket: Bucket
    var access: BucketAccess
}
