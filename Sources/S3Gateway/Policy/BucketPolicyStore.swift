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

extension S3Service {
    /// The policy of a bucket; nil when it has none.
    func policy(of bucket: Bucket) -> BucketPolicy? {
        guard let bytes = store.bucketSetting(BucketSettingName.policy.rawValue, of: bucket) else { return nil }
        let document = decodedPolicies.value(of: bucket.id, from: bytes) { bytes in
            do throws(PolicyError) {
                return try PolicyDocument(bytes, as: .bucket(bucket.name))
            } catch {
                return PolicyDocument.denyingAll
            }
        }
        return BucketPolicy(document: document, ownerKeepsPolicy: !isOwnerBound(by: bytes, in: bucket))
    }

    private func isOwnerBound(by policy: [UInt8], in bucket: Bucket) -> Bool {
        guard let digest = store.bucketSetting(BucketSettingName.policyBindsOwner.rawValue, of: bucket) else {
            return false
        }
        return digest == Digest.sha256(policy)
    }
}
