// Why this file exists: buffers of uploads travel to worker threads inside of closures; a closure that is kept longer
// than its work is memory that no budget sees.
import Synchronization
import Testing

@testable import ObjectCore

@Suite struct WorkerPoolTests {
    private final class Token: Sendable {}

    /// Sees a token without holding it.
    private struct Weak: Sendable {
        weak let token: Token?
    }

    /// Work that holds a token and signals when it is done.
    private func give(_ pool: WorkerPool, _ done: Semaphore) -> Weak {
        let token = Token()
        pool.run {
            withExtendedLifetime(token) {}
            done.signal()
        }
        return Weak(token: token)
    }

    @Test("what work held goes when it is done, however much waits behind it")
    func releases() {
        let pool = WorkerPool(name: "test-worker", threadCount: 1)
        let done = Semaphore()
        let gate = Semaphore()
        let isHeld = Semaphore()
        let held = give(pool, done)
        pool.run {
            isHeld.signal()
            gate.wait()
        }
        pool.run {}
        done.wait()
        // The thread is in the second piece of work now, so it has let go of the first; the third waits.
        isHeld.wait()
        #expect(held.token == nil)
        gate.signal()
        pool.close()
    }

    @Test("work is begun in the order in which it was given, also across compactions of the queue")
    func order() {
        let pool = WorkerPool(name: "test-worker", threadCount: 1)
        let gate = Semaphore()
        let finished = Semaphore()
        let seen = Mutex<[Int]>([])
        pool.run { gate.wait() }
        for number in 0..<500 { pool.run { seen.withLock { $0.append(number) } } }
        pool.run { finished.signal() }
        gate.signal()
        finished.wait()
        #expect(seen.withLock { $0 } == Array(0..<500))
        pool.close()
    }
}
