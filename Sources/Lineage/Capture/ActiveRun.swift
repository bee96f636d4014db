// Why this file exists: a run that does something now, and what it has read that no journal entry tells yet.
// Invariant: a read is noted before its first byte is handed to the socket, so no output that follows from it can be
// committed without it. Everything here is memory and a short lock: it is on the way of every GET.
public import ObjectCore
private import Synchronization

/// A run in memory. All calls may come from any thread.
public final class ActiveRun: Sendable {
    private struct State {
        var reads = PendingReads()
        /// Entries that come before the reads, and those that come after.
        var started: RunRecord?
        var ended: RunRecord?
        var hasEnded = false
        /// Whether the end is only that nothing was heard.
        var isIdleEnd = false
        /// Whether the recorder let go of it: nothing waits here then, and what comes brings it back.
        var isDetached = false
        /// When the oldest of the reads was noted, in milliseconds; 0 when there are none.
        var dirtySince: Int64 = 0
    }

    public let id: RunID
    public let facts: RunFacts
    private let state: Mutex<State>
    /// When it was heard of last, in milliseconds.
    private let lastActivity: Atomic<Int64>
    /// The records of all runs together.
    private let gauge: PendingGauge

    private let reattach: @Sendable (ActiveRun) -> Void

    /// - Parameters:
    ///   - isNew: whether its beginning is to be journalled.
    ///   - reattach: called when something is noted of a run that ``detach()`` let go.
    init(
        _ id: RunID, _ facts: RunFacts, at now: Timestamp, isNew: Bool = true, gauge: PendingGauge,
        reattach: @escaping @Sendable (ActiveRun) -> Void
    ) {
        self.id = id
        self.facts = facts
        self.gauge = gauge
        self.reattach = reattach
        state = Mutex(State(started: isNew ? facts.started(id, isResumed: false) : nil))
        lastActivity = Atomic(now.milliseconds)
    }

    /// What the run's changes are journalled with.
    public var origin: ChangeOrigin { facts.origin(id) }

    /// A GET begins to send bytes of a version, or a program to read them.
    /// - Parameters:
    ///   - version: the version's journal position.
    ///   - offset: of the first byte.
    ///   - now: the time.
    /// - Returns: what is told of the bytes once they went out.
    public func beginRead(of version: Int64, from offset: Int64, at now: Timestamp) -> ReadTicket {
        let index = gauge.journalPosition
        note(now) { state in
            let before = state.reads.used.count
            state.reads.used[version, default: PendingRead(first: index, last: index)].requests += 1
            return state.reads.used.count - before
        }
        return ReadTicket(run: self, version: version, offset: offset, index: index)
    }

    fileprivate func endRead(_ ticket: ReadTicket, bytes: Int64, at now: Timestamp) {
        guard bytes > 0 else { return }
        let index = gauge.journalPosition
        note(now) { state in
            let before = state.reads.used.count
            let end = ticket.offset.addingReportingOverflow(bytes)
            let range = ticket.offset..<(end.overflow ? .max : end.partialValue)
            // Journalled meanwhile: this is then a record of bytes without a request.
            state.reads.used[ticket.version, default: PendingRead(first: ticket.index, last: index)]
                .extend(bytes, range, index)
            return state.reads.used.count - before
        }
    }

    /// HEAD of a version.
    public func noteExamined(_ version: Int64, at now: Timestamp) {
        let index = gauge.journalPosition
        note(now) { state in
            let before = state.reads.examined.count
            state.reads.examined[version, default: PendingRead(first: index, last: index)].extend(0, 0..<0, index)
            state.reads.examined[version]?.requests += 1
            return state.reads.examined.count - before
        }
    }

    /// A listing of a prefix.
    public func noteListed(_ prefix: ListedPrefix, at now: Timestamp) {
        let index = gauge.journalPosition
        note(now) { state in
            let before = state.reads.listed.count
            state.reads.listed[prefix, default: PendingRead(first: index, last: index)].extend(0, 0..<0, index)
            state.reads.listed[prefix]?.requests += 1
            return state.reads.listed.count - before
        }
    }

    private func note(_ now: Timestamp, _ change: (inout State) -> Int) {
        touch(now)
        let (added, wasDetached) = state.withLock { state in
            let added = change(&state)
            if state.dirtySince == 0 { state.dirtySince = now.milliseconds }
            defer { state.isDetached = false }
            return (added, state.isDetached)
        }
        if added > 0 { gauge.add(added) }
        if wasDetached { reattach(self) }
    }

    // MARK: Time

