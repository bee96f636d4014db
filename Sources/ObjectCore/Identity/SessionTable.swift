// Why this file exists: sessions are asked for by every request that they sign, so they are held in memory; the table
// `sessions` is their truth.
private import Synchronization

/// The table `sessions`, in memory.
final class SessionTable: Sendable {
    private struct State {
        var sessions: [String: IdentitySession] = [:]
        /// How many there are of each account.
        var counts: [String: Int] = [:]
        /// Access keys by the minute of their end. No session lives longer than a day or two, so there are a few
        /// thousand minutes at most, and those that are over are found without a look at every session.
        var endings: [Int64: Set<String>] = [:]

        mutating func enter(_ session: IdentitySession) {
            guard sessions.updateValue(session, forKey: session.accessKey) == nil else { return }
            counts[session.grant.account, default: 0] += 1
            endings[SessionTable.minute(session.expires), default: []].insert(session.accessKey)
        }

        mutating func remove(_ accessKey: String) {
            guard let session = sessions.removeValue(forKey: accessKey) else { return }
            counts[session.grant.account, default: 1] -= 1
            let minute = SessionTable.minute(session.expires)
            endings[minute]?.remove(accessKey)
            if endings[minute]?.isEmpty == true { endings[minute] = nil }
        }
    }

    private let state: Mutex<State>

    /// Reads the table.
    init(database: any Database, accounts: Catalog) throws(StoreError) {
        let loaded = try database.read { transaction throws(StoreError) in
            var loaded = State()
            try transaction.query("SELECT id, account, expires, record FROM sessions", []) { row throws(StoreError) in
                let id = row.text(0)
                let account = row.integer(1)
                let expires = Timestamp(milliseconds: row.integer(2))
                loaded.enter(
                    try row.withBytes(3) { bytes throws(StoreError) in
                        try IdentitySession(
                            id, account: account, expires: expires, record: bytes, accountID: accounts.account(account))
                    })
                return true
            }
            return loaded
        }
        state = Mutex(loaded)
    }

    private static func minute(_ moment: Timestamp) -> Int64 { moment.milliseconds / 60_000 }

    subscript(_ accessKey: String) -> IdentitySession? { state.withLock { $0.sessions[accessKey] } }

    /// How many sessions an account has, ended ones included.
    func count(of account: String) -> Int { state.withLock { $0.counts[account] ?? 0 } }

    func enter(_ session: IdentitySession) { state.withLock { $0.enter(session) } }

    func remove(_ accessKeys: [String]) {
        state.withLock { state in
            for key in accessKeys { state.remove(key) }
        }
    }

    /// Those that ended in a minute before that of `moment`, at most `limit`.
    func ended(before moment: Timestamp, limit: Int) -> [String] {
        let last = SessionTable.minute(moment)
        return state.withLock { state in
            Array(state.endings.lazy.filter { $0.key < last }.flatMap { $0.value }.prefix(limit))
        }
    }
}
