// Why this file exists: an audit uses all processors, and its findings come in the order of the journal all the same:
// threads take units of work in turn, and what they made is handed over unit by unit.
import Foundation
import ObjectCore
private import Synchronization

/// Work on numbered units by several threads, taken in order by one.
enum OrderedWork {
    /// Units that are done before the one that is waited for, for each thread: bounds memory.
    private static let aheadMaximum = 4

    /// What threads and taker share.
    private final class Shared<Value: Sendable>: Sendable {
        let next = Mutex(0)
        let done = Mutex<[Int: Value]>([:])
        let isOver = Atomic<Bool>(false)
        let room = Semaphore()
        let news = Semaphore()
        let ended = Semaphore()
    }

    /// Calls `work` for each unit, on threads of its own, and `take` with what came of each, in order, on this one.
    /// - Parameter take: answers false to end before the last unit.
    static func run<Value: Sendable>(
        units: Int, _ work: @escaping @Sendable (Int) -> Value, _ take: (Value) throws -> Bool
    ) rethrows {
        let threads = min(units, max(2, ProcessInfo.processInfo.activeProcessorCount))
        let shared = Shared<Value>()
        for _ in 0..<threads {
            for _ in 0..<aheadMaximum { shared.room.signal() }
            DedicatedThread.start(name: "cairn-audit") {
                while true {
                    shared.room.wait()
                    let unit = shared.next.withLock { next in
                        defer { next += 1 }
                        return next
                    }
                    if unit >= units || shared.isOver.load(ordering: .acquiring) { break }
                    let value = work(unit)
                    shared.done.withLock { $0[unit] = value }
                    shared.news.signal()
                }
                shared.ended.signal()
            }
        }
        // Whoever waits for room finds that it is over, or that no unit is left.
        defer {
            shared.isOver.store(true, ordering: .releasing)
            for _ in 0..<threads { shared.room.signal() }
            for _ in 0..<threads { shared.ended.wait() }
        }
        for unit in 0..<units {
            var value = shared.done.withLock { $0.removeValue(forKey: unit) }
            while value == nil {
                shared.news.wait()
                value = shared.done.withLock { $0.removeValue(forKey: unit) }
            }
            shared.room.signal()
            if let value, try !take(value) { return }
        }
    }
}
