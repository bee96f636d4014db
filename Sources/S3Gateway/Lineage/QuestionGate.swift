// Why this file exists: questions take long, and only so many are answered at the same time. Who asks many must not keep
// others from asking one: an account may hold as many places as it leaves free, so that whoever comes finds some.
// See: Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998.
import Synchronization

/// Places for questions, shared by accounts.
final class QuestionGate: Sendable {
    private struct State {
        var free: Int
        var held: [String: Int] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter places: how many questions are answered at the same time.
    init(places: Int) { state = Mutex(State(free: places)) }

    /// Takes a place, to be given back by ``leave(_:)``.
    /// - Parameter account: of whoever asks; all who are not known share one.
    /// - Returns: false when there is none for this account.
    func enter(_ account: String) -> Bool {
        state.withLock { state in
            let own = state.held[account] ?? 0
            guard own < state.free else { return false }
            state.free -= 1
            state.held[account] = own + 1
            return true
        }
    }

    /// Gives a place back.
    func leave(_ account: String) {
        state.withLock { state in
            guard let own = state.held[account] else { return }
            state.free += 1
            state.held[account] = own == 1 ? nil : own - 1
        }
    }
}
