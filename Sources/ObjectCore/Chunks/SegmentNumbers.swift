// Why this file exists: a segment number must never be used twice, not even after the segment with the highest number
// was deleted and the machine lost power. So numbers are promised on disk before they are used, 64 at a time.
private import Synchronization

/// Gives out segment numbers, each once in the life of the store.
final class SegmentNumbers: Sendable {
    static let blockLength: Int64 = 64

    private struct State {
        var next: Int64
        var limit: Int64
    }
    private let directory: SegmentDirectory
    private let state: Mutex<State>

    /// - Parameter next: a number above all that were ever used.
    init(_ directory: SegmentDirectory, next: Int64) {
        self.directory = directory
        state = Mutex(State(next: next, limit: next))
    }

    func take() throws(SystemCallError) -> Int64 {
        try state.withLock { (state) throws(SystemCallError) in
            if state.next == state.limit {
                let limit = state.limit + Self.blockLength
                try directory.writeSequence(limit)
                state.limit = limit
            }
            defer { state.next += 1 }
            return state.next
        }
    }
}
