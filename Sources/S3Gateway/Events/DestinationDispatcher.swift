// Why this file exists: the threads that empty the outbox of one destination. What goes out next is decided by
// ``DeliverySchedule``; here it is read, sent and settled. Each destination has its own, so that one which does not
// answer holds up no other.
// Invariant: an event leaves the outbox after its delivery was answered with success, or with a journal entry that
// says that it was given up; whatever ends the process in between, it is delivered again.
private import Dispatch
private import Glibc
import ObjectCore
private import Synchronization

/// What came of sending one event.
enum DeliveryResult: Equatable {
    case delivered
    /// The destination does not want this event; the reason is for the log.
    case refused(String)
    case unavailable(String)
    /// There is nothing to send any more, or never was.
    case pointless(String)
}

/// Sends events over whatever way. Belongs to one thread.
protocol OutboxSender: AnyObject {
    /// - Parameter now: the wall clock.
    func send(_ event: ObjectEvent, _ item: OutboxItem, now: Timestamp) -> DeliveryResult
}

/// Empties the outbox of one destination.
final class DestinationDispatcher: Sendable {
    /// Deliveries of one destination at the same time.
    static let lanes = 4
    /// Delivered events whose rows are removed in one commit, and how long the first of them waits, in nanoseconds.
    private static let settleMaximum = 64
    private static let settleDelay: Int64 = 200_000_000
    /// How long is waited when the store cannot be read or written, in nanoseconds.
    private static let storeRetry: Int64 = 5_000_000_000

    private struct State {
        var schedule: DeliverySchedule
        var settled: [Int64] = []
        var settledSince: Int64 = 0
        /// After a removal failed.
        var settlesNotBefore: Int64 = 0
        var isStopping = false
        var sleepers = 0
        var lanesRunning = 0
    }

    let name: String
    private let store: ObjectStore
    private let retention: Int64
    private let log: @Sendable (String) -> Void
    private let makeSender: @Sendable (@escaping () -> Bool) -> any OutboxSender
    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let deliveredCount = Atomic<UInt64>(0)
    private let failedCount = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - name: of the destination in the outbox.
    ///   - retention: how long an event may wait, in milliseconds.
    ///   - log: told when the destination begins to fail, answers again, or refuses an event.
    ///   - makeSender: makes one sender for each lane; the closure that it is given tells whether to end.
    init(
        name: String, store: ObjectStore, retention: Int64, schedule: DeliverySchedule = DeliverySchedule(),
        log: @escaping @Sendable (String) -> Void,
        makeSender: @escaping @Sendable (@escaping () -> Bool) -> any OutboxSender
    ) {
        self.name = name
        self.store = store
        self.retention = retention
        self.log = log
        self.makeSender = makeSender
        state = Mutex(State(schedule: schedule))
    }

    /// Events that were delivered since the start.
    var delivered: UInt64 { deliveredCount.load(ordering: .relaxed) }
    /// Attempts that were not answered with success since the start.
    var failed: UInt64 { failedCount.load(ordering: .relaxed) }

    /// Starts the lanes.
    func start() throws(SystemCallError) {
        store.listenToOutbox(of: name) { [self] in
            state.withLock { $0.schedule.arrived() }
            wakeOne()
        }
        for _ in 0..<DestinationDispatcher.lanes {
            state.withLock { $0.lanesRunning += 1 }
            do throws(SystemCallError) {
                try WorkerThread.start { self.run() }
            } catch {
                state.withLock { $0.lanesRunning -= 1 }
                throw error
            }
        }
    }

    /// Tells the lanes to end.
    func beginToStop() {
        store.listenToOutbox(of: name, nil)
        let running = state.withLock { state in
            state.isStopping = true
            return state.lanesRunning
        }
        for _ in 0..<running { wake.signal() }
    }

