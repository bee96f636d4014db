// Why this file exists: sessions are asked for by every request that they sign, so they are held in memory; the table
// `sessions` is their truth.
private import Synchronization

/// The table `sessions`, in memory.
final class SessionTable: Sendable {
    private let sessions: Mutex<[String: IdentitySession]>

    /// Reads the table.
    init(database: any Database, accounts: Catalog) throws(StoreError) {
        let loaded = try database.read { transaction throws(StoreError) in
            var loaded: [String: IdentitySession] = [:]
            try transaction.query("SELECT id, account, expires, record FROM sessions", []) { row throws(StoreError) in
                let id = row.text(0)
                let account = row.integer(1)
                let expires = Timestamp(milliseconds: row.integer(2))
                loaded[id] = try row.withBytes(3) { bytes throws(StoreError) in
                    try IdentitySession(
                        id, account: account, expires: expires, record: bytes, accountID: accounts.account(account))
                }
                return true
            }
            return loaded
        }
        sessions = Mutex(loaded)
    }

    var count: Int { sessions.withLock { $0.count } }

    subscript(_ accessKey: String) -> IdentitySession? { sessions.withLock { $0[accessKey] } }

    func enter(_ session: IdentitySession) { sessions.withLock { $0[session.accessKey] = session } }

    func remove(_ accessKeys: [String]) {
        sessions.withLock { sessions in
            for key in accessKeys { sessions[key] = nil }
        }
    }

    /// Those that ended before `moment`, at most `limit`.
    func ended(before moment: Timestamp, limit: Int) -> [String] {
        sessions.withLock { Array($0.values.lazy.filter { $0.expires < moment }.map(\.accessKey).prefix(limit)) }
    }
}
