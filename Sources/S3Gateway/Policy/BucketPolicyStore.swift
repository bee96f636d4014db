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
    /// The policy of a bucket as it lies in the store; nil when it has none.
    /// - Parameter decode: may answer from what was decoded before.
    init?(
        of bucket: Bucket, in store: ObjectStore,
        decode: (_ bytes: [UInt8], _ anew: ([UInt8]) -> PolicyDocument) -> PolicyDocument = { $1($0) }
    ) {
        guard let bytes = store.bucketSetting(BucketSettingName.policy.rawValue, of: bucket) else { return nil }
        document = decode(bytes) { bytes in
            do throws(PolicyError) {
                return try PolicyDocument(bytes, as: .bucket(bucket.baseName))
            } catch {
                return PolicyDocument.denyingAll
            }
        }
        let bound = store.bucketSetting(BucketSettingName.policyBindsOwner.rawValue, of: bucket)
        ownerKeepsPolicy = bound != Digest.sha256(bytes)
    }
}

extension S3Service {
    /// The policy of a bucket; nil when it has none.
    func policy(of bucket: Bucket) -> BucketPolicy? {
        BucketPolicy(of: bucket, in: store) { bytes, anew in
            decodedPolicies.value(of: bucket.id, from: bytes, anew)
        }
    }
}
