// Why this file exists: who may do what is data like any other, and whoever can write to the database could give
// themselves rights there. So users, groups, roles, policies, keys and sessions are held against the journal too.
import ObjectCore

/// Which identities, keys and sessions the journal says are there.
struct IdentityReplay {
    private struct Key {
        var account: String?
        var holder: String?
        var isActive = true
        var isRevoked = false
    }

    private struct Session {
        var record: String?
        var expires: Int64
    }

    /// Sessions that are remembered before those that are over are forgotten.
    private static let sessionsMax = 65_536

    /// Digests of records by id.
    private var records: [String: String] = [:]
    private var keys: [String: Key] = [:]
    private var sessions: [String: Session] = [:]
    /// The latest time in the journal.
    var latest: Int64 = 0

    mutating func take(_ entry: CanonicalJSON) {
        guard let kind = entry["kind"]?.text.flatMap(JournalKind.init) else { return }
        switch kind {
        case .identitySet:
            if let id = entry["identity"]?.text { records[id] = entry["record"]?.text ?? "" }
        case .identityRemoved:
            if let id = entry["identity"]?.text { records[id] = nil }
        case .keyCreated:
            if let id = entry["created"]?.text {
                keys[id] = Key(account: entry["for"]?.text, holder: entry["user"]?.text)
            }
        case .keyRevoked:
            if let id = entry["revoked"]?.text { keys[id]?.isRevoked = true }
        case .keyStatusSet:
            if let id = entry["key"]?.text { keys[id]?.isActive = entry["active"] == .boolean(true) }
        case .sessionIssued:
            guard let id = entry["session"]?.text, let expires = entry["expires"]?.integer else { return }
            sessions[id] = Session(record: entry["record"]?.text, expires: expires)
            if sessions.count > IdentityReplay.sessionsMax {
                let now = latest
                sessions = sessions.filter { $0.value.expires >= now }
            }
        default: return
        }
    }

    /// Compares with what the store has.
    func finish(_ store: ObjectStore, _ report: inout AuditReport) throws(StoreError) {
        let stored = try store.identityRecordDigests()
        for (id, digest) in stored.sorted(by: { $0.key < $1.key }) {
            guard let told = records[id] else {
                report.report("the identity \(id) exists, but the journal does not say so")
                continue
            }
            if told != Hex.encode(digest) { report.report("the identity \(id) is not as the journal says") }
        }
        for id in records.keys.sorted() where stored[id] == nil {
            report.report("the identity \(id) is missing, but the journal says that it exists")
        }
        compareKeys(store.accessKeys(), &report)
        for (id, session) in try store.sessionRecordDigests().sorted(by: { $0.key < $1.key })
        where session.expires.milliseconds >= latest {
            guard let told = sessions[id] else {
                report.report("the session \(id) exists, but the journal does not say so")
                continue
            }
            if told.record != Hex.encode(session.digest) || told.expires != session.expires.milliseconds {
                report.report("the session \(id) is not as the journal says")
            }
        }
    }

    private func compareKeys(_ stored: [AccessKey], _ report: inout AuditReport) {
        for key in stored {
            guard let told = keys[key.id] else {
                report.report("the access key \(key.id) exists, but the journal does not say so")
                continue
            }
            let isSame =
                told.account == key.account && told.holder == key.holder && told.isRevoked == key.isRevoked
                && (key.isRevoked || told.isActive == key.isActive)
            if !isSame { report.report("the access key \(key.id) is not as the journal says") }
        }
        let known = Set(stored.map(\.id))
        for id in keys.keys.sorted() where !known.contains(id) {
            report.report("the access key \(id) is missing, but the journal says that it exists")
        }
    }
}
