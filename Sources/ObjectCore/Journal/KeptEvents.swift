// Why this file exists: what others declare about lineage is kept byte for byte, named by its digest: the journal has the
// digest, so that an export can be held to what was sent, and what is sent twice is kept once.

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

extension ObjectStore {
    /// The longest event, in bytes.
    public static let eventLengthMaximum = 16 << 20

    /// Keeps an event and journals entries about it, all or nothing; one that is kept already changes nothing.
    /// - Parameters:
    ///   - bytes: as they were sent.
    ///   - run: the run that it is about.
    ///   - records: the first is the event's own.
    /// - Returns: whether it is new.
    public func keep(event bytes: [UInt8], about run: RunID?, _ records: [RunRecord]) async throws(StoreError) -> Bool {
        guard bytes.count <= ObjectStore.eventLengthMaximum, let first = records.first else {
            throw .invalidArgument("an event has at most \(ObjectStore.eventLengthMaximum) bytes")
        }
        let digest = Digest.sha256(bytes)
        return try await committer.commit(runs: first.origin.run.map { [$0] } ?? []) { change throws(StoreError) in
            let known = try change.first("SELECT position FROM lineage_events WHERE digest = $1", [.bytes(digest)]) {
                row throws(StoreError) in row.integer(0)
            }
            guard known == nil else { return false }
            let position = try change.journal(first.kind, first.origin, first.members)
            for record in records.dropFirst() { try change.journal(record.kind, record.origin, record.members) }
            try change.execute(
                "INSERT INTO lineage_events (position, digest, account, run, bytes) VALUES ($1, $2, $3, $4, $5)",
                [
                    .integer(position), .bytes(digest), .text(first.origin.account),
                    run.map { .text($0.description) } ?? .text(""), .bytes(bytes),
                ])
            return true
        }
    }

    /// The event of a digest.
    public func keptEvent(_ digest: [UInt8]) throws(StoreError) -> KeptEvent? {
        try database.read { transaction throws(StoreError) in
            try transaction.first(
                "SELECT position, digest, account, run, bytes FROM lineage_events WHERE digest = $1", [.bytes(digest)],
                ObjectStore.event)
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
                events.append(try ObjectStore.event(row))
                return events.count < limit
            }
            if let run {
                try transaction.query(
                    """
                    SELECT position, digest, account, run, bytes FROM lineage_events
                    WHERE run = $1 AND position > $2 ORDER BY position
                    """, [.text(run.description), .integer(position)], take)
            } else {
                try transaction.query(
                    """
                    SELECT position, digest, account, run, bytes FROM lineage_events
                    WHERE position > $1 ORDER BY position
                    """, [.integer(position)], take)
            }
            return events
        }
    }

    private static func event(_ row: any SQLRow) throws(StoreError) -> KeptEvent {
        KeptEvent(
            position: row.integer(0), digest: row.bytes(1), account: row.text(2), run: RunID(row.text(3)),
            bytes: row.bytes(4))
    }
}
