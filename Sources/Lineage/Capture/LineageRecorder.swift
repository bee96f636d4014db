// Why this file exists: the front door of observed capture: who asks becomes a run, what runs read is kept until a commit
// of theirs takes it or a thread writes it, and nothing of it is on the disk's way for a GET.
public import ObjectCore
private import Synchronization

/// How reads are captured.
public struct CaptureOptions: Sendable {
    /// A pause of an ordinary key after which its next request begins another implicit run, in seconds.
    public var idleGapSeconds: Int64 = 300
    /// The same for runs that were announced: they end, and begin again when they are heard of after all.
    public var announcedIdleGapSeconds: Int64 = 3600
    /// What a run has read is journalled when it was quiet for so long, in seconds.
    public var quietSeconds: Int64 = 5
    /// And when the oldest of it is so old, in seconds.
    public var ageSeconds: Int64 = 60
    /// The most records that wait for one run, and for all. A record is a version that a run has read.
    public var recordsPerRunMaximum = 8_192
    public var recordsMaximum = 262_144

    public init() {}
}

/// Captures what runs read and write. Open one for a store, and close it before the store.
public final class LineageRecorder: RunCapture {
    /// How often runs are looked through, in milliseconds.
    private static let turnMilliseconds: Int64 = 500
    /// Runs journalled in one commit.
    private static let runsPerCommit = 64

    private struct Table {
        var byID: [RunID: ActiveRun] = [:]
        /// The run that a key's requests belong to now.
        var byKey: [String: ActiveRun] = [:]
    }

    let store: ObjectStore
    private let options: CaptureOptions
    private let table = Mutex(Table())
    private let gauge: PendingGauge
    private let wake: Semaphore
    private let ended = Semaphore()
    private let isClosed = Atomic<Bool>(false)

    /// Begins to capture.
    public init(_ store: ObjectStore, options: CaptureOptions = CaptureOptions()) {
        self.store = store
        self.options = options
        let wake = Semaphore()
        self.wake = wake
        gauge = PendingGauge(store: store, bound: options.recordsMaximum) { wake.signal() }
        store.attach(self)
        DedicatedThread.start(name: "cairn-capture") { [self] in serve() }
    }

