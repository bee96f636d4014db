// Why this file exists: where the policy of a bucket lies, and what an authorizer gets of it. It lies exactly as it was
// sent; it is compiled once for each change. A policy that cannot be read denies everything, because what it was meant to
// forbid is not known; its owner can still replace it.
// Invariant: the owner's way back (``PolicySet/ownerKeepsPolicy``) is given up for one text of the policy only, whose
// digest is kept. So no crash between two settings gives it up for another.
import ObjectCore

/// The policy of a bucket, as it is asked.
struct BucketPolicy: Sendable {
    let document: PolicyDocument
    let ownerKeepsPolicy: Bool
}

extension BucketPolicy {
    /// The policy of a bucket; nil when it has none.
    /// - Parameter read: gives what a text means, perhaps from memory.
    init?(
        of bucket: Bucket, in store: ObjectStore, read: ([UInt8]) -> PolicyDocument
    ) {
        guard let bytes = store.bucketSetting(BucketSettingName.policy.rawValue, of: bucket) else { return nil }
        document = read(bytes)
        let bound = store.bucketSetting(BucketSettingName.policyBindsOwner.rawValue, of: bucket)
        ownerKeepsPolicy = bound.map { $0 != Digest.sha256(bytes) } ?? true
    }

    /// What a policy of a bucket means.
    static func document(_ bytes: [UInt8], of bucket: Bucket) -> PolicyDocument {
        do throws(PolicyError) {
            return try PolicyDocument(bytes, as: .bucket(bucket.baseName))
        } catch {
            return .denyingAll
        }
    }
}

extension S3Service {
    /// The policy of a bucket; nil when it has none.
    func policy(of bucket: Bucket) -> BucketPolicy? {
        BucketPolicy(of: bucket, in: store) { bytes in
            decodedPolicies.value(of: bucket.id, from: bytes) { BucketPolicy.document($0, of: bucket) }
        }
    }
}
