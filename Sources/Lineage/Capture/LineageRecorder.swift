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
        if let known = table.withLock({ current(of: accessKey, at: now, $0) }) { return known }
        let facts = describe()
        let owner = owner(of: facts.id)
        return table.withLock { table in
            // Another request of the key may have begun it meanwhile.
            if let known = current(of: accessKey, at: now, table) { return known }
            let run = enter(facts, owner, at: now, &table)
            table.byKey[accessKey] = run
            return run
        }
    }

    /// The run that requests of a key go to, unless a pause ended it.
    private func current(of accessKey: String, at now: Timestamp, _ table: Table) -> ActiveRun? {
        guard let known = table.byKey[accessKey] else { return nil }
        guard known.quietMilliseconds(at: now) <= idleMilliseconds(known) else {
            // It stays in `byID` until its end is journalled.
            known.end(.idle)
            return nil
        }
        known.touch(now)
        return known
    }

    /// Begins a run and journals that it did; one of that id that is known is taken up. Where it belongs to another
    /// account, the run that is begun has an id of its own.
    public func begin(_ facts: RunFacts) async throws(StoreError) -> ActiveRun {
        let run = try announce([facts])[0]
        try await store.journal(runs: [run.id])
        return run
    }

    /// The same for several, without the commit: they begin with the first commit that names them.
    func announce(_ all: [RunFacts]) throws(StoreError) -> [ActiveRun] {
        let owners = try store.accounts(ofRuns: all.compactMap(\.id))
        return table.withLock { table in
            let now = Timestamp.wall()
            return all.map { facts in
                enter(facts, facts.id.flatMap { owners[$0] }.map { .account($0) } ?? .nobody, at: now, &table)
            }
        }
    }

    /// Which of these runs belong to another account than this one. Runs that nobody has begun belong to nobody.
    func foreign(_ runs: some Sequence<RunID>, to account: String) throws(StoreError) -> Set<RunID> {
        let owners = try store.accounts(ofRuns: runs)
        return table.withLock { table in
            Set(runs.filter { id in (owners[id] ?? table.byID[id]?.facts.account ?? account) != account })
        }
    }

    /// How a run is said to have ended.
    struct Ending {
        var run: RunID
        /// Anything but ``Run/Status/running``.
        var status: Run.Status
        /// Of its process; nil when there was none.
        var exitCode: Int64?
    }

    /// Ends a run and journals all that it had read. Its later requests, if there are any, take it up again, and do not
    /// change how it ended.
    /// - Parameters:
    ///   - status: anything but ``Run/Status/running``.
    ///   - id: whose.
    ///   - exitCode: of its process; nil when there was none.
    public func end(_ id: RunID, status: Run.Status, exitCode: Int64? = nil) async throws(StoreError) {
        try await end([Ending(run: id, status: status, exitCode: exitCode)])
    }

    /// The same for several, in one commit.
    func end(_ endings: [Ending]) async throws(StoreError) {
        guard endings.allSatisfy({ $0.status != .running }) else {
            throw .invalidArgument("a run does not end as running")
        }
        let unknown = table.withLock { table in endings.map(\.run).filter { table.byID[$0] == nil } }
        let owners = try store.accounts(ofRuns: unknown)
        table.withLock { table in
            var gone: Set<RunID> = []
            for ending in endings {
                // A run of before the last start of the server is ended all the same.
                let run = table.byID[ending.run] ?? forgotten(ending.run, owners, at: Timestamp.wall())
                table.byID[ending.run] = run
                gone.insert(ending.run)
                run.end(ending.status, exitCode: ending.exitCode)
            }
            table.byKey = table.byKey.filter { !gone.contains($0.value.id) }
        }
        try await store.journal(runs: endings.map(\.run))
    }

    /// Ends runs that a process before this one left open, unless they were heard of since. Blocks.
    public func endAbandoned(_ runs: [RunID]) throws(StoreError) {
        let owners = try store.accounts(ofRuns: runs)
        let gone = table.withLock { table in
            let gone = runs.filter { table.byID[$0] == nil }
            for id in gone {
                let run = forgotten(id, owners, at: Timestamp(milliseconds: 0))
                run.end(.idle)
                table.byID[id] = run
            }
            return gone
        }
        if !gone.isEmpty { try store.journalBlocking(runs: gone) }
    }

    /// A run of which nothing is known here but whose it is.
    private func forgotten(_ id: RunID, _ owners: [RunID: String], at now: Timestamp) -> ActiveRun {
        var facts = RunFacts()
        facts.account = owners[id] ?? ""
        return make(id, facts, at: now, isNew: false)
    }

    /// Runs that are in memory now.
    public var activeRuns: [ActiveRun] { table.withLock { Array($0.byID.values) } }

    /// Whose a run is that is not in memory.
    private enum Owner {
        /// It has not begun.
        case nobody
        case account(String)
        /// The store does not answer, so nobody is believed.
        case unknown
    }

    private func owner(of id: RunID?) -> Owner {
        guard let id else { return .nobody }
        do throws(StoreError) {
            return try store.accounts(ofRuns: [id])[id].map { .account($0) } ?? .nobody
        } catch {
            return .unknown
        }
    }

    private func enter(_ facts: RunFacts, _ owner: Owner, at now: Timestamp, _ table: inout Table) -> ActiveRun {
        var facts = facts
        if let wanted = facts.id {
            let known = table.byID[wanted]
            let isOwn =
                switch owner {
                case .account(let account): account == facts.account
                case .nobody: (known?.facts.account ?? facts.account) == facts.account
                case .unknown: known?.facts.account == facts.account
                }
            guard isOwn else {
                // Whoever names a run of another account gets one of their own, and the name stays readable.
                facts.id = nil
                facts.tags.append(NameValue(RunFacts.runTag, wanted.description))
                return enter(facts, .nobody, at: now, &table)
            }
            if let known {
                known.touch(now)
                known.resume()
                return known
            }
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
