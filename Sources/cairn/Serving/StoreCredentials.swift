// Why this file exists: the gateway looks keys up in the store, through the narrow door that it defines itself.
import ObjectCore
import S3Gateway
private import Synchronization

/// The store's access keys, as signatures need them.
final class StoreCredentials: CredentialSource {
    private let store: ObjectStore
    /// The account of the very first key, which owns the server; nil as long as there is no key.
    private let ownerAccount = Mutex<String?>(nil)

    init(_ store: ObjectStore) { self.store = store }

    func credential(for accessKey: String) -> AccessKeyRecord? {
        guard let key = store.accessKey(accessKey), !key.isRevoked else { return nil }
        // The first key never changes once there is one, so it is looked for once.
        let owner = ownerAccount.withLock { owner in
            if owner == nil { owner = FirstKey.ownerAccount(of: store.accessKeys()) }
            return owner
        }
        return AccessKeyRecord(
            accessKey: key.id, secret: Secret(key.secret), accountID: key.account, displayName: key.displayName,
            isServerOwner: key.account == owner)
    }
}
