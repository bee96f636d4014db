// Why this file exists: reading a file whose bytes are not in the page cache waits for the disk, and no call that
// waits may run on an event loop or on Swift's global pool. These few threads are there to wait.
// Invariant: at most `maximumQueued` pieces of work wait; when there are more the caller is told so and waits
// itself, which is the back-pressure.
private import Glibc
import ObjectCore
private import Synchronization

/// A few threads for calls that block. They start with the first piece of work.
public final class BlockingPool: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var threadsStarted = 0
        var isStopped = false
    }

    private let maximumThreads: Int
    private let maximumQueued: Int
    private let state = Mutex(State())
    private let available = Semaphore()

    /// - Parameters:
    ///   - threads: how many calls may block at once.
    ///   - maximumQueued: how many pieces of work may wait for a thread.
    public init(threads: Int = 4, maximumQueued: Int = 1_024) {
        maximumThreads = max(1, threads)
        self.maximumQueued = max(1, maximumQueued)
    }

    /// Hands over a piece of work.
    /// - Returns: false when the queue is full, the pool is stopped, or no thread could be started: the work was
    ///   not taken.
    public func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        let accepted = state.withLock { state in
            if state.isStopped || state.work.count >= maximumQueued { return false }
            if state.threadsStarted < maximumThreads, startThread() { state.threadsStarted += 1 }
            if state.threadsStarted == 0 { return false }
            state.work.append(work)
            return true
        }
        if accepted { available.signal() }
        return accepted
    }

    /// Runs `body` on one of the threads, or here when the queue is full.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            if !submit({ continuation.resume(returning: body()) }) { continuation.resume(returning: body()) }
        }
    }

    /// Lets the threads end once the queue is empty; later work is refused.
    public func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            return state.threadsStarted
        }
        for _ in 0..<threads { available.signal() }
    }

    private func startThread() -> Bool {
        (try? WorkerThread.start { self.runThread() }) != nil
    }

    private func runThread() {
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        while true {
            available.wait()
            let (work, isStopped) = state.withLock { state in
                (state.work.isEmpty ? nil : state.work.removeFirst(), state.isStopped)
            }
            if let work { work() } else if isStopped { return }
        }
    }
}

/// A counting semaphore. See: 'man 7 sem_overview'.
// @unchecked: sem_t is made for use by many threads; the pointer to it never changes.
private final class Semaphore: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<sem_t>

    init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func signal() { sem_post(handle) }

    func wait() {
        while sem_wait(handle) != 0 && errno == EINTR {}
    }
}
