// Why this file exists: the journal's entries are kept for a time that the operator sets, and after it those go that
// nothing rests on (EntriesInForce). What is pruned is written into the journal, and hashes stay, so everything that was
// ever signed or proven still verifies. See: docs/decisions/0007-pruned-entries-keep-their-hashes.md.
private import Dispatch
public import ObjectCore

/// What a turn of pruning did.
public struct PruningReport: Sendable, Codable, Equatable {
    /// Entries that are older than their time, with those that were pruned before.
    public var old: Int64 = 0
    /// Entries that lost their bytes in this turn.
    public var pruned: Int64 = 0
    /// Old entries that are kept, since something that exists rests on them.
    public var inForce: Int64 = 0
    /// Nothing was changed: `pruned` would be, now.
    public var isDryRun = false
    /// Entries before this time may be pruned, in milliseconds since 1970.
    public var before: Int64 = 0
    /// The clock cannot be trusted, so nothing is pruned.
    public var isHeld = false

    public init() {}
}

/// Prunes the journal of a store.
public struct JournalPruning: Sendable {
    /// Ten years of 365.25 days, in milliseconds.
    public static let defaultRetention: Int64 = 10 * 31_557_600_000
    /// Entries that one commit prunes: bounds how long others wait.
    static let entriesOfCommit = 4096
    /// Entries read at once.
    private static let group = 4096

    private let store: ObjectStore
    private let retention: Int64
    private let limit: Timestamp?

    /// - Parameters:
    ///   - store: whose journal it is.
    ///   - retention: for how long entries are kept, in milliseconds.
    public init(_ store: ObjectStore, retention: Int64 = JournalPruning.defaultRetention) {
        self.store = store
        self.retention = retention
        limit = nil
    }

    /// - Parameters:
    ///   - store: whose journal it is.
    ///   - limit: entries are kept that are not older than this.
    public init(_ store: ObjectStore, before limit: Timestamp) {
        self.store = store
        self.limit = limit
        retention = max(0, store.clockReading.trusted.milliseconds - limit.milliseconds)
    }

    /// Prunes what may go by now. Runs beside everything else; reads old entries three or four times.
    /// - Parameters:
    ///   - isDryRun: only counts.
    ///   - origin: as the journal names it.
    /// - Throws: `StoreError.corrupt`, having pruned nothing, when an old entry does not match its hash: what tells
    ///   of a change is not thrown away.
    public func run(
        isDryRun: Bool = false, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> PruningReport {
        let reading = store.clockReading
        var report = PruningReport()
        report.isDryRun = isDryRun
        guard reading.hold == nil else {
            report.isHeld = true
            return report
        }
        let before = limit ?? Timestamp(milliseconds: reading.trusted.milliseconds - retention)
        report.before = before.milliseconds
        report.old = try store.journalPosition(before: before)
        guard report.old > 0 else { return report }
        let through = report.old
        // The entries first: where one does not match its hash, nothing goes.
        try await JournalPruning.onThread { () throws(StoreError) in try checkHashes(through: through) }
        if !isDryRun { try await store.forgetPast(through: through, origin: origin) }
        let (force, candidates) = try await JournalPruning.onThread { () throws(StoreError) in
            let force = try entriesInForce(through: through, now: reading.now, isDryRun: isDryRun)
            return (force, try positions(through: through) { !force.contains($0) })
        }
        guard !isDryRun else {
            report.pruned = Int64(candidates.count)
            report.inForce = try await JournalPruning.onThread { () throws(StoreError) in
                Int64(try positions(through: through) { _ in true }.count) - Int64(candidates.count)
            }
            return report
        }
        var left = candidates[...]
        while !left.isEmpty {
            let ranges = PrunedRanges(left.prefix(JournalPruning.entriesOfCommit))
            try await store.prune(ranges, before: before, retention: retention, origin: origin)
            left = left.dropFirst(Int(ranges.count))
            report.pruned += ranges.count
        }
        report.inForce = try await JournalPruning.onThread { () throws(StoreError) in
            Int64(try positions(through: through) { force.contains($0) }.count)
        }
        return report
    }

    private func entriesInForce(
        through: Int64, now: Timestamp, isDryRun: Bool
    ) throws(StoreError) -> EntriesInForce {
        var remembered: [Int64] = []
        let snapshots = store.snapshots()
        try store.eachPastVersion { past throws(StoreError) in
            // What a turn has not let go is still there for the audit, whatever is true of it by now.
            guard !isDryRun || !mayBeForgotten(past, through: through, snapshots) else { return }
            remembered.append(past.version.index)
            remembered.append(past.until)
        }
        var force = EntriesInForce(through: through, remembered: remembered)
        var first: Int64 = 0
        while first < through {
            let end = min(first + Int64(JournalPruning.group), through)
            for entry in try entries(first, end) {
                guard let content = CanonicalJSON(entry.bytes) else { continue }
                force.takeForwards(content, position: entry.position)
            }
            first = end
        }
        force.beginBackwards()
        repeat {
            var end = through
            while end > 0 {
                let first = max(0, end - Int64(JournalPruning.group))
                for entry in try entries(first, end).reversed() {
                    guard let content = CanonicalJSON(entry.bytes) else { continue }
                    force.takeBackwards(content, position: entry.position, now: now)
                }
                end = first
            }
        } while force.takeGrowth()
        return force
    }

    /// Whether a state that is remembered keeps no entry in force: it ended before its time, and no snapshot shows it. A
    /// turn lets such rows go before it asks (``ObjectStore/forgetPast(through:origin:)``); a dry run only passes over them.
    private func mayBeForgotten(_ past: PastVersion, through: Int64, _ snapshots: [Snapshot]) -> Bool {
        guard past.until <= through, !past.isHeld else { return false }
        guard past.isReplaced else { return true }
        return !snapshots.contains {
            $0.bucket == past.version.bucket && (past.version.index..<past.until).contains($0.index)
        }
    }

    /// - Throws: `StoreError.corrupt` for the first entry that does not match its hash.
    private func checkHashes(through: Int64) throws(StoreError) {
        var first: Int64 = 0
        while first < through {
            let end = min(first + Int64(JournalPruning.group), through)
            for entry in try entries(first, end) {
                guard JournalEntry.leafHash(entry.bytes) == entry.leaf, CanonicalJSON(entry.bytes) != nil else {
                    throw .corrupt("journal index \(entry.position - 1) does not match its hash: nothing is pruned")
                }
            }
            first = end
        }
    }

    /// Entries with bytes, of the indices from `first` to before `end`.
    private func entries(_ first: Int64, _ end: Int64) throws(StoreError) -> [JournalEntry] {
        try store.journalEntries(after: first, limit: Int(end - first)).filter { !$0.bytes.isEmpty }
    }

    /// Positions of entries with bytes that satisfy a condition.
    private func positions(through: Int64, _ condition: (Int64) -> Bool) throws(StoreError) -> [Int64] {
        var found: [Int64] = []
        var first: Int64 = 0
        // In groups: a snapshot that is held for long keeps the database's log from shrinking.
        while first < through {
            let end = min(first + Int64(JournalPruning.group), through)
            try store.eachJournalRow(first..<end) { position, _, _, entry throws(StoreError) in
                if !entry.isEmpty, condition(position) { found.append(position) }
            }
            first = end
        }
        return found
    }

    /// Runs `work` on a thread of its own: it may take minutes, and the store's workers have uploads to hash.
    private static func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Value, StoreError>, Never>) in
            DispatchQueue.global(qos: .utility).async {
                waiter.resume(returning: Result { () throws(StoreError) in try work() })
            }
        }
        return try result.get()
    }
}
