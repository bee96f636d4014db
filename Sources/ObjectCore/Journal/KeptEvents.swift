// Why this file exists: what others declare about lineage is kept byte for byte, named by its digest: the journal has the
// digest, so that an export can be held to what was sent. Bytes are kept once, whoever sends them; whether an event is
// known is asked for each account by itself, so that none learns, or is denied, what another has said.

/// An event as it was sent.
public struct KeptEvent: Sendable {
    /// Of the entry that records it.
    public var position: Int64
    /// SHA-256 of ``bytes``.
    public var digest: [UInt8]
    /// Canonical id of the account that sent it.
    public var account: String
    public var run: RunID?
    public var bytes: [UInt8]
}

/// An event to be kept.
public struct NewEvent: Sendable {
    public var bytes: [UInt8]
    /// SHA-256 of the bytes.
    public var digest: [UInt8]
    /// The run that it is about.
    public var run: RunID?
    /// What is journalled about it; the first is the event's own entry, and its origin is who sent it.
    public var records: [RunRecord]

    public init(_ bytes: [UInt8], digest: [UInt8], about run: RunID?, _ records: [RunRecord]) {
        self.bytes = bytes
        self.digest = digest
        self.run = run
        self.records = records
    }
}

extension ObjectStore {
    /// Shows every declaration that is kept, on one snapshot: the position of the entry that told it first, its digest, its
    /// bytes.
    package func eachLineageEvent(
        _ visit: (Int64, [UInt8], [UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) {
        try database.read { transaction throws(StoreError) in
            try transaction.query("SELECT position, digest, bytes FROM lineage_events", []) { row throws(StoreError) in
                try visit(row.integer(0), row.bytes(1), row.bytes(2))
                return true
            }
        }
    }

    /// The longest event, in bytes.
    public static let eventLengthMaximum = 16 << 20

    /// Keeps events and journals entries about them, all or nothing, in one commit; one that the same account sent
    /// before changes nothing. What the runs of the events wait to journal comes first.
    /// - Returns: for each whether it is new.
    public func keep(_ events: [NewEvent]) async throws(StoreError) -> [Bool] {
        guard events.allSatisfy({ $0.bytes.count <= ObjectStore.eventLengthMaximum && !$0.records.isEmpty }) else {
            throw .invalidArgument("an event has at most \(ObjectStore.eventLengthMaximum) bytes")
        }
        let runs = Set(events.flatMap { $0.records.compactMap(\.origin.run) })
        return try await committer.commit(runs: Array(runs)) { change throws(StoreError) in
            var areNew: [Bool] = []
            for event in events { areNew.append(try change.keep(event)) }
            return areNew
        }
    }

    /// Whether an account sent events of these digests before.
    public func knows(
        events digests: some Sequence<[UInt8]>, from account: String
    ) throws(StoreError) -> Set<[UInt8]> {
        try database.read { transaction throws(StoreError) in
            var known: Set<[UInt8]> = []
            for digest in digests where try EventRows.isKnown(digest, from: account, transaction.first) {
                known.insert(digest)
            }
            return known
        }
    }

    /// The event of a digest.
    /// - Parameters:
    ///   - digest: SHA-256 of the event's bytes.
    ///   - account: only if this one sent it; nil for whoever did so first.
    public func keptEvent(_ digest: [UInt8], from account: String? = nil) throws(StoreError) -> KeptEvent? {
        try database.read { transaction throws(StoreError) in
            let first = try transaction.first(
                "SELECT position, digest, account, run, bytes FROM lineage_events WHERE digest = $1", [.bytes(digest)],
                EventRows.event)
            guard let account, let first, first.account != account else { return first }
            return try transaction.first(
                """
                SELECT s.position, s.digest, s.account, s.run, e.bytes
                FROM lineage_senders s JOIN lineage_events e ON e.digest = s.digest
                WHERE s.digest = $1 AND s.account = $2
                """, [.bytes(digest), .text(account)], EventRows.event)
        }
    }

    /// Events in the order in which they came, behind a position.
    /// - Parameters:
    ///   - run: only those about one run.
    ///   - limit: the most that are returned.
    ///   - position: the journal position.
    public func keptEvents(
        after position: Int64 = 0, about run: RunID? = nil, limit: Int = 100
    ) throws(StoreError) -> [KeptEvent] {
        try database.read { transaction throws(StoreError) in
            var events: [KeptEvent] = []
            guard limit > 0 else { return events }
            let take = { (row: any SQLRow) throws(StoreError) -> Bool in
                events.append(try EventRows.event(row))
                return events.count < limit
            }
            if let run {
                try transaction.query(
                    EventRows.listOfRun, [.text(run.description), .integer(position), .integer(Int64(limit))], take)
            } else {
                try transaction.query(EventRows.list, [.integer(position), .integer(Int64(limit))], take)
            }
            return events
        }
    }
}

/// Queries about kept events. The first sender's row has the bytes; those of later senders refer to it.
private enum EventRows {
    static let list: StaticString = """
        SELECT position, digest, account, run, bytes FROM lineage_events WHERE position > $1
        UNION ALL
        SELECT s.position, s.digest, s.account, s.run, e.bytes
        FROM lineage_senders s JOIN lineage_events e ON e.digest = s.digest WHERE s.position > $1
        ORDER BY position LIMIT $2
        """

    static let listOfRun: StaticString = """
        SELECT position, digest, account, run, bytes FROM lineage_events WHERE run = $1 AND position > $2
        UNION ALL
        SELECT s.position, s.digest, s.account, s.run, e.bytes
        FROM lineage_senders s JOIN lineage_events e ON e.digest = s.digest WHERE s.run = $1 AND s.position > $2
        ORDER BY position LIMIT $3
        """

    static func event(_ row: any SQLRow) throws(StoreError) -> KeptEvent {
        KeptEvent(
            position: row.integer(0), digest: row.bytes(1), account: row.text(2), run: RunID(row.text(3)),
            bytes: row.bytes(4))
    }

    typealias First = (
        StaticString, [SQLValue], (any SQLRow) throws(StoreError) -> Bool
    ) throws(StoreError) -> Bool?

    static func isKnown(_ digest: [UInt8], from account: String, _ first: First) throws(StoreError) -> Bool {
        try first(
            """
            SELECT 1 FROM lineage_events WHERE digest = $1 AND account = $2
            UNION ALL SELECT 1 FROM lineage_senders WHERE digest = $1 AND account = $2
            """, [.bytes(digest), .text(account)]
        ) { row throws(StoreError) in true } ?? false
    }
}

extension Change {
    /// - Returns: false when its sender sent it before.
    fileprivate mutating func keep(_ event: NewEvent) throws(StoreError) -> Bool {
        guard let own = event.records.first else { return false }
        let account = own.origin.account
        let isKnown = try EventRows.isKnown(event.digest, from: account) { sql, values, decode throws(StoreError) in
            try first(sql, values, decode)
        }
        guard !isKnown else { return false }
        let position = try journal(own.kind, own.origin, own.members)
        for record in event.records.dropFirst() { try journal(record.kind, record.origin, record.members) }
        let run = event.run.map { SQLValue.text($0.description) } ?? .text("")
        let isFirst = try execute(
            """
            INSERT INTO lineage_events (position, digest, account, run, bytes) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (digest) DO NOTHING
            """, [.integer(position), .bytes(event.digest), .text(account), run, .bytes(event.bytes)])
        if isFirst == 0 {
            try execute(
                "INSERT INTO lineage_senders (digest, account, position, run) VALUES ($1, $2, $3, $4)",
                [.bytes(event.digest), .text(account), .integer(position), run])
        }
        return true
    }
}
