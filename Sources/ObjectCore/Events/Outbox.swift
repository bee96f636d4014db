// Why this file exists: events that have not been delivered lie in a table, written in the transaction of the change
// that they tell of. So an event exists exactly when its change does, whatever ends the process in between.
// Invariants: a change of a bucket without a configuration pays for one look-up in memory and nothing else; no
// destination holds more than `rowsMaximum` rows; an event is removed after it was delivered, or dropped with a journal
// entry, and in no other way.
private import Synchronization

/// What a commit needs to know of the outbox, in memory.
final class Outbox: Sendable {
    /// Events that may wait for one destination; further ones are dropped, and the journal says so.
    static let rowsMaximum = 500_000

    private struct State {
        var depths: [String: Int] = [:]
        var listeners: [String: @Sendable () -> Void] = [:]
        var configurations: [BucketID: (bytes: [UInt8], value: NotificationConfiguration)] = [:]
        var replications: [BucketID: (bytes: [UInt8], value: ReplicationConfiguration)] = [:]
        /// Since the store was opened.
        var dropped: [String: Int] = [:]
    }
    private let state: Mutex<State>
    private let settings: BucketSettings

    /// Counts the table.
    init(database: any Database, settings: BucketSettings) throws(StoreError) {
        self.settings = settings
        let depths = try database.read { transaction throws(StoreError) in
            var depths: [String: Int] = [:]
            try transaction.query("SELECT destination, COUNT(*) FROM outbox GROUP BY destination", []) {
                row throws(StoreError) in
                depths[row.text(0)] = Int(row.integer(1))
                return true
            }
            return depths
        }
        state = Mutex(State(depths: depths))
    }

    /// Where an event of a bucket goes.
    func routes(
        _ kind: EventKind, key: [UInt8], of bucket: BucketID
    ) throws(StoreError) -> [(destination: String, rule: String)] {
        guard let bytes = settings.value(NotificationConfiguration.settingName, of: bucket) else { return [] }
        // Comparing arrays that are one buffer costs nothing.
        if let known = state.withLock({ $0.configurations[bucket] }), known.bytes == bytes {
            return known.value.routes(kind, key: key)
        }
        let value = try NotificationConfiguration(encoded: bytes)
        state.withLock { $0.configurations[bucket] = (bytes, value) }
        return value.routes(kind, key: key)
    }

    /// The replication of a bucket, or nil.
    func replication(of bucket: BucketID) throws(StoreError) -> ReplicationConfiguration? {
        guard let bytes = settings.value(ReplicationConfiguration.settingName, of: bucket) else { return nil }
        if let known = state.withLock({ $0.replications[bucket] }), known.bytes == bytes { return known.value }
        let value = try ReplicationConfiguration(encoded: bytes)
        state.withLock { $0.replications[bucket] = (bytes, value) }
        return value
    }

    func hasRoom(for destination: String) -> Bool {
        state.withLock { $0.depths[destination, default: 0] < Outbox.rowsMaximum }
    }

    /// A row was committed.
    func arrived(at destination: String) {
        let listener = state.withLock { state in
            state.depths[destination, default: 0] += 1
            return state.listeners[destination]
        }
        listener?()
    }

    /// Rows are gone.
    func removed(_ count: Int, from destination: String, areDropped: Bool) {
        state.withLock { state in
            state.depths[destination, default: 0] -= count
            if areDropped { state.dropped[destination, default: 0] += count }
        }
    }

    /// An event found no room.
    func overflowed(at destination: String) { state.withLock { $0.dropped[destination, default: 0] += 1 } }

    func listen(to destination: String, _ wake: (@Sendable () -> Void)?) {
        state.withLock { $0.listeners[destination] = wake }
    }

    var figures: [OutboxFigures] {
        state.withLock { state in
            Set(state.depths.keys).union(state.dropped.keys).sorted().map { name in
                OutboxFigures(
                    destination: name, waiting: state.depths[name] ?? 0, dropped: state.dropped[name] ?? 0)
            }
        }
    }
}

