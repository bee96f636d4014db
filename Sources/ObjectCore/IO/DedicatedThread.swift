// Why this file exists: work that blocks (flushes, hashing, commits) runs on threads of its own, never on the
// cooperative pool; these are the three small things needed for that.
private import CSystem
private import Glibc
private import Synchronization

/// Starts threads.
package enum DedicatedThread {
    private final class Work {
        let name: String
        let isBackground: Bool
        let body: @Sendable () -> Void
        init(name: String, isBackground: Bool, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.isBackground = isBackground
            self.body = body
        }
    }

    /// Runs `body` on a new thread called `name` (at most 15 bytes are kept). See: 'man 3 pthread_create'.
    /// - Parameters:
    ///   - isBackground: whether other threads go before it. See: 'man 2 setpriority'.
    ///   - name: what tools call it.
    ///   - body: its work.
    package static func start(name: String, isBackground: Bool = false, _ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(name: name, isBackground: isBackground, body: body)).toOpaque()
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                cairn_name_thread(String(work.name.prefix(15)))
                if work.isBackground { cairn_lower_thread_priority() }
                work.body()
                return nil
            }, work)
        pthread_attr_destroy(&attributes)
        // Without its threads the store cannot work at all, and this happens only while it is being opened.
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
    }
}

/// A counting semaphore. See: 'man 3 sem_wait'.
package final class Semaphore: @unchecked Sendable {
    // Unchecked: the memory is only given to sem_* calls, which are made for several threads.
    private let memory = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    package init(_ value: UInt32 = 0) { sem_init(memory, 0, value) }

    deinit {
        sem_destroy(memory)
        memory.deallocate()
    }

    package func signal() { sem_post(memory) }

    package func wait() {
        while sem_wait(memory) != 0 && errno == EINTR {}
    }

    /// Waits at most so long. See: 'man 3 sem_timedwait'.
    package func wait(milliseconds: Int64) {
        var until = timespec()
        _ = clock_gettime(CLOCK_REALTIME, &until)
        let nanoseconds = Int64(until.tv_nsec) + milliseconds % 1000 * 1_000_000
        until.tv_sec += Int(milliseconds / 1000 + nanoseconds / 1_000_000_000)
        until.tv_nsec = Int(nanoseconds % 1_000_000_000)
        while sem_timedwait(memory, &until) != 0 && errno == EINTR {}
    }
}

/// A few threads that take work in order.
final class WorkerPool: Sendable {
    private struct Queue {
        /// What was begun is nil, so that what it held goes as soon as it is done: under load the queue is never empty.
        var work: [(@Sendable () -> Void)?] = []
        var head = 0
        var isClosed = false

        mutating func takeFirst() -> (@Sendable () -> Void)? {
            guard head < work.count else { return nil }
            let first = (work[head], work[head] = nil).0
            head += 1
            if head == work.count {
                work.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= WorkerPool.compactionMinimum, head * 2 >= work.count {
                work.removeFirst(head)
                head = 0
            }
            return first
        }
    }
    /// So many places of begun work are kept before what waits is moved to the front.
    private static let compactionMinimum = 64
    private let queue = Mutex(Queue())
    private let available = Semaphore()
    private let threadCount: Int

    init(name: String, threadCount: Int) {
        self.threadCount = threadCount
        for _ in 0..<threadCount { DedicatedThread.start(name: name) { self.serve() } }
    }

    /// Runs `work` on one of the threads, after everything that was given earlier has been begun.
    func run(_ work: @escaping @Sendable () -> Void) {
        queue.withLock { $0.work.append(work) }
        available.signal()
    }

    /// Runs `work` and waits for its value without blocking the caller's thread.
    func value<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withUnsafeContinuation {
            (waiter: UnsafeContinuation<Result<Value, StoreError>, Never>) in
            run {
                do throws(StoreError) {
                    waiter.resume(returning: .success(try work()))
                } catch {
                    waiter.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Runs `work` and waits for its end without blocking the caller's thread.
    func done(_ work: @escaping @Sendable () -> Void) async {
        await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            run {
                work()
                waiter.resume()
            }
        }
    }

    /// Ends the threads once all work is done; does not wait for them.
    func close() {
        queue.withLock { $0.isClosed = true }
        for _ in 0..<threadCount { available.signal() }
    }

    private func serve() {
        while true {
            available.wait()
            let (next, isClosed) = queue.withLock { queue -> ((@Sendable () -> Void)?, Bool) in
                guard let next = queue.takeFirst() else { return (nil, queue.isClosed) }
                return (next, false)
            }
            if let next { next() } else if isClosed { return }
        }
    }
}
