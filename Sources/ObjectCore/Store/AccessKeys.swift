// Why this file exists: access keys and their accounts are kept with the data they open.

extension ObjectStore {
    /// The key of that id, from memory; revoked keys are not found.
    public func accessKey(_ id: String) -> AccessKey? {
        guard let key = catalog.key(id), !key.isRevoked, key.isActive else { return nil }
        return key
    }

    /// The number of an account, counted from 1; nil when no such account is known.
    public func accountNumber(_ account: String) -> Int64? {
        catalog.knows(account: account) && !account.isEmpty ? catalog.number(of: account) : nil
    }

    /// The canonical id of the account with that number; nil when there is none.
    public func account(number: Int64) -> String? {
        let id = catalog.account(number)
        return id.isEmpty ? nil : id
    }

    /// The accounts of that display name, in no order.
    public func accounts(named name: String) -> [String] { catalog.accounts(named: name) }

    /// All keys, revoked ones too, in the order of their creation.
    public func accessKeys() -> [AccessKey] { catalog.keys() }

    /// The display name of an account, or nil when no such account is known.
    public func accountName(_ account: String) -> String? { catalog.accountName(account) }

    /// Makes an access key.
    /// - Parameters:
    ///   - account: the account that it acts for; nil makes a new one.
    ///   - displayName: the new account's name; the key's id when empty.
    ///   - id: nil for a random one of AWS's form (`AKIA` and 16 characters).
    ///   - secret: nil for 40 random characters (240 bits).
    ///   - origin: who asks, for the journal.
    /// - Throws: ``StoreError/invalidArgument(_:)`` for an id that exists, or an unfit id or secret.
    public func createAccessKey(
        account: String? = nil, displayName: String = "", id: String? = nil, secret: String? = nil,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> AccessKey {
        try await makeAccessKey(
            account: account, displayName: displayName, id: id, secret: secret, holder: nil, origin: origin)
    }

    /// The same for a user of the account, by unique id.
    func makeAccessKey(
        account: String?, displayName: String = "", id: String? = nil, secret: String? = nil, holder: String?,
        origin: ChangeOrigin
    ) async throws(StoreError) -> AccessKey {
        let id = id ?? "AKIA" + RandomText.make(16, of: RandomText.keyAlphabet)
        let secret = secret ?? RandomText.make(40, of: RandomText.secretAlphabet)
        guard (3...128).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 0x2f }) else {
            throw .invalidArgument("an access key id has 3 to 128 printable characters and no slash")
        }
        guard (8...128).contains(secret.utf8.count) else {
            throw .invalidArgument("a secret has 8 to 128 characters")
        }
        let account = account ?? RandomText.make(64, of: "0123456789abcdef")
        let name = displayName.isEmpty ? id : displayName
        try await ensureAccount(account, name: name)
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let taken = try change.first("SELECT 1 FROM access_keys WHERE id = $1", [.text(id)]) {
                row throws(StoreError) in true
            }
            guard taken == nil else { throw .invalidArgument("the access key \(id) exists already") }
            let key = AccessKey(
                id: id, secret: secret, account: account, displayName: catalog.accountName(account) ?? name,
                created: change.now, isRevoked: false, holder: holder)
            var members: [(String, CanonicalJSON)] = [("created", .text(id)), ("for", .text(account))]
            if let holder { members.append(("user", .text(holder))) }
            try change.journal(.keyCreated, origin, members)
            try change.execute(
                """
                INSERT INTO access_keys (id, account, secret, name, created, revoked)
                VALUES ($1, $2, $3, $4, $5, 0)
                """,
                [
                    .text(id), .integer(catalog.number(of: account)), .text(secret), .text(key.displayName),
                    .integer(change.now.milliseconds),
                ])
            if holder != nil { try change.setHolder(of: key) }
            change.afterCommit { catalog.enter(key) }
            return key
        }
    }

    /// Takes a key's rights away for good. The row stays, so that the id is never given out again.
    /// - Throws: ``StoreError/invalidArgument(_:)`` when there is no such key, or it was revoked before.
    public func revokeAccessKey(_ id: String, origin: ChangeOrigin = .embedded) async throws(StoreError) {
        let catalog = catalog
        try await committer.commit { change throws(StoreError) in
            guard var key = catalog.key(id), !key.isRevoked else {
                throw .invalidArgument("there is no access key \(id)")
            }
            key.isRevoked = true
            let revoked = key
            // The secret goes with the rights.
            try change.execute(
                "UPDATE access_keys SET revoked = 1, secret = $2 WHERE id = $1", [.text(id), .text("")])
            try change.journal(.keyRevoked, origin, [("revoked", .text(id))])
            change.afterCommit { catalog.enter(revoked) }
        }
    }
}

/// Unpredictable text.
enum RandomText {
    /// Of the ids of keys, users and roles.
    static let keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    static let secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    /// Needs no encoding in a URL.
    static let tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    /// `count` characters of `alphabet`, each as likely as the others, from the system's generator.
    static func make(_ count: Int, of alphabet: String) -> String {
        let characters = Array(alphabet)
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] })
    }
}
