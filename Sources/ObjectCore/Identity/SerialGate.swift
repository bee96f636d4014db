// Why this file exists: a change of identities reads much and writes little, and what it read must still be so when it is
// written. Such changes are rare, so they go one after the other.
private import Synchronization

/// Lets one task pass at a time, in order of arrival.
final class SerialGate: Sendable {
    /// Tasks that may wait; more are refused.
    static let waitingMax = 1024

    private struct State {
        var isTaken = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Passes, after those who came before have left.
    /// - Throws: ``StoreError/overloaded``.
    func enter() async throws(StoreError) {
        let isFull = state.withLock { $0.waiting.count >= SerialGate.waitingMax }
        guard !isFull else { throw .overloaded }
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mayPass = state.withLock { state -> Bool in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if mayPass { continuation.resume() }
        }
    }

    /// Lets the next pass.
    func leave() {
        let next = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