/// How one destination stands.
public struct OutboxFigures: Sendable, Hashable {
    public var destination: String
    /// Events that wait.
    public var waiting: Int
    /// Events that were given up since the store was opened.
    public var dropped: Int

    public init(destination: String, waiting: Int, dropped: Int) {
        self.destination = destination
        self.waiting = waiting
        self.dropped = dropped
    }
}

extension Change {
    /// Writes the event of a change, of which the journal entry is `position`, for whoever wants it.
    /// - Parameters:
    ///   - kinds: what it is; of several, each destination is told the first that it waits for.
    ///   - version: what the change was about: the new version, or the one that went.
    mutating func announce(
        _ kinds: EventKind..., version: ObjectVersion, in bucket: Bucket, position: Int64, origin: ChangeOrigin
    ) throws(StoreError) {
        var told: Set<String> = []
        for kind in kinds {
            for route in try outbox.routes(kind, key: version.key.bytes, of: bucket.id)
            where told.insert(route.destination).inserted {
                try post(
                    ObjectEvent(kind, version, in: bucket, rule: route.rule, origin: origin), to: route.destination,
                    position: position)
            }
        }
    }

    /// Writes one row, or journals that there was no room for it.
    /// - Returns: whether there was.
    @discardableResult
    mutating func post(
        _ event: ObjectEvent, to destination: String, position: Int64
    ) throws(StoreError) -> Bool {
        let outbox = outbox
        guard outbox.hasRoom(for: destination) else {
            try journalDropped([position], of: destination, reason: "full")
            afterCommit { outbox.overflowed(at: destination) }
            return false
        }
        try execute(
            "INSERT INTO outbox (destination, sequence, at, record) VALUES ($1, $2, $3, $4)",
            [
                .text(destination), .integer(position), .integer(now.milliseconds),
                .bytes(event.record(destination: destination, sequence: position, at: now)),
            ])
        afterCommit { outbox.arrived(at: destination) }
        return true
    }

    /// One row.
    fileprivate func outboxItem(_ sequence: Int64, of destination: String) throws(StoreError) -> OutboxItem? {
        try first(
            "SELECT sequence, at, record FROM outbox WHERE destination = $1 AND sequence = $2",
            [.text(destination), .integer(sequence)]
        ) { row throws(StoreError) in
            let at = Timestamp(milliseconds: row.integer(1))
            return OutboxItem(
                destination: destination, sequence: sequence, at: at,
                event: ObjectStore.event(row, destination, sequence, at))
        }
    }

    /// Journals that events will never be delivered.
    fileprivate mutating func journalDropped(
        _ sequences: [Int64], of destination: String, reason: String
    ) throws(StoreError) {
        try journal(
            .eventsDropped, .embedded,
            [
                ("destination", .text(destination)), ("reason", .text(reason)),
                ("events", .array(sequences.map { .integer($0) })),
            ])
    }
}

extension ObjectStore {
    /// The most rows that one call removes, so that no commit is held up.
    public static let outboxBatchMaximum = 256

