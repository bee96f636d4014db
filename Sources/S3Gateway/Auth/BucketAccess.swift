// Why this file exists: everything that is set on a bucket and decides who may do what in it, decoded once for each
// change. Most buckets have none of it, and for those the answer is one shared value that costs nothing.
// Invariant: what cannot be read is refused, never passed over: a block or a policy that is damaged must not open the
// bucket.
import ObjectCore
private import Synchronization

/// Ownership, list, public access block and policy of a bucket.
final class BucketAccess: Sendable {
    let ownership: ObjectOwnership
    /// The bucket's own list; nil leaves its owner alone with full control.
    let grants: [AccessGrant]?
    /// Nil when none was set.
    let block: PublicAccessBlock?
    let policy: BucketPolicy?
    /// Whether nothing is set: the bucket belongs to its owner, and to nobody else.
    let isPlain: Bool

    init(
        ownership: ObjectOwnership = .bucketOwnerEnforced, grants: [AccessGrant]? = nil,
        block: PublicAccessBlock? = nil, policy: BucketPolicy? = nil
    ) {
        self.ownership = ownership
        self.grants = grants
        self.block = block
        self.policy = policy
        isPlain = ownership == .bucketOwnerEnforced && policy == nil
    }

    static let plain = BucketAccess()

    var listsAreOff: Bool { ownership == .bucketOwnerEnforced }

    /// Whether the bucket's own list gives something to everybody.
    var isPublicByList: Bool {
        guard !listsAreOff, !blocks(.ignorePublicAcls), let grants else { return false }
        return grants.contains { $0.grantee.isPublic }
    }

    func blocks(_ what: PublicAccessBlock) -> Bool { block?.contains(what) ?? false }

    /// The account that an object belongs to, whoever wrote it.
    func owner(of object: ObjectAttributes, in bucket: Bucket) -> String {
        listsAreOff || object.owner.isEmpty ? bucket.owner : object.owner
    }

    /// The list of an object that counts; nil leaves its owner alone with full control.
    func grants(of object: ObjectAttributes) -> [AccessGrant]? { listsAreOff ? nil : object.grants }
}

extension BucketSettingName {
    /// Those that ``BucketAccess`` is decoded from.
    fileprivate static let access: [BucketSettingName] = [
        .acl, .ownership, .publicAccessBlock, .policy, .policyBindsOwner,
    ]
}

/// Decoded access settings by bucket.
final class BucketAccessCache: Sendable {
    /// How many are kept; beyond that all are forgotten and decoded again as they are asked for.
    private static let countMaximum = 4096

    private let kept = Mutex<[BucketID: (settings: [[UInt8]?], access: BucketAccess)]>([:])

    /// What `settings` mean.
    func access(
        of bucket: Bucket, settings: [String: [UInt8]]?, policy: () -> BucketPolicy?
    ) throws(S3Error) -> BucketAccess {
        guard let settings else { return .plain }
        // Comparing arrays that are one buffer costs nothing.
        let known = kept.withLock { $0[bucket.id] }
        if let known, BucketAccessCache.isStill(known.settings, settings) { return known.access }
        let values = BucketSettingName.access.map { settings[$0.rawValue] }
        let access: BucketAccess
        if values.allSatisfy({ $0 == nil }) {
            access = .plain
        } else {
            access = try BucketAccessCache.decode(settings, bucket: bucket, policy: policy())
        }
        kept.withLock { kept in
            if kept.count >= BucketAccessCache.countMaximum { kept.removeAll() }
            kept[bucket.id] = (values, access)
        }
        return access
    }

    private static func isStill(_ known: [[UInt8]?], _ settings: [String: [UInt8]]) -> Bool {
        for (position, name) in BucketSettingName.access.enumerated() where known[position] != settings[name.rawValue] {
            return false
        }
        return true
    }

    private static func decode(
        _ settings: [String: [UInt8]], bucket: Bucket, policy: BucketPolicy?
    ) throws(S3Error) -> BucketAccess {
        let unreadable = S3Error(.internalError, "The access settings of the bucket cannot be read.")
        guard let ownership = ObjectOwnership(setting: settings[BucketSettingName.ownership.rawValue]) else {
            throw unreadable
        }
        var block: PublicAccessBlock?
        if let bytes = settings[BucketSettingName.publicAccessBlock.rawValue] {
            guard let value = PublicAccessBlock(setting: bytes) else { throw unreadable }
            block = value
        }
        var grants: [AccessGrant]?
        if let bytes = settings[BucketSettingName.acl.rawValue] {
            do {
                grants = try AccessGrant.decode(bytes)
            } catch {
                throw unreadable
            }
        }
        return BucketAccess(ownership: ownership, grants: grants, block: block, policy: policy)
    }
}

extension BucketAccess {
    /// Ownership, list and block of a bucket, for those who write copies or reports of it; without its policy.
    static func read(of bucket: Bucket, in store: ObjectStore) throws(S3Error) -> BucketAccess {
        try BucketAccessCache().access(of: bucket, settings: store.allBucketSettings(of: bucket), policy: { nil })
    }
}

extension S3Service {
    /// What is set on a bucket about access to it.
    func access(of bucket: Bucket) throws(S3Error) -> BucketAccess {
        try bucketAccess.access(of: bucket, settings: store.allBucketSettings(of: bucket)) { policy(of: bucket) }
    }
}
