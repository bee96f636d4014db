// Why this file exists: the gateway looks keys up in the store, through the narrow door that it defines itself: keys of
// accounts, keys of users, and sessions.
public import ObjectCore
private import Synchronization

/// The store's access keys and sessions, as signatures need them.
public final class StoreCredentials: CredentialSource {
    private let store: ObjectStore
    /// The account of the very first key, which owns the server; nil as long as there is no key.
    private let ownerAccount = Mutex<String?>(nil)

    public init(_ store: ObjectStore) { self.store = store }

    public func credential(for accessKey: String) -> AccessKeyRecord? {
        if let key = store.accessKey(accessKey) {
            var actor = Actor.root
            if let holder = key.holder {
                // A key whose user is gone opens nothing.
                guard let user = store.user(id: holder, account: key.account) else { return nil }
                actor = .user(user.name)
            }
            return AccessKeyRecord(
                accessKey: key.id, secret: Secret(key.secret), accountID: key.account, displayName: key.displayName,
                isServerOwner: key.account == owner(), actor: actor)
        }
        guard let session = store.session(accessKey) else { return nil }
        let grant = session.grant
        return AccessKeyRecord(
            accessKey: session.accessKey, secret: Secret(session.secret), accountID: grant.account,
            displayName: store.accountName(grant.account) ?? "", isServerOwner: grant.account == owner(),
            sessionToken: Secret(session.token), expiresAt: session.expires.seconds,
            actor: .session(
                SessionFacts(
                    role: grant.roleName.isEmpty ? nil : grant.roleName, name: grant.name,
                    sourceIdentity: grant.sourceIdentity, tags: grant.tags,
                    hasAccountRights: grant.hasAccountRights)))
    }

    public func noteUse(of accessKey: String, service: String, seconds: Int64) {
        store.noteUse(of: accessKey, service: service, seconds: seconds)
    }

    // The first key never changes once there is one, so it is looked for once.
    private func owner() -> String? {
        ownerAccount.withLock { owner in
            if owner == nil { owner = StoreCredentials.ownerAccount(of: store.accessKeys()) }
            return owner
        }
    }

    /// The account that owns the server: that of the oldest key, revoked or not.
    public static func ownerAccount(of keys: [AccessKey]) -> String? {
        keys.min { ($0.created, $0.id) < ($1.created, $1.id) }?.account
    }
}
