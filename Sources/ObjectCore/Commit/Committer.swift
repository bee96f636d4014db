// Why this file exists: the one place where a change becomes durable and then visible. Everything that waits is
// taken together (group commit), in this order, which the reliability of the store rests on:
//   1. the chunks of all waiting changes are appended to the small stream,
//   2. that stream is flushed (fdatasync), or what a few small changes appended goes into the transaction too
//      (``RedoLog``); chunks of large content were flushed by their upload before it came here,
//   3. one database transaction makes the changes and their journal entries (the log is flushed by its commit),
//   4. only then do the waiters get their answers.
// A failed flush is final: the store goes read-only and says why.
private import Synchronization

/// Commits changes in groups on a thread of its own.
final class Committer: Sendable {
    /// Changes taken into one commit: bounds how long a commit holds the writer.
    static let batchMaximum = 512
    /// Chunk bytes taken into one commit.
    static let batchBytesMaximum = 32 << 20
    /// Changes that may wait; more are refused, so that memory stays bounded under overload.
    static let queueMaximum = 16_384

    private struct Queue {
        var waiting: [any CommitRequest] = []
        var isClosed = false
        var readOnlyReason: String?
    }

    private let database: any Database
    private let chunkStore: any ChunkStore
    private let reserve: DiskReserve
    private let clock: StoreClock
    private let outbox: Outbox
    private let ballast: Ballast
    private let queue = Mutex(Queue())
    private let capture = Mutex<(any RunCapture)?>(nil)
    private let position: Atomic<Int64>
    private let wake = Semaphore()
    private let ended = Semaphore()

    init(
        database: any Database, chunkStore: any ChunkStore, reserve: DiskReserve, clock: StoreClock, outbox: Outbox,
        ballast: Ballast,
        nextPosition: Int64, committedBuckets: CommittedBuckets = CommittedBuckets()
    ) {
        self.database = database
        self.chunkStore = chunkStore
        self.reserve = reserve
        self.clock = clock
        self.outbox = outbox
        self.ballast = ballast
        position = Atomic(nextPosition - 1)
        DedicatedThread.start(name: "cairn-commit") {
            self.run(JournalSequence(next: nextPosition, committedBuckets), RedoLog(chunkStore))
        }
    }

    /// Why no change is taken any more, or nil.
    var readOnlyReason: String? { queue.withLock { $0.readOnlyReason } }

    /// The position of the last durable journal entry.
    var lastPosition: Int64 { position.load(ordering: .acquiring) }

    func attach(_ capture: any RunCapture) { self.capture.withLock { $0 = capture } }

    /// Makes a change durable. `body` sees the store as all earlier changes left it; its error undoes it alone.
    /// - Parameter runs: those that ask; what they have read is journalled before their change.
    func commit<Value: Sendable>(
        chunks: [ChunkRecord] = [], runs: [RunID] = [],
        _ body: @escaping @Sendable (inout Change) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withUnsafeContinuation {
            (waiter: UnsafeContinuation<Result<Value, StoreError>, Never>) in
            submit(PendingCommit(chunks: chunks, runs: runs, body: body) { waiter.resume(returning: $0) })
        }
        return try result.get()
    }

    /// The same for a thread that may block.
    func commitBlocking<Value: Sendable>(
        chunks: [ChunkRecord] = [], runs: [RunID] = [],
        _ body: @escaping @Sendable (inout Change) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let answer = Answer<Value>()
        submit(
            PendingCommit(chunks: chunks, runs: runs, body: body) { result in
                answer.result.withLock { $0 = result }
                answer.done.signal()
            })
        answer.done.wait()
        return try answer.result.withLock { $0 ?? .failure(.closed) }.get()
    }

    /// Overwrites what small commits keep beside their segments, once those are flushed.
    func blankRedo() async throws(StoreError) {
        let result = await withUnsafeContinuation { (waiter: UnsafeContinuation<Result<Void, StoreError>, Never>) in
            submit(
                PendingCommit<Void>(chunks: [], runs: [], blanksRedo: true) { (_) throws(StoreError) in
                } completion: {
                    waiter.resume(returning: $0)
                })
        }
        try result.get()
    }