    /// Sets who is told of what in a bucket; nobody when `configuration` is empty. Each destination gets a test event.
    /// - Parameters:
    ///   - sendsTest: false keeps the test events back.
    ///   - bucket: where.
    ///   - configuration: nil removes it.
    ///   - origin: who asks, for the journal.
    /// - Throws: ``StoreError/noSuchBucket(_:)``.
    public func setNotification(
        _ configuration: NotificationConfiguration, of bucket: Bucket, sendsTest: Bool = true,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        let catalog = catalog
        let settings = bucketSettings
        let value = configuration.isEmpty ? nil : configuration.encoded
        try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            let position = change.nextPosition
            try change.setBucketSetting(NotificationConfiguration.settingName, to: value, of: live.id)
            try change.journalSetting(NotificationConfiguration.settingName, value, of: live, origin)
            change.afterCommit { settings.enter(value, as: NotificationConfiguration.settingName, of: bucket.id) }
            guard sendsTest else { return }
            for destination in configuration.destinations {
                try change.post(
                    ObjectEvent(.test, nil, in: live, rule: "", origin: origin), to: destination, position: position)
            }
        }
    }

    /// Events that wait for a destination, oldest first, after the sequence `after`. Blocks on the database.
    public func outboxItems(of destination: String, after: Int64, limit: Int) throws(StoreError) -> [OutboxItem] {
        try database.read { transaction throws(StoreError) in
            var items: [OutboxItem] = []
            try transaction.query(
                """
                SELECT sequence, at, record FROM outbox WHERE destination = $1 AND sequence > $2
                ORDER BY sequence LIMIT $3
                """, [.text(destination), .integer(after), .integer(Int64(limit))]
            ) { row throws(StoreError) in
                let sequence = row.integer(0)
                let at = Timestamp(milliseconds: row.integer(1))
                items.append(
                    OutboxItem(
                        destination: destination, sequence: sequence, at: at,
                        event: ObjectStore.event(row, destination, sequence, at)))
                return true
            }
            return items
        }
    }

    // A damaged row must not keep those behind it.
    fileprivate static func event(
        _ row: any SQLRow, _ destination: String, _ sequence: Int64, _ at: Timestamp
    ) -> ObjectEvent? {
        do throws(StoreError) {
            return try row.withBytes(2) { bytes throws(StoreError) in
                try ObjectEvent(record: bytes, destination: destination, sequence: sequence, at: at)
            }
        } catch {
            return nil
        }
    }

    /// Removes events that were delivered. Blocks until that is durable.
    /// - Parameters:
    ///   - reason: nil for delivered ones; else why they are given up, which is journalled.
    ///   - sequences: the items.
    ///   - destination: its destination.
    public func removeFromOutbox(
        _ sequences: [Int64], of destination: String, dropping reason: String? = nil
    ) throws(StoreError) {
        let outbox = outbox
        let catalog = catalog
        let isReplication = destination.hasPrefix(ObjectStore.replicationPrefix)
        var start = 0
        while start < sequences.count {
            let group = Array(sequences[start..<min(start + ObjectStore.outboxBatchMaximum, sequences.count)])
            start += group.count
            try committer.commitBlocking { change throws(StoreError) in
                var gone: [Int64] = []
                for sequence in group {
                    // The state of a version changes with its row.
                    if isReplication, let item = try change.outboxItem(sequence, of: destination) {
                        try change.endReplication(item, failed: reason != nil, accounts: catalog)
                    }
                    let count = try change.execute(
                        "DELETE FROM outbox WHERE destination = $1 AND sequence = $2",
                        [.text(destination), .integer(sequence)])
                    if count > 0 { gone.append(sequence) }
                }
                guard !gone.isEmpty else { return }
                if let reason { try change.journalDropped(gone, of: destination, reason: reason) }
                let count = gone.count
                change.afterCommit { outbox.removed(count, from: destination, areDropped: reason != nil) }
            }
        }
    }

    /// Gives up what has waited since before `time`, of all destinations, those too that nobody serves any more. Blocks.
    /// - Returns: how many events that were.
    public func expireOutbox(before time: Timestamp) throws(StoreError) -> Int {
        var count = 0
        for destination in outbox.figures.map(\.destination) {
            while true {
                let old = try outboxItems(of: destination, after: 0, limit: ObjectStore.outboxBatchMaximum)
                    .filter { $0.at < time }.map(\.sequence)
                if old.isEmpty { break }
                try removeFromOutbox(old, of: destination, dropping: "age")
                count += old.count
            }
        }
        return count
    }

    /// How each destination stands, from memory.
    public var outboxFigures: [OutboxFigures] { outbox.figures }

    /// Calls `wake` after each commit that wrote an event for the destination; nil ends that. `wake` must not block.
    public func listenToOutbox(of destination: String, _ wake: (@Sendable () -> Void)?) {
        outbox.listen(to: destination, wake)
    }
}
