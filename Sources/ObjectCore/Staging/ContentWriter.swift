// Why this file exists: streams a body of any size into chunks in constant memory, without blocking the caller's
// thread: small content is hashed where it arrives, large content on a worker thread, one buffer behind the caller.
private import Synchronization

/// Takes the bytes of one object or part. Belongs to one task at a time.
public final class ContentWriter {
    /// Content that is known to be no larger than this is hashed on the caller's thread: a hop costs more.
    static let inlineMaximum: Int64 = 256 << 10

    /// Unchecked: the worker and the caller take turns, see ``Turn``.
    private final class Shared: @unchecked Sendable {
        let intake: ChunkIntake
        let turn = Mutex(Turn())
        init(intake: ChunkIntake) { self.intake = intake }
    }

    private struct Turn {
        var isBusy = false
        var failure: StoreError?
        var waiter: UnsafeContinuation<Void, Never>?
    }

    private let shared: Shared
    private let workers: WorkerPool
    private let isInline: Bool
    private var isEnded = false

    init(intake: ChunkIntake, workers: WorkerPool, isInline: Bool) {
        shared = Shared(intake: intake)
        self.workers = workers
        self.isInline = isInline
    }

    /// Takes the next bytes. Returns when the worker has taken over the previous ones, so that at most two buffers
    /// are held.
    /// - Throws: what an earlier write ran into, for instance ``StoreError/outOfSpace``.
    public func write(_ bytes: [UInt8]) async throws(StoreError) {
        guard !isEnded else { throw .invalidArgument("the content has ended") }
        if isInline {
            try shared.intake.take(bytes)
            return
        }
        try await idle()
        let shared = shared
        shared.turn.withLock { $0.isBusy = true }
        workers.run {
            var failure: StoreError?
            do throws(StoreError) { try shared.intake.take(bytes) } catch { failure = error }
            let waiter = shared.turn.withLock { turn in
                turn.isBusy = false
                turn.failure = failure
                return (turn.waiter, turn.waiter = nil).0
            }
            waiter?.resume()
        }
    }

    /// Ends the content.
    /// - Throws: what any earlier write ran into.
    public func finish() async throws(StoreError) -> StagedContent {
        guard !isEnded else { throw .invalidArgument("the content has ended") }
        isEnded = true
        if isInline { return try shared.intake.finish() }
        try await idle()
        let shared = shared
        return try await workers.value { () throws(StoreError) in try shared.intake.finish() }
    }

    /// Waits until the worker is done with the last buffer.
    private func idle() async throws(StoreError) {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isIdle = shared.turn.withLock { turn in
                if turn.isBusy { turn.waiter = continuation }
                return !turn.isBusy
            }
            if isIdle { continuation.resume() }
        }
        if let failure = shared.turn.withLock({ $0.failure }) { throw failure }
    }
}
