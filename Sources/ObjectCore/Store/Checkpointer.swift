// Why this file exists: the database's log is copied into its main file by a thread of its own, so that no commit
// waits for it and the log stays short.
private import Glibc
private import Synchronization

/// Copies the log every so often.
final class Checkpointer: Sendable {
    private let isClosed = Atomic<Bool>(false)
    private let ended = Semaphore()

    /// - Parameter interval: seconds between two copies.
    init(database: any Database, interval: Double) {
        DedicatedThread.start(name: "cairn-checkpt") { [self] in
            var waited = 0.0
            while !isClosed.load(ordering: .acquiring) {
                // Short naps, so that closing a store does not wait for the interval.
                usleep(50_000)
                waited += 0.05
                guard waited >= interval else { continue }
                waited = 0
                // A checkpoint that fails (disk full) loses nothing: the log keeps everything, and the next tries again.
                do throws(StoreError) { try database.checkpoint() } catch { continue }
            }
            ended.signal()
        }
    }

    /// Ends the thread. Blocks until it has ended.
    func close() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) { ended.wait() }
    }
}
