// Why this file exists: access keys of users: made, switched off and on, and taken away. A key stays with its user for
// all time; its id is never given out again.

extension ObjectStore {
    /// The keys of a user (by unique id), or of the account itself (nil), those taken away left out, oldest first.
    public func accessKeys(of holder: String?, account: String) -> [AccessKey] {
        catalog.keys().filter { $0.account == account && $0.holder == holder && !$0.isRevoked }
    }

    /// Makes a key for a user, or for the account itself (nil).
    /// - Throws: ``StoreError/identity(_:)`` for a user that is gone or has as many keys as it may.
    public func createUserKey(
        of holder: String?, account: String, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> AccessKey {
        try await identityCatalog.gate.enter()
        defer { identityCatalog.gate.leave() }
        if let holder {
            guard user(id: holder, account: account) != nil else {
                throw .identity(.noSuchEntity("The user \(holder) cannot be found."))
            }
            guard accessKeys(of: holder, account: account).count < IdentityLimits.keysPerUserMax else {
                throw .identity(
                    .limitExceeded("Cannot exceed quota for AccessKeysPerUser: \(IdentityLimits.keysPerUserMax)"))
            }
        }
        return try await makeAccessKey(account: account, holder: holder, origin: origin)
    }

    /// Switches a key off or on.
    /// - Throws: ``StoreError/identity(_:)`` when there is no such key.
    public func setAccessKey(
        _ id: String, isActive: Bool, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        try await identityCatalog.gate.enter()
        defer { identityCatalog.gate.leave() }
        guard var key = catalog.key(id), !key.isRevoked else { throw ObjectStore.missingKey(id) }
        guard key.isActive != isActive else { return }
        key.isActive = isActive
        let changed = key
        let catalog = catalog
        try await committer.commit { change throws(StoreError) in
            try change.setHolder(of: changed)
            try change.journal(
                .keyStatusSet, origin, [("key", .text(id)), ("active", .boolean(isActive))])
            // It may have been revoked in between, which is for good.
            change.afterCommit { if catalog.key(id)?.isRevoked == false { catalog.enter(changed) } }
        }
    }

    /// The refusal for a key that is not there.
    public static func missingKey(_ id: String) -> StoreError {
        .identity(.noSuchEntity("The Access Key with id \(id) cannot be found."))
    }
}

extension Change {
    /// Writes who holds a key and whether it may be used.
    mutating func setHolder(of key: AccessKey) throws(StoreError) {
        try execute(
            """
            INSERT INTO key_holders (id, holder, active) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET active = excluded.active
            """,
            [.text(key.id), .text(key.holder ?? ""), .integer(key.isActive ? 1 : 0)])
    }
}