    private final class Answer<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, StoreError>?>(nil)
        let done = Semaphore()
    }

    /// Ends the thread after everything that waits was committed. Blocks.
    func close() {
        let wasOpen = queue.withLock { queue in
            defer { queue.isClosed = true }
            return !queue.isClosed
        }
        guard wasOpen else { return }
        wake.signal()
        ended.wait()
    }

    private func submit(_ request: any CommitRequest) {
        let refusal = queue.withLock { queue -> StoreError? in
            if queue.isClosed { return .closed }
            if let reason = queue.readOnlyReason { return .readOnly(reason) }
            if queue.waiting.count >= Committer.queueMaximum { return .overloaded }
            queue.waiting.append(request)
            return nil
        }
        if let refusal { request.finish(refusal) } else { wake.signal() }
    }

    // MARK: The committer's thread

    private func run(_ sequence: JournalSequence, _ redo: RedoLog) {
        while true {
            let (batch, isClosed) = takeBatch()
            if batch.isEmpty {
                if isClosed { break }
                wake.wait()
                continue
            }
            commit(batch, sequence, redo)
        }
        // A store that cannot any more starts next time as after a crash.
        if readOnlyReason == nil { try? redo.close(database) }
        ended.signal()
    }

    private func takeBatch() -> ([any CommitRequest], Bool) {
        queue.withLock { queue in
            var count = 0
            var bytes = 0
            while count < min(queue.waiting.count, Committer.batchMaximum), bytes < Committer.batchBytesMaximum {
                bytes += queue.waiting[count].chunks.reduce(0) { $0 + $1.bytes.count }
                count += 1
            }
            let batch = Array(queue.waiting.prefix(count))
            queue.waiting.removeFirst(count)
            return (batch, queue.isClosed)
        }
    }

    private func commit(_ batch: [any CommitRequest], _ sequence: JournalSequence, _ redo: RedoLog) {
        if let reason = readOnlyReason {
            for request in batch { request.finish(.readOnly(reason)) }
            return
        }
        var locations: [ChunkLocation] = []
        var slots: [RedoLog.Slot] = []
        do throws(StoreError) {
            let records = batch.flatMap { $0.chunks }
            let blanksRedo = batch.contains { $0.blanksRedo }
            if !records.isEmpty {
                try reserve.check()
                locations = try chunkStore.append(records, to: .small)
                slots = try redo.cover(records, at: locations, mayWait: !blanksRedo)
            } else if blanksRedo {
                try redo.flush()
            }
        } catch {
            if case .outOfSpace = error, batch.contains(where: { $0.chunks.isEmpty }) {
                // Deletions bring no chunks and must go through on a full disk.
                let (fit, refused) = batch.partitioned { $0.chunks.isEmpty }
                for request in refused { request.finish(error) }
                commit(fit, sequence, redo)
                return
            }
            if case .readOnly(let reason) = error { goReadOnly(reason) }
            for request in batch { request.finish(error) }
            return
        }
        apply(batch, locations, slots, sequence, redo)
    }

    /// What became of each request of a batch.
    private struct Outcome {
        var errors: [StoreError?]
        var afterwards: [@Sendable () -> Void] = []
    }

    private func apply(
        _ batch: [any CommitRequest], _ locations: [ChunkLocation], _ slots: [RedoLog.Slot],
        _ sequence: JournalSequence, _ redo: RedoLog
    ) {
        let start = sequence.next
        let captured = CapturedRuns(capture.withLock { $0 })
        do throws(StoreError) {
            let time = clock.read()
            let hold = clock.unrecordedHold
            let outcome = try database.write { transaction throws(StoreError) in
                var outcome = Outcome(errors: [])
                var used = 0
                try redo.write(slots, in: transaction)
                if batch.contains(where: { $0.blanksRedo }) { try redo.blank(in: transaction) }
                if let hold, let reason = hold.hold {
                    var change = Change(
                        transaction: transaction, sequence: sequence, outbox: outbox, time: time, locations: [])
                    try change.record(reason, hold)
                }
                var runs = Set(batch.flatMap { $0.runs })
                for run in runs {
                    var change = Change(
                        transaction: transaction, sequence: sequence, outbox: outbox, time: time, locations: [])
                    try change.journal(captured.records(of: run))
                }
                for request in batch {
                    let own = Array(locations[used..<used + request.chunks.count])
                    used += own.count
                    var change = Change(
                        transaction: transaction, sequence: sequence, outbox: outbox, time: time, locations: own)
                    do throws(StoreError) {
                        try request.apply(&change)
                        outcome.errors.append(nil)
                        outcome.afterwards.append(contentsOf: change.afterwards)
                        // A request that did not name its run before: the same commit, if not the first entry.
                        for run in change.runs where runs.insert(run).inserted {
                            try change.journal(captured.records(of: run))
                        }
                    } catch {
                        // A refusal before the first write leaves nothing behind; after it, all must be undone.
                        if change.hasWritten { throw error }
                        outcome.errors.append(error)
                    }
                }
                return outcome
            }
            redo.wrote(slots)
            sequence.keep()
            position.store(sequence.next - 1, ordering: .releasing)
            if hold != nil { clock.holdWasRecorded() }
            for work in outcome.afterwards { work() }
            for (request, error) in zip(batch, outcome.errors) { request.finish(error) }
        } catch {
            sequence.rewind(to: start)
            captured.giveBack()
            if case .outOfSpace = error, batch.count == 1, batch[0].chunks.isEmpty, ballast.release() {
                // Deletions, and what else brings no chunks, go through on a full disk.
                apply(batch, locations, slots, sequence, redo)
                return
            }
            do throws(StoreError) {
                // What the undone transaction was to cover must not stay a hole before what comes next.
                if !slots.isEmpty { try redo.flush() }
            } catch {
                if case .readOnly(let reason) = error { goReadOnly(reason) }
                for request in batch { request.finish(error) }
                return
            }
            guard batch.count > 1 else {
                if case .database(let reason) = error { goReadOnly("a commit failed: \(reason)") }
                if case .corrupt(let reason) = error { goReadOnly(reason) }
                batch[0].finish(error)
                return
            }
            // One of them spoilt the commit for all: each gets one of its own. Their chunks are durable already.
            var used = 0
            for request in batch {
                let count = request.chunks.count
                apply([request], Array(locations[used..<used + count]), [], sequence, redo)
                used += count
            }
        }
    }

    private func goReadOnly(_ reason: String) {
        queue.withLock { queue in
            if queue.readOnlyReason == nil { queue.readOnlyReason = reason }
        }
    }
}

extension Array {
    /// The elements that satisfy `condition` and those that do not, each in order.
    fileprivate func partitioned(_ condition: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(condition), filter { !condition($0) })
    }
}