    func touch(_ now: Timestamp) { lastActivity.store(now.milliseconds, ordering: .relaxed) }

    /// Milliseconds since it was heard of.
    func quietMilliseconds(at now: Timestamp) -> Int64 {
        now.milliseconds - lastActivity.load(ordering: .relaxed)
    }

    /// How much waits to be journalled, for how many milliseconds; nil when nothing does.
    func waiting(at now: Timestamp) -> (count: Int, age: Int64)? {
        state.withLock { state in
            guard state.started != nil || state.ended != nil || !state.reads.isEmpty else { return nil }
            return (state.reads.count, state.dirtySince == 0 ? 0 : now.milliseconds - state.dirtySince)
        }
    }

    // MARK: Journal

    /// Whether its end was said.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// It was heard of again: an end that is not journalled yet is taken back, if nobody said it.
    func resume() {
        state.withLock { state in
            guard state.hasEnded else { return }
            state.hasEnded = false
            if state.ended == nil {
                state.started = facts.started(id, isResumed: true)
            } else if state.isIdleEnd {
                state.ended = nil
            }
        }
    }

    /// Lets go of it, if nothing waits.
    /// - Returns: whether it was let go.
    func detach() -> Bool {
        state.withLock { state in
            guard state.started == nil, state.ended == nil, state.reads.isEmpty else { return false }
            state.isDetached = true
            return true
        }
    }

    /// Takes what waits in another one of the same run.
    func absorb(_ other: ActiveRun) {
        let reads = other.state.withLock { state in
            defer { state.reads = PendingReads() }
            return state.reads
        }
        gauge.add(-reads.count)
        let added = state.withLock { state in
            let before = state.reads.count
            state.reads.add(reads)
            return state.reads.count - before
        }
        gauge.add(added)
    }

    /// Says how the run ended; it is journalled behind everything before. The first word counts.
    func end(_ status: Run.Status, exitCode: Int64? = nil) {
        var members: [(String, CanonicalJSON)] = [("status", .text(status.name))]
        if let exitCode { members.append(("exit", .integer(exitCode))) }
        let record = RunRecord(.runEnded, origin, members)
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.hasEnded = true
            state.ended = record
            state.isIdleEnd = status == .idle
        }
    }

    /// Hands over everything that no entry tells.
    func take() -> RunRecords? {
        let taken = state.withLock { state in
            let taken = state
            state.reads = PendingReads()
            state.started = nil
            state.ended = nil
            state.dirtySince = 0
            return taken
        }
        gauge.add(-taken.reads.count)
        var entries = taken.started.map { [$0] } ?? []
        entries.append(contentsOf: taken.reads.entries(origin))
        if let ended = taken.ended { entries.append(ended) }
        guard !entries.isEmpty else { return nil }
        return RunRecords(entries) { [self] in giveBack(taken) }
    }

    private func giveBack(_ taken: State) {
        let added = state.withLock { state in
            let before = state.reads.count
            state.reads.add(taken.reads)
            if let started = taken.started { state.started = started }
            if let ended = taken.ended { state.ended = ended }
            if taken.dirtySince != 0 { state.dirtySince = taken.dirtySince }
            return state.reads.count - before
        }
        gauge.add(added)
    }
}

extension PendingRead {
    fileprivate mutating func extend(_ bytes: Int64, _ range: Range<Int64>, _ index: Int64) {
        self.bytes += bytes
        ranges.insert(range)
        last = max(last, index)
    }
}

/// A read that was begun.
public struct ReadTicket: Sendable {
    fileprivate let run: ActiveRun
    fileprivate let version: Int64
    fileprivate let offset: Int64
    fileprivate let index: Int64

    /// How many bytes went out, all of them or not. Called once, or never when that is not known.
    public func end(bytes: Int64, at now: Timestamp) { run.endRead(self, bytes: bytes, at: now) }
}

/// How much waits in all runs together.
final class PendingGauge: Sendable {
    private let store: ObjectStore
    private let total = Atomic<Int>(0)
    private let bound: Int
    private let whenFull: @Sendable () -> Void

    init(store: ObjectStore, bound: Int, whenFull: @escaping @Sendable () -> Void) {
        self.store = store
        self.bound = bound
        self.whenFull = whenFull
    }

    var journalPosition: Int64 { store.journalPosition }
    var isFull: Bool { total.load(ordering: .relaxed) >= bound }

    func add(_ count: Int) {
        guard count != 0 else { return }
        let (old, new) = total.wrappingAdd(count, ordering: .relaxed)
        if old < bound, new >= bound { whenFull() }
    }
}