    /// Journals what waits and ends the thread. Implicit runs end with it. Blocks.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        wake.signal()
        ended.wait()
    }

    public func take(_ run: RunID) -> RunRecords? { table.withLock { $0.byID[run] }?.take() }

    // MARK: Runs

    /// The run that a request of `accessKey` belongs to.
    /// - Parameters:
    ///   - describe: asked when the key begins a run.
    ///   - accessKey: the key.
    ///   - now: the time.
    public func run(of accessKey: String, at now: Timestamp, describe: () -> RunFacts) -> ActiveRun {
        table.withLock { table in
            if let known = table.byKey[accessKey] {
                if known.quietMilliseconds(at: now) <= idleMilliseconds(known) {
                    known.touch(now)
                    return known
                }
                // It stays in `byID` until its end is journalled.
                known.end(.idle)
            }
            let run = enter(describe(), at: now, &table)
            table.byKey[accessKey] = run
            return run
        }
    }

    /// Begins a run and journals that it did; one of that id that is known is taken up.
    public func begin(_ facts: RunFacts) async throws(StoreError) -> ActiveRun {
        let run = table.withLock { enter(facts, at: Timestamp.wall(), &$0) }
        try await store.journal(runs: [run.id])
        return run
    }

    /// Ends a run and journals all that it had read. Its later requests, if there are any, take it up again, and do not
    /// change how it ended.
    /// - Parameters:
    ///   - status: anything but ``Run/Status/running``.
    ///   - id: whose.
    ///   - exitCode: of its process; nil when there was none.
    public func end(_ id: RunID, status: Run.Status, exitCode: Int64? = nil) async throws(StoreError) {
        guard status != .running else { throw .invalidArgument("a run does not end as running") }
        table.withLock { table in
            // A run of before the last start of the server is ended all the same.
            let run =
                table.byID[id] ?? make(id, RunFacts(), at: Timestamp.wall(), isNew: false)
            table.byID[id] = run
            table.byKey = table.byKey.filter { $0.value !== run }
            run.end(status, exitCode: exitCode)
        }
        try await store.journal(runs: [id])
    }

    /// Ends runs that a process before this one left open, unless they were heard of since. Blocks.
    public func endAbandoned(_ runs: [RunID]) throws(StoreError) {
        let gone = table.withLock { table in
            let gone = runs.filter { table.byID[$0] == nil }
            for id in gone {
                let run = make(id, RunFacts(), at: Timestamp(milliseconds: 0), isNew: false)
                run.end(.idle)
                table.byID[id] = run
            }
            return gone
        }
        if !gone.isEmpty { try store.journalBlocking(runs: gone) }
    }

    /// Runs that are in memory now.
    public var activeRuns: [ActiveRun] { table.withLock { Array($0.byID.values) } }

    private func enter(_ facts: RunFacts, at now: Timestamp, _ table: inout Table) -> ActiveRun {
        var facts = facts
        if let wanted = facts.id, let known = table.byID[wanted] {
            // The account of a run of before the last start is not known here.
            guard known.facts.account == facts.account || known.facts.account.isEmpty else {
                // Whoever names a run of another account gets one of their own, and the name stays readable.
                facts.id = nil
                facts.tags.append(NameValue(RunFacts.runTag, wanted.description))
                return enter(facts, at: now, &table)
            }
            known.touch(now)
            known.resume()
            return known
        }
        let id = facts.id ?? RunID.make(at: now)
        let run = make(id, facts, at: now, isNew: true)
        table.byID[id] = run
        return run
    }

    private func make(_ id: RunID, _ facts: RunFacts, at now: Timestamp, isNew: Bool) -> ActiveRun {
        ActiveRun(id, facts, at: now, isNew: isNew, gauge: gauge) { [weak self] run in self?.reattach(run) }
    }

    /// A transfer that took longer than its run was remembered.
    private func reattach(_ run: ActiveRun) {
        table.withLock { table in
            if let other = table.byID[run.id], other !== run {
                other.absorb(run)
            } else {
                table.byID[run.id] = run
            }
        }
    }

    private func idleMilliseconds(_ run: ActiveRun) -> Int64 {
        1000 * (run.facts.isImplicit ? options.idleGapSeconds : options.announcedIdleGapSeconds)
    }

    // MARK: The thread

    private func serve() {
        while !isClosed.load(ordering: .acquiring) {
            wake.wait(milliseconds: LineageRecorder.turnMilliseconds)
            flush(everything: false)
        }
        for run in activeRuns where run.facts.isImplicit { run.end(.idle) }
        flush(everything: true)
        ended.signal()
    }

    private func flush(everything: Bool) {
        let now = Timestamp.wall()
        let isFull = gauge.isFull
        let runs = activeRuns
        for run in runs where run.quietMilliseconds(at: now) > idleMilliseconds(run) { run.end(.idle) }
        var due = runs.filter { run in
            guard let waiting = run.waiting(at: now) else { return false }
            return everything || isFull || run.hasEnded || waiting.count >= options.recordsPerRunMaximum
                || run.quietMilliseconds(at: now) >= options.quietSeconds * 1000
                || waiting.age >= options.ageSeconds * 1000
        }
        while !due.isEmpty {
            let group = Array(due.suffix(LineageRecorder.runsPerCommit))
            due.removeLast(group.count)
            do throws(StoreError) {
                try store.journalBlocking(runs: group.map(\.id))
            } catch {
                // The store takes no changes: what waits stays, for no output can follow it either.
                if gauge.isFull { forget(group) }
            }
        }
        if runs.contains(where: { $0.hasEnded }) { removeEndedRuns() }
    }

    /// Runs whose end is journalled leave the memory.
    private func removeEndedRuns() {
        table.withLock { table in
            table.byKey = table.byKey.filter { !$0.value.hasEnded }
            table.byID = table.byID.filter { !($0.value.hasEnded && $0.value.detach()) }
        }
    }

    /// Memory is bounded even when the store is read-only.
    private func forget(_ runs: [ActiveRun]) {
        for run in runs { _ = run.take() }
    }
}
