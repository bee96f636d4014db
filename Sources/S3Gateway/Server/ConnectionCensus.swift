// Why this file exists: shutdown waits for the last connection, and the limit on connections asks how many there
// are. Invariant: a connection is counted from before it is handed to a loop until after its descriptor is closed.
import Synchronization

/// How many connections a server has, and who waits for the last to go.
final class ConnectionCensus: Sendable {
    private let open = Atomic<Int>(0)
    private let waiter = Mutex<(@Sendable (Bool) -> Void)?>(nil)

    var count: Int { open.load(ordering: .relaxed) }

    func entered() { open.wrappingAdd(1, ordering: .sequentiallyConsistent) }

    func left() {
        if open.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0 { settle(true) }
    }

    /// Returns when no connection is left (true) or when `deadline` was told to have passed (false).
    /// - Parameter arm: starts whatever will call ``deadlinePassed()``.
    func waitUntilEmpty(arm: () -> Void) async -> Bool {
        await withCheckedContinuation { continuation in
            waiter.withLock { $0 = { continuation.resume(returning: $0) } }
            arm()
            if open.load(ordering: .sequentiallyConsistent) == 0 { settle(true) }
        }
    }

    func deadlinePassed() { settle(false) }

    private func settle(_ isEmpty: Bool) {
        let resume = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        resume?(isEmpty)
    }
}
