// Why this file exists: which event goes out next, as a pure state machine: no threads, no sockets, no clock of its own.
// Invariants: of one key at most one event is under way, and a later one never before an earlier one; a destination
// that does not answer is asked by one delivery at a time, ever more rarely; an event that is refused holds up its own
// key and no other.
import ObjectCore

/// The events of one destination that were read from the outbox and are not settled.
struct DeliverySchedule {
    /// Events that are held in memory; the others wait in the outbox.
    static let windowMaximum = 1024
    /// Events that are read at once.
    static let fetchMaximum = 256

    /// What is to be done.
    enum Step {
        case deliver(OutboxItem)
        /// Read on after that sequence, then call ``loaded(_:)``.
        case fetch(after: Int64)
        /// Nothing before that time, unless something arrives.
        case wait(until: Int64)
        /// Nothing until something arrives.
        case idle
    }

    /// What came of a delivery.
    enum Outcome: Equatable {
        /// It is settled: delivered, or given up.
        case settled
        /// The destination answered, and does not want this event (now).
        case refused
        /// The destination did not answer, or said that it cannot.
        case unavailable
    }

    /// How long is waited after the first failure and at most, in nanoseconds. The wait doubles in between, and a half
    /// of it is left to chance, so that many senders do not come back in one moment.
    struct Backoff {
        var first: Int64
        var maximum: Int64

        func delay(failures: Int, chance: Double) -> Int64 {
            let doubled = first.multipliedReportingOverflow(by: 1 << Int64(min(max(failures - 1, 0), 30)))
            let full = doubled.overflow ? maximum : min(doubled.partialValue, maximum)
            let half = full / 2
            // A Double may round what it stands for up.
            return half + min(Int64(Double(half) * min(max(chance, 0), 1)), full - half)
        }
    }

    private struct KeyName: Hashable {
        var bucket: String
        var key: [UInt8]
    }

    private struct Queue {
        /// In the order of their sequences.
        var items: [OutboxItem]
        var refusals = 0
        var isUnderWay = false
    }

    private let destinationBackoff: Backoff
    private let keyBackoff: Backoff
    private var queues: [KeyName: Queue] = [:]
    /// Keys whose first event may go out, the oldest first.
    private var ready: [KeyName] = []
    private var readyHead = 0
    /// Keys whose first event was refused, with the time of the next attempt.
    private var held: [KeyName: Int64] = [:]
    private var count = 0
    private var underWay = 0
    private var loadedUpTo: Int64 = 0
    private var mayHaveMore = true
    private var isFetching = false
    private var failures = 0
    private var pausedUntil: Int64 = 0

    init(
        destinationBackoff: Backoff = Backoff(first: 500_000_000, maximum: 60_000_000_000),
        keyBackoff: Backoff = Backoff(first: 2_000_000_000, maximum: 600_000_000_000)
    ) {
        self.destinationBackoff = destinationBackoff
        self.keyBackoff = keyBackoff
    }

    /// Whether the last attempt found nobody.
    var isFailing: Bool { failures > 0 }

    /// The outbox has, or may have, further rows.
    mutating func arrived() { mayHaveMore = true }

    /// Takes what was read after a `fetch`; nil when reading failed.
    mutating func loaded(_ items: [OutboxItem]?) {
        isFetching = false
        guard let items else {
            mayHaveMore = true
            return
        }
        if items.count >= DeliverySchedule.fetchMaximum { mayHaveMore = true }
        for item in items {
            loadedUpTo = max(loadedUpTo, item.sequence)
            count += 1
            let name = DeliverySchedule.name(item)
            if queues[name] == nil {
                queues[name] = Queue(items: [item])
                ready.append(name)
            } else {
                queues[name]?.items.append(item)
            }
        }
    }

    /// What is to be done at `now`, in nanoseconds of any clock that does not run back.
    mutating func next(now: Int64) -> Step {
        if failures > 0 {
            // One attempt tells whether it answers again.
            if underWay > 0 { return .idle }
            if now < pausedUntil { return .wait(until: pausedUntil) }
        }
        for (name, due) in held where due <= now {
            held[name] = nil
            ready.append(name)
        }
        if readyHead < ready.count {
            let name = ready[readyHead]
            readyHead += 1
            if readyHead == ready.count || readyHead > 4096 {
                ready.removeFirst(readyHead)
                readyHead = 0
            }
            // A name is in `ready` only while its queue has an event.
            if let item = queues[name]?.items.first {
                queues[name]?.isUnderWay = true
                underWay += 1
                return .deliver(item)
            }
        }
        if mayHaveMore, !isFetching, count < DeliverySchedule.windowMaximum {
            mayHaveMore = false
            isFetching = true
            return .fetch(after: loadedUpTo)
        }
        if let due = held.values.min() { return .wait(until: due) }
        return .idle
    }

    /// Takes what came of a delivery.
    /// - Parameter chance: from 0 to 1.
    mutating func finished(_ item: OutboxItem, _ outcome: Outcome, now: Int64, chance: Double) {
        let name = DeliverySchedule.name(item)
        guard var queue = queues[name], queue.isUnderWay, queue.items.first?.sequence == item.sequence else { return }
        queue.isUnderWay = false
        underWay -= 1
        switch outcome {
        case .settled:
            failures = 0
            count -= 1
            queue.refusals = 0
            queue.items.removeFirst()
            if queue.items.isEmpty {
                queues[name] = nil
                return
            }
            ready.append(name)
        case .refused:
            failures = 0
            queue.refusals += 1
            held[name] = now + keyBackoff.delay(failures: queue.refusals, chance: chance)
        case .unavailable:
            // Several under way fail together; that is one failure.
            if failures == 0 || now >= pausedUntil {
                failures += 1
                pausedUntil = now + destinationBackoff.delay(failures: failures, chance: chance)
            }
            ready.insert(name, at: readyHead)
        }
        queues[name] = queue
    }

    private static func name(_ item: OutboxItem) -> KeyName {
        // A damaged row is about no key; it is only to be cleared away.
        KeyName(bucket: item.event?.bucketName ?? "", key: item.event?.key ?? [])
    }
}
