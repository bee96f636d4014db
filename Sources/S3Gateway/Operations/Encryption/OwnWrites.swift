// Why this file exists: what the server itself writes into a bucket (access logs, inventories) is sealed as the bucket
// prescribes for writes that say nothing.
import ObjectCore

extension Keyring {
    /// A new key for an object of a bucket that prescribes encryption; nil for one that does not.
    func dataKey(forWritesOfItsOwn target: Bucket, in store: ObjectStore) throws(StoreError) -> DataKey? {
        guard let document = store.bucketSetting(BucketSettingName.encryption.rawValue, of: target) else { return nil }
        let request: EncryptionRequest?
        do {
            request = try DefaultEncryption(document).request
        } catch {
            throw .corrupt("the encryption configuration of \(target.name) cannot be read")
        }
        return try request.map { request throws(StoreError) in try newDataKey(request) }
    }
}
