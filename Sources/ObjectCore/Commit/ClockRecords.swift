// Why this file exists: what the clock must remember beyond the process: the latest time seen, and that expiry is
// held. A hold is written in the commit that first writes a time of after the jump, so no restart forgets it.

enum ClockRecords {
    /// Rows of `counters`: the latest time recorded while idle, and the trusted time of a hold by its reason.
    private static let seen = "clock.seen"
    private static let heldByJump = "clock.held.jump"
    private static let heldByGap = "clock.held.gap"

    /// The clock of a store, from its rows.
    /// - Parameter last: the time of the newest journal entry, 0 for none.
    static func clock(
        _ database: any Database, last: Int64, source: TimeSource
    ) throws(StoreError) -> StoreClock {
        var seen = last
        var held: (trusted: Int64, hold: ClockHold)?
        try database.read { transaction throws(StoreError) in
            try transaction.query("SELECT name, value FROM counters", []) { row throws(StoreError) in
                switch row.text(0) {
                case ClockRecords.seen: seen = max(seen, row.integer(1))
                case heldByJump: held = (row.integer(1), .jump)
                case heldByGap: held = (row.integer(1), .gap)
                default: break
                }
                return true
            }
        }
        return StoreClock(highest: seen, held: held, source: source)
    }

    fileprivate static func name(_ hold: ClockHold) -> String {
        switch hold {
        case .jump: heldByJump
        case .gap: heldByGap
        }
    }

    fileprivate static let set: StaticString = """
        INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """

    fileprivate static func record(_ time: Timestamp, in change: inout Change) throws(StoreError) {
        try change.execute(set, [.text(seen), .integer(time.milliseconds)])
    }

    fileprivate static func removeHolds(in change: inout Change) throws(StoreError) {
        try change.execute("DELETE FROM counters WHERE name = $1", [.text(heldByJump)])
        try change.execute("DELETE FROM counters WHERE name = $1", [.text(heldByGap)])
    }
}

extension Change {
    /// Writes that expiry is held.
    mutating func record(_ hold: ClockHold, _ reading: ClockReading) throws(StoreError) {
        try execute(
            ClockRecords.set, [.text(ClockRecords.name(hold)), .integer(reading.trusted.milliseconds)])
        try journal(
            .clockHeld, .embedded,
            [("reason", .text(hold.rawValue)), ("trusted", .integer(reading.trusted.milliseconds))])
    }
}

extension ObjectStore {
    /// The store's time, and whether locks expire.
    public var clockReading: ClockReading { clock.read() }

    /// Takes the machine's time as right after a jump or a long gap, so that locks expire again.
    /// - Returns: the reading afterwards.
    public func confirmClock(origin: ChangeOrigin = .embedded) async throws(StoreError) -> ClockReading {
        let clock = clock
        try await committer.commit { change throws(StoreError) in
            try ClockRecords.removeHolds(in: &change)
            try change.journal(.clockConfirmed, origin, [])
            change.afterCommit { clock.confirm() }
        }
        return clock.read()
    }

    /// Records that the store is alive at this time, so that idling is not taken for a gap. Does nothing while expiry
    /// is held.
    public func recordTime() async throws(StoreError) {
        guard clock.read().hold == nil else { return }
        try await committer.commit { change throws(StoreError) in
            try ClockRecords.record(change.now, in: &change)
        }
    }

    func recordTimeBlocking() throws(StoreError) {
        guard clock.read().hold == nil else { return }
        try committer.commitBlocking { change throws(StoreError) in
            try ClockRecords.record(change.now, in: &change)
        }
    }
}
