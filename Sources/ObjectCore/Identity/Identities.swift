// Why this file exists: the identities of a store: read from memory, changed one change after the other, each durable
// and journalled before it counts.
private import Synchronization

/// The table `identities`, in memory.
final class IdentityCatalog: Sendable {
    private struct State {
        var directories: [String: IdentityDirectory] = [:]
        /// The accounts of identity providers, by their unique ids: sessions know no more of theirs.
        var providers: [String: String] = [:]

        mutating func enter(_ directory: IdentityDirectory, of account: String) {
            if let before = directories.updateValue(directory, forKey: account) {
                for provider in before.providers.all { providers[provider.id] = nil }
            }
            for provider in directory.providers.all { providers[provider.id] = account }
        }
    }

    private let state: Mutex<State>
    let gate = SerialGate()

    /// Reads the table.
    init(database: any Database, accounts: Catalog) throws(StoreError) {
        let loaded = try database.read { transaction throws(StoreError) in
            var loaded: [String: IdentityDirectory] = [:]
            try transaction.query("SELECT id, account, kind, record FROM identities", []) { row throws(StoreError) in
                let id = row.text(0)
                let number = row.integer(1)
                let kind = row.integer(2)
                let account = accounts.account(number)
                var directory = loaded[account] ?? IdentityDirectory(account: number)
                loaded[account] = nil
                try row.withBytes(3) { bytes throws(StoreError) in
                    try IdentityCoding.read(id, account: number, kind: kind, record: bytes, into: &directory)
                }
                loaded[account] = directory
                return true
            }
            return loaded
        }
        var state = State()
        for (account, directory) in loaded { state.enter(directory, of: account) }
        self.state = Mutex(state)
    }

    func directory(of account: String) -> IdentityDirectory? { state.withLock { $0.directories[account] } }

    func user(_ id: String, of account: String) -> IdentityUser? {
        state.withLock { $0.directories[account]?.users[id: id] }
    }

    func role(_ id: String, of account: String) -> IdentityRole? {
        state.withLock { $0.directories[account]?.roles[id: id] }
    }

    /// Whether there is an identity provider of that unique id, in whichever account.
    func hasProvider(_ id: String) -> Bool { state.withLock { $0.providers[id] != nil } }

    func enter(_ directory: IdentityDirectory, of account: String) {
        state.withLock { $0.enter(directory, of: account) }
    }
}

extension ObjectStore {
    /// All identities of an account, from memory.
    public func identities(of account: String) -> IdentityDirectory {
        identityCatalog.directory(of: account) ?? IdentityDirectory(account: catalog.number(of: account))
    }

    /// The user with that unique id, from memory.
    public func user(id: String, account: String) -> IdentityUser? {
        identityCatalog.user(id, of: account)
    }

    /// The role with that unique id, from memory.
    public func role(id: String, account: String) -> IdentityRole? {
        identityCatalog.role(id, of: account)
    }

    /// Changes the identities of an account, durably. Changes come one after the other, so what `body` sees is still so
    /// when its change becomes true.
    /// - Parameters:
    ///   - action: what is done, for the journal.
    ///   - body: makes the change; what it throws leaves everything as it was.
    ///   - origin: who asks, for the journal.
    ///   - account: whose.
    public func changeIdentities<Value: Sendable>(
        of account: String, action: String, origin: ChangeOrigin = .embedded,
        _ body: (inout IdentityDirectory) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await ensureAccount(account)
        let identityCatalog = identityCatalog
        try await identityCatalog.gate.enter()
        defer { identityCatalog.gate.leave() }
        var directory = identities(of: account)
        directory.now = clock.now()
        let value = try body(&directory)
        let rows = directory.rows
        guard !rows.isEmpty else { return value }
        directory.rows = []
        directory.revision += 1
        let changed = directory
        try await committer.commit { change throws(StoreError) in
            for row in rows { try change.write(row, of: changed.account, action: action, for: account, origin) }
            change.afterCommit { identityCatalog.enter(changed, of: account) }
        }
        return value
    }
}

extension Change {
    fileprivate mutating func write(
        _ row: IdentityRow, of number: Int64, action: String, for account: String, _ origin: ChangeOrigin
    ) throws(StoreError) {
        var members: [(String, CanonicalJSON)] = [
            ("action", .text(action)), ("identity", .text(row.id)), ("type", .text(row.kind.word)),
            ("name", .text(row.name)), ("for", .text(account)),
        ]
        if let record = row.record {
            members.append(("record", .text(Hex.encode(Digest.sha256(record)))))
            try execute(
                """
                INSERT INTO identities (id, account, kind, record) VALUES ($1, $2, $3, $4)
                ON CONFLICT (id) DO UPDATE SET record = excluded.record
                """,
                [.text(row.id), .integer(number), .integer(Int64(row.kind.rawValue)), .bytes(record)])
        } else {
            try execute("DELETE FROM identities WHERE id = $1", [.text(row.id)])
        }
        try journal(row.record == nil ? .identityRemoved : .identitySet, origin, members)
    }
}