    /// Waits for the lanes, which wait for no destination, and settles what was delivered. Blocks.
    func finishStopping() {
        let running = state.withLock { state in
            defer { state.lanesRunning = 0 }
            return state.lanesRunning
        }
        for _ in 0..<running { ended.wait() }
        settle(all: true)
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func wakeOne() {
        let isAsleep = state.withLock { state in
            guard state.sleepers > 0 else { return false }
            state.sleepers -= 1
            return true
        }
        if isAsleep { wake.signal() }
    }

    // MARK: A lane

    private func run() {
        let sender = makeSender { [self] in isStopping }
        while true {
            settle(all: false)
            let now = MonotonicClock.now()
            let step = state.withLock { state -> DeliverySchedule.Step? in
                state.isStopping ? nil : state.schedule.next(now: now)
            }
            guard let step else { break }
            switch step {
            case .deliver(let item): deliver(item, sender)
            case .fetch(let after): fetch(after: after)
            case .wait(let until): sleep(until: until)
            case .idle: sleep(until: MonotonicClock.never)
            }
        }
        ended.signal()
    }

    private func sleep(until time: Int64) {
        let limit = state.withLock { state in
            state.sleepers += 1
            // Nothing delivered stays unsettled for long.
            guard !state.settled.isEmpty else { return time }
            return min(time, max(state.settledSince + DestinationDispatcher.settleDelay, state.settlesNotBefore))
        }
        if limit == MonotonicClock.never {
            wake.wait()
            return
        }
        let nanoseconds = max(limit - MonotonicClock.now(), 1_000_000)
        if wake.wait(timeout: .now() + .nanoseconds(Int(clamping: nanoseconds))) == .timedOut {
            state.withLock { if $0.sleepers > 0 { $0.sleepers -= 1 } }
        }
    }

    private func fetch(after: Int64) {
        do throws(StoreError) {
            let items = try store.outboxItems(of: name, after: after, limit: DeliverySchedule.fetchMaximum)
            state.withLock { $0.schedule.loaded(items) }
            for _ in 0..<min(items.count, DestinationDispatcher.lanes - 1) { wakeOne() }
        } catch {
            state.withLock { $0.schedule.loaded(nil) }
            sleep(until: MonotonicClock.now() + DestinationDispatcher.storeRetry)
        }
    }

    private func deliver(_ item: OutboxItem, _ sender: any OutboxSender) {
        let result: DeliveryResult
        if let event = item.event {
            // Age is judged by the time that a clock set forward does not move.
            let reading = store.clockReading
            if reading.trusted.milliseconds - item.at.milliseconds > retention {
                give(up: item, because: "age")
                return
            }
            result = sender.send(event, item, now: reading.now)
        } else {
            give(up: item, because: "damaged")
            return
        }
        switch result {
        case .delivered:
            deliveredCount.wrappingAdd(1, ordering: .relaxed)
            finish(item, .settled)
        case .pointless(let reason): give(up: item, because: reason)
        case .refused(let reason):
            failedCount.wrappingAdd(1, ordering: .relaxed)
            log("\(name): event \(item.sequence) is refused and will be tried again: \(reason)")
            finish(item, .refused)
        case .unavailable(let reason):
            guard !isStopping else {
                finish(item, .unavailable)
                return
            }
            failedCount.wrappingAdd(1, ordering: .relaxed)
            if !finish(item, .unavailable) { log("\(name): does not answer, events wait: \(reason)") }
        }
    }

    /// - Returns: whether the destination was failing before.
    @discardableResult
    private func finish(_ item: OutboxItem, _ outcome: DeliverySchedule.Outcome) -> Bool {
        let now = MonotonicClock.now()
        let (wasFailing, isFailing) = state.withLock { state in
            let wasFailing = state.schedule.isFailing
            state.schedule.finished(item, outcome, now: now, chance: Double.random(in: 0...1))
            if outcome == .settled {
                if state.settled.isEmpty { state.settledSince = now }
                state.settled.append(item.sequence)
            }
            return (wasFailing, state.schedule.isFailing)
        }
        if wasFailing && !isFailing { log("\(name): answers again") }
        // Its key may have more, and lanes that waited for this attempt may go on.
        for _ in 0..<(wasFailing ? DestinationDispatcher.lanes : 1) { wakeOne() }
        return wasFailing
    }

    private func give(up item: OutboxItem, because reason: String) {
        do throws(StoreError) {
            try store.removeFromOutbox([item.sequence], of: name, dropping: reason)
            log("\(name): event \(item.sequence) is given up: \(reason)")
        } catch {
            sleep(until: MonotonicClock.now() + DestinationDispatcher.storeRetry)
        }
        // Should the removal have failed, the row is met again after the next start.
        let now = MonotonicClock.now()
        state.withLock { $0.schedule.finished(item, .settled, now: now, chance: 0) }
    }

    /// Removes the rows of what was delivered, when there are many or the first has waited.
    private func settle(all: Bool) {
        let now = MonotonicClock.now()
        let due = state.withLock { state -> [Int64] in
            guard !state.settled.isEmpty, all || now >= state.settlesNotBefore,
                all || state.settled.count >= DestinationDispatcher.settleMaximum
                    || now - state.settledSince >= DestinationDispatcher.settleDelay
            else { return [] }
            defer { state.settled = [] }
            return state.settled
        }
        guard !due.isEmpty else { return }
        do throws(StoreError) {
            try store.removeFromOutbox(due, of: name)
        } catch {
            // A store that takes no changes keeps the rows; they are delivered again after it was opened anew.
            guard !all else { return }
            state.withLock { state in
                state.settled += due
                state.settlesNotBefore = now + DestinationDispatcher.storeRetry
            }
        }
    }
}
