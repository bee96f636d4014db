// Why this file exists: when a key was used last is asked before it is taken away. Every signed request tells, so it is
// kept in memory, to the minute, and written down now and then: it decides nothing, so a crash may cost the last minutes,
// and the journal has no entry for it.
private import Synchronization

/// The last use of an access key.
public struct KeyUse: Sendable, Equatable {
    /// A whole minute.
    public let at: Timestamp
    /// `s3`, `iam` or `sts`.
    public let service: String
}

/// The table `key_uses`, in memory.
final class KeyUses: Sendable {
    /// Rows that one commit writes.
    private static let batchMax = 500

    private struct State {
        var uses: [String: KeyUse] = [:]
        var changed: Set<String> = []
    }

    private let state: Mutex<State>

    /// Reads the table.
    init(database: any Database) throws(StoreError) {
        let loaded = try database.read { transaction throws(StoreError) in
            var loaded: [String: KeyUse] = [:]
            try transaction.query("SELECT id, at, service FROM key_uses", []) { row throws(StoreError) in
                loaded[row.text(0)] = KeyUse(at: Timestamp(milliseconds: row.integer(1)), service: row.text(2))
                return true
            }
            return loaded
        }
        state = Mutex(State(uses: loaded))
    }

    subscript(_ id: String) -> KeyUse? { state.withLock { $0.uses[id] } }

    /// Notes a use. Cheap for a key that was used within the same minute already.
    func note(_ id: String, service: String, seconds: Int64) {
        let minute = seconds / 60 * 60_000
        state.withLock { state in
            if let known = state.uses[id], known.at.milliseconds >= minute, known.service == service { return }
            state.uses[id] = KeyUse(at: Timestamp(milliseconds: minute), service: service)
            state.changed.insert(id)
        }
    }

    /// What is not written down yet, a batch of it.
    func takeChanges() -> [(id: String, use: KeyUse)] {
        state.withLock { state in
            let ids = state.changed.prefix(KeyUses.batchMax)
            state.changed.subtract(ids)
            return ids.compactMap { id in state.uses[id].map { (id, $0) } }
        }
    }

    /// Gives back what could not be written.
    func restore(_ changes: [(id: String, use: KeyUse)]) {
        state.withLock { $0.changed.formUnion(changes.map(\.id)) }
    }
}

extension ObjectStore {
    /// Notes that a key signed. Called for every request: it writes nothing.
    /// - Parameters:
    ///   - id: the key, one that exists.
    ///   - service: `s3`, `iam` or `sts`.
    ///   - seconds: since 1970.
    public func noteUse(of id: String, service: String, seconds: Int64) {
        keyUses.note(id, service: service, seconds: seconds)
    }

    /// When a key was used last; nil when it never was.
    public func lastUse(of id: String) -> KeyUse? { keyUses[id] }

    /// Writes down what ``noteUse(of:service:seconds:)`` noted since the last time.
    public func recordKeyUses() async throws(StoreError) {
        while true {
            let changes = keyUses.takeChanges()
            guard !changes.isEmpty else { return }
            do throws(StoreError) {
                try await committer.commit { change throws(StoreError) in try change.write(changes) }
            } catch {
                keyUses.restore(changes)
                throw error
            }
        }
    }

    func recordKeyUsesBlocking() throws(StoreError) {
        while true {
            let changes = keyUses.takeChanges()
            guard !changes.isEmpty else { return }
            try committer.commitBlocking { change throws(StoreError) in try change.write(changes) }
        }
    }
}

extension Change {
    fileprivate mutating func write(_ uses: [(id: String, use: KeyUse)]) throws(StoreError) {
        for (id, use) in uses {
            try execute(
                """
                INSERT INTO key_uses (id, at, service) VALUES ($1, $2, $3)
                ON CONFLICT (id) DO UPDATE SET at = excluded.at, service = excluded.service
                """,
                [.text(id), .integer(use.at.milliseconds), .text(use.service)])
        }
    }
}
