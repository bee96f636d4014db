// Why this file exists: sessions are asked for by every request that they sign, so they are held in memory; the table
// `sessions` is their truth. It also counts those that live, by whom they are charged to, so that nobody takes the room of
// others.
private import Synchronization

/// Who takes room of an account with a session. The account's own sessions are charged to nobody but the account.
struct SessionCharge: Sendable, Equatable {
    let account: String
    /// The user or the subject of a provider who stands at the beginning, and the role whose rights the session has.
    let shares: [String]
}

extension SessionCharge {
    init(_ grant: SessionGrant, keys: Catalog) {
        var shares: [String] = []
        if let user = keys.key(grant.issuerKey)?.holder { shares.append("user \(user)") }
        if let vouched = grant.vouched { shares.append("subject \(vouched.subject) of \(vouched.provider)") }
        if case .role(let id) = grant.rights { shares.append("role \(id)") }
        self.init(account: grant.account, shares: shares)
    }
}

/// The table `sessions`, in memory.
final class SessionTable: Sendable {
    private struct Entry {
        let session: IdentitySession
        let charge: SessionCharge
    }

    private struct Usage {
        /// Sessions that are kept, ended ones too.
        var kept = 0
        var living = 0
        /// Those of the living that are charged to somebody.
        var shared = 0
        /// By whom they are charged to.
        var shares: [String: Int] = [:]

        mutating func count(_ charge: SessionCharge, _ change: Int) {
            living += change
            if !charge.shares.isEmpty { shared += change }
            for share in charge.shares {
                let count = (shares[share] ?? 0) + change
                shares[share] = count == 0 ? nil : count
            }
        }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var usage: [String: Usage] = [:]
        /// Access keys by the minute of their end. No session lives longer than a day or two, so there are a few
        /// thousand minutes at most, and those that are over are found without a look at every session.
        var endings: [Int64: Set<String>] = [:]
        /// Minutes before this one are over: what ended in them is no longer counted among the living.
        var present = Int64.min

        mutating func enter(_ session: IdentitySession, _ charge: SessionCharge) {
            let entry = Entry(session: session, charge: charge)
            guard entries.updateValue(entry, forKey: session.accessKey) == nil else { return }
            usage[charge.account, default: Usage()].kept += 1
            let minute = SessionTable.minute(session.expires)
            endings[minute, default: []].insert(session.accessKey)
            if minute >= present { usage[charge.account]?.count(charge, 1) }
        }

        mutating func remove(_ accessKey: String) {
            guard let entry = entries.removeValue(forKey: accessKey) else { return }
            let minute = SessionTable.minute(entry.session.expires)
            if minute >= present { usage[entry.charge.account]?.count(entry.charge, -1) }
            usage[entry.charge.account]?.kept -= 1
            if usage[entry.charge.account]?.kept == 0 { usage[entry.charge.account] = nil }
            endings[minute]?.remove(accessKey)
            if endings[minute]?.isEmpty == true { endings[minute] = nil }
        }

        /// Counts what is over among the living no more.
        mutating func settle(at moment: Timestamp) {
            let now = SessionTable.minute(moment)
            guard now > present else { return }
            for (minute, keys) in endings where (present..<now).contains(minute) {
                for key in keys {
                    if let charge = entries[key]?.charge { usage[charge.account]?.count(charge, -1) }
                }
            }
            present = now
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
                let session = try row.withBytes(3) { bytes throws(StoreError) in
                    try IdentitySession(
                        id, account: account, expires: expires, record: bytes, accountID: accounts.account(account))
                }
                loaded.enter(session, SessionCharge(session.grant, keys: accounts))
                return true
            }
            return loaded
        }
        state = Mutex(loaded)
    }

    private static func minute(_ moment: Timestamp) -> Int64 { moment.milliseconds / 60_000 }

    subscript(_ accessKey: String) -> IdentitySession? { state.withLock { $0.entries[accessKey]?.session } }

    /// How many sessions are kept for an account, ended ones included.
    func kept(of account: String) -> Int { state.withLock { $0.usage[account]?.kept ?? 0 } }

    /// Why there is no room for a session, in words; nil when there is. Those that ended before the minute of `moment` take
    /// no room.
    func refusal(of charge: SessionCharge, at moment: Timestamp) -> String? {
        state.withLock { state in
            state.settle(at: moment)
            guard let usage = state.usage[charge.account] else { return nil }
            if let share = charge.shares.first(where: { usage.shares[$0] ?? 0 >= SessionLimits.shareMax }) {
                return "the \(share) has \(SessionLimits.shareMax) sessions that have not ended"
            }
            if !charge.shares.isEmpty, usage.shared >= SessionLimits.sharedMax {
                return "the users and roles of the account have \(SessionLimits.sharedMax) sessions that have not ended"
            }
            guard usage.living >= SessionLimits.countMax else { return nil }
            return "the account has \(SessionLimits.countMax) sessions that have not ended"
        }
    }

    func enter(_ session: IdentitySession, _ charge: SessionCharge) { state.withLock { $0.enter(session, charge) } }

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
