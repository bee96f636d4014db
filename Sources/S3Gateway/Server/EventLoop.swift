// Why this file exists: one thread that waits on epoll and runs Swift tasks. As a SerialExecutor it isolates the
// actors of its connections, as a TaskExecutor it keeps their tasks off the global pool; so straight-line async
// code runs where its socket's readiness is known, and a resumed task costs an append to a list.
// Invariants: everything marked as the thread's own is touched by the loop's thread only; other threads reach the
// loop through the remote queue, and wake it only when it sleeps or is about to. A turn runs a bounded number of
// jobs before epoll is asked again, so that no connection starves another.
import CSystem
import Glibc
import ObjectCore
import Synchronization

/// One epoll loop with its thread.
// @unchecked: the mutable fields below are the loop thread's own (checked by `assertIsCurrent` in debug builds);
// what other threads touch is behind `remote` or atomic.
final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private enum Limit {
        /// Readiness events taken from epoll at once.
        static let eventsPerTurn = 256
        /// Jobs run before epoll is asked again.
        static let jobsPerTurn = 256
        /// Capacity that the output buffer begins with: a large head and the largest body sent along with it.
        static let outputBytes = 65_536
    }

    /// What other threads hand over.
    private enum RemoteWork {
        case job(UnownedJob)
        case action(@Sendable () -> Void)
    }
    private struct RemoteQueue {
        var work: [RemoteWork] = []
        /// Whether the thread is in epoll_wait or decided to go there.
        var mayBeSleeping = false
    }

    let index: Int
    let counters = LoopCounters()
    /// Threads for reads that would wait for a disk.
    let blockingPool: BlockingPool
    private let epoll: Int32
    private let wakeUp: Int32
    private let timerResolution: Int64
    private let threadIdentity = Atomic<UInt>(0)
    private let remote = Mutex(RemoteQueue())

    // MARK: The thread's own

    /// The time at the beginning of this turn, in nanoseconds of ``MonotonicClock``.
    private(set) var now = MonotonicClock.now()
    /// Set once at shutdown: idle connections close, others close after their response.
    private(set) var isDraining = false
    let readBuffers = ReadBufferPool()
    /// Where responses are put together; in use only between two suspension points.
    let output = OutputBuffer(capacity: Limit.outputBytes)
    private var date = HTTPDateLine()
    private var table = EventSourceTable()
    private var ready: [UnownedJob] = []
    private var readyHead = 0
    private var nextTurnWaiters: [UnsafeContinuation<Void, Never>] = []
    private var timers: [(deadline: Int64, action: () -> Void)] = []
    private var nextScan = MonotonicClock.never
    /// Set when the thread is to end.
    private var whenStopped: (@Sendable () -> Void)?

    /// - Parameter timerResolution: how often deadlines of connections are looked at.
    init(index: Int, timerResolution: Duration, blockingPool: BlockingPool) throws(SystemCallError) {
        self.index = index
        self.timerResolution = max(1_000_000, timerResolution.nanoseconds)
        self.blockingPool = blockingPool
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SystemCallError("epoll_create1", code: errno, object: "") }
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wakeUp >= 0 else {
            let code = errno
            close(epoll)
            throw SystemCallError("eventfd", code: code, object: "")
        }
        // Edge-triggered, so that it never has to be read: each write is a new edge.
        // See: 'man 7 epoll', 'man 2 eventfd'.
        cairn_epoll_control(
            epoll, EPOLL_CTL_ADD, wakeUp, CAIRN_EPOLLIN | CAIRN_EPOLLET, EventSourceTable.wakeUpTag)
    }

    deinit {
        close(wakeUp)
        close(epoll)
    }

    // MARK: Executor

    /// Whether the caller runs on this loop's thread.
    var isCurrent: Bool { pthread_self() == threadIdentity.load(ordering: .relaxed) }

    @inline(__always)
    func assertIsCurrent() { assert(isCurrent, "the state of an event loop was touched from another thread") }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            ready.append(job)
        } else {
            post(.job(job))
        }
    }

    func checkIsolated() { precondition(isCurrent, "expected to run on the event loop") }

    func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Runs an action on the loop's thread, in a later turn.
    func post(_ action: @escaping @Sendable () -> Void) { post(.action(action)) }

    private func post(_ work: RemoteWork) {
        let wakes = remote.withLock { queue in
            queue.work.append(work)
            defer { queue.mayBeSleeping = false }
            return queue.mayBeSleeping
        }
        if wakes { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        write(wakeUp, &one, 8)
    }

    // MARK: Life

    /// Starts the thread. It holds the loop until ``stop()``.
    func start() throws(SystemCallError) {
        try WorkerThread.start { self.run() }
    }

    /// Ends the thread after the turn it is in, and returns when it has ended. Only for a loop without connections.
    func stop() async {
        await withCheckedContinuation { continuation in
            post { [self] in whenStopped = { continuation.resume() } }
        }
    }

    private func run() {
        threadIdentity.store(pthread_self(), ordering: .relaxed)
        // sendfile(2) and OpenSSL raise SIGPIPE when the peer is gone and take no flag against it; every other
        // signal belongs to the main thread.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Limit.eventsPerTurn)
        defer { events.deallocate() }
        while whenStopped == nil {
            let count = epoll_wait(epoll, events, Int32(Limit.eventsPerTurn), prepareToWait())
            now = MonotonicClock.now()
            takeRemoteWork()
            resumeNextTurn()
            for index in 0..<max(0, Int(count)) {
                let event = events + index
                table.source(cairn_epoll_tag(event))?.handle(cairn_epoll_events(event))
            }
            if now >= nextScan { scanDeadlines() }
            if !timers.isEmpty { fireTimers() }
            runReadyJobs()
        }
        whenStopped?()
    }

    /// How long epoll_wait may sleep, in milliseconds; -1 without end.
    private func prepareToWait() -> Int32 {
        if readyHead < ready.count || !nextTurnWaiters.isEmpty { return 0 }
        let mustNotSleep = remote.withLock { queue in
            queue.mayBeSleeping = queue.work.isEmpty
            return !queue.work.isEmpty
        }
        if mustNotSleep { return 0 }
        let next = timers.reduce(nextScan) { min($0, $1.deadline) }
        if next == MonotonicClock.never { return -1 }
        let wait = max(0, next - MonotonicClock.now())
        return Int32(min(wait / 1_000_000 + 1, 60_000))
    }

    private func takeRemoteWork() {
        let work = remote.withLock { queue in
            queue.mayBeSleeping = false
            if queue.work.isEmpty { return [RemoteWork]() }
            let work = queue.work
            queue.work = []
            return work
        }
        guard !work.isEmpty else { return }
        counters.remoteJobs.addAsOnlyWriter(work.count)
        for item in work {
            switch item {
            case .job(let job): ready.append(job)
            case .action(let action): action()
            }
        }
    }

    private func runReadyJobs() {
        var budget = Limit.jobsPerTurn
        while readyHead < ready.count, budget > 0 {
            let job = ready[readyHead]
            readyHead += 1
            budget -= 1
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        if readyHead == ready.count {
            ready.removeAll(keepingCapacity: true)
            readyHead = 0
        } else if readyHead >= Limit.jobsPerTurn * 4 {
            ready.removeFirst(readyHead)
            readyHead = 0
        }
    }

    // MARK: For connections, on the loop's thread

    /// Lets every other connection have its turn, and epoll be asked, before the caller goes on.
    nonisolated(nonsending) func nextTurn() async {
        assertIsCurrent()
        await withUnsafeContinuation { nextTurnWaiters.append($0) }
    }

    private func resumeNextTurn() {
        guard !nextTurnWaiters.isEmpty else { return }
        let waiters = nextTurnWaiters
        nextTurnWaiters.removeAll(keepingCapacity: true)
        for waiter in waiters { waiter.resume() }
    }

    /// The `Date` line of a response.
    func dateLine() -> [UInt8] {
        date.refresh()
        return date.bytes
    }

    /// Watches a descriptor until ``unregister(_:)``.
    func register(_ source: EventSource, for events: UInt32) throws(SystemCallError) {
        assertIsCurrent()
        let tag = table.insert(source)
        if cairn_epoll_control(epoll, EPOLL_CTL_ADD, source.descriptor, events | CAIRN_EPOLLET, tag) != 0 {
            let code = errno
            table.remove(tag)
            throw SystemCallError("epoll_ctl", code: code, object: "")
        }
        source.tag = tag
        if nextScan == MonotonicClock.never { nextScan = now + timerResolution }
    }

    /// Forgets a source. The caller closes its descriptor in the same turn, which takes it out of epoll.
    func unregister(_ source: EventSource) {
        assertIsCurrent()
        table.remove(source.tag)
        if table.isEmpty { nextScan = MonotonicClock.never }
    }

    /// Runs an action at a time, or soon after.
    func schedule(at deadline: Int64, _ action: @escaping () -> Void) {
        assertIsCurrent()
        timers.append((deadline, action))
    }

    private func fireTimers() {
        let due = timers.filter { $0.deadline <= now }
        guard !due.isEmpty else { return }
        timers.removeAll { $0.deadline <= now }
        for timer in due { timer.action() }
    }

    private func scanDeadlines() {
        nextScan = table.isEmpty ? MonotonicClock.never : now + timerResolution
        everySource { $0.expire(at: now) }
    }

    /// Over a copy, as a source may unregister itself meanwhile.
    private func everySource(_ body: (EventSource) -> Void) {
        let snapshot = table
        snapshot.forEach(body)
    }

    /// Ends idle connections and lets the others end after the response they are in.
    func beginDraining() {
        assertIsCurrent()
        isDraining = true
        everySource { $0.drain() }
    }

    /// Ends every connection at once.
    func cutAll() {
        assertIsCurrent()
        everySource { $0.cut() }
    }
}
