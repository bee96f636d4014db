// Why this file exists: streams a body of any size into chunks in constant memory, without blocking the caller's
// thread: small content is hashed where it arrives, large content on a worker thread, one buffer behind the caller.
// Invariant: the intake is used by whoever has the turn and by nobody else.
private import Synchronization

/// Takes the bytes of one object or part. Belongs to one task at a time.
public final class ContentWriter {
    /// Content that is known to be no larger than this is hashed on the caller's thread: a hop costs more. Nothing of it
    /// is written before its commit, so the caller's thread is not blocked by a disk.
    static let inlineMaximum = Int64(ChunkIntake.pendingMaximum)

    /// Unchecked: the intake is used by who has the turn, see ``Turn``.
    private final class Shared: UploadMemoryHolder, @unchecked Sendable {
        let intake: ChunkIntake
        let memory: UploadMemory
        let turn = Mutex(Turn())

        init(intake: ChunkIntake, memory: UploadMemory) {
            self.intake = intake
            self.memory = memory
        }

        deinit { memory.leave(ObjectIdentifier(self)) }

        /// Waits for the turn. Only the caller's task does; others only try.
        func acquire() async throws(StoreError) {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let isFree = turn.withLock { turn in
                    if turn.isTaken { turn.waiter = continuation }
                    let isFree = !turn.isTaken
                    turn.isTaken = true
                    return isFree
                }
                if isFree { continuation.resume() }
            }
            guard let failure = turn.withLock({ $0.failure }) else { return }
            release()
            throw failure
        }

        /// Hands the turn to who waits for it.
        func release(_ failure: StoreError? = nil) {
            let waiter = turn.withLock { turn -> UnsafeContinuation<Void, Never>? in
                if turn.failure == nil { turn.failure = failure }
                turn.usedAt = .now
                let waiter = (turn.waiter, turn.waiter = nil).0
                turn.isTaken = waiter != nil
                return waiter
            }
            waiter?.resume()
        }

        func letGo(idleSince moment: ContinuousClock.Instant) -> Bool {
            let hasTurn = turn.withLock { turn in
                guard !turn.isTaken, turn.usedAt <= moment else { return false }
                turn.isTaken = true
                return true
            }
            guard hasTurn else { return false }
            do throws(StoreError) {
                let hasLetGo = try intake.letGo()
                release()
                return hasLetGo
            } catch {
                release(error)
                return true
            }
        }
    }

    private struct Turn {
        var isTaken = false
        var failure: StoreError?
        var waiter: UnsafeContinuation<Void, Never>?
        /// When the turn was given back the last time.
        var usedAt = ContinuousClock.now
    }

    private let shared: Shared
    private let workers: WorkerPool
    private let isInline: Bool
    private var isEnded = false

    init(intake: ChunkIntake, workers: WorkerPool, memory: UploadMemory, isInline: Bool) {
        shared = Shared(intake: intake, memory: memory)
        self.workers = workers
        self.isInline = isInline
        if !isInline { memory.enter(shared) }
    }

    /// How many bytes are best given to ``write(_:)`` at once: fewer when many uploads run.
    public var pieceLength: Int { shared.memory.pieceLength }

    /// Takes the next bytes. Returns when the worker has taken over the previous ones, so that at most two buffers
    /// are held.
    /// - Throws: what an earlier write ran into, for instance ``StoreError/outOfSpace``.
    public func write(_ bytes: [UInt8]) async throws(StoreError) {
        guard !isEnded else { throw .invalidArgument("the content has ended") }
        if isInline {
            try shared.intake.take(bytes)
            return
        }
        let shared = shared
        shared.memory.count(bytes.count)
        do throws(StoreError) {
            try await shared.acquire()
        } catch {
            shared.memory.giveBack(bytes.count)
            throw error
        }
        workers.run {
            var failure: StoreError?
            do throws(StoreError) { try shared.intake.take(bytes) } catch { failure = error }
            shared.memory.giveBack(bytes.count)
            shared.release(failure)
        }
    }

    /// Ends the content.
    /// - Throws: what any earlier write ran into.
    public func finish() async throws(StoreError) -> StagedContent {
        guard !isEnded else { throw .invalidArgument("the content has ended") }
        isEnded = true
        if isInline { return try shared.intake.finish() }
        // For good: nothing is left to be let go of.
        try await shared.acquire()
        let shared = shared
        return try await workers.value { () throws(StoreError) in try shared.intake.finish() }
    }
}
