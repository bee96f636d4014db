// Why this file exists: the exact set of versions that a run read has a name of its own, so that "trained on the same
// data" is one comparison, and so that a single member can be proven without showing the others
// (docs/decisions/0012).
import ObjectCore

/// A set of object versions, named by the root of a Merkle tree over its members. Equal sets are one collection.
public struct LineageCollection: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes: the root of the RFC 6962 tree whose leaves are the members' ``leaf(of:in:etag:sha256:)``, in the order
    /// of their journal positions.
    public let root: [UInt8]
    /// How many versions it has.
    public let versionCount: Int64
    /// Of all its members, in full.
    public let byteCount: Int64

    init(root: [UInt8], versionCount: Int64, byteCount: Int64) {
        self.root = root
        self.versionCount = versionCount
        self.byteCount = byteCount
    }

    /// The root in hexadecimal.
    public var description: String { Hex.encode(root) }

    /// What a member is in the tree, as canonical JSON: which version, and what it holds. The digest is the SHA-256
    /// where the entry that made the version tells it, else its ETag: both never change, so the set has the same root
    /// whenever it is read. A key is not part of it, as a version is exact without one.
    /// - Parameters:
    ///   - position: of the journal entry that made the version.
    ///   - bucket: the UUID of its bucket.
    ///   - etag: without quotes.
    ///   - sha256: of its content, if the entry that made it tells it.
    public static func leaf(
        of position: Int64, in bucket: BucketUUID, etag: String, sha256: ContentDigest?
    ) -> [UInt8] {
        let digest: (String, CanonicalJSON) =
            sha256.map { ("sha256", .text($0.description)) } ?? ("etag", .text(etag))
        return CanonicalJSON.object([
            ("bucketId", .text(bucket.description)), digest, ("index", .integer(position)),
        ]).encoded()
    }
}
