// Why this file exists: between the moment an upload finds that a chunk is stored already and the commit that
// refers to it, nothing in the database protects the chunk. Pins do, inside the process; garbage collection
// condemns a chunk only when nobody has pinned it, and an upload cannot pin what is condemned.
//
// Order of an upload: look up, pin, look up again (a collection may have committed in between); then the pin holds.
private import Synchronization

/// Which chunks uploads in flight rely on, and which are about to be destroyed.
final class ChunkPins: Sendable {
    private struct State {
        var pins: [ChunkID: Int] = [:]
        var condemned: Set<ChunkID> = []
    }
    private let state = Mutex(State())

    /// Keeps `chunk` from being destroyed until ``unpin(_:)``; false when it is being destroyed right now.
    func pin(_ chunk: ChunkID) -> Bool {
        state.withLock { state in
            if state.condemned.contains(chunk) { return false }
            state.pins[chunk, default: 0] += 1
            return true
        }
    }

    func unpin(_ chunk: ChunkID) {
        state.withLock { state in
            guard let count = state.pins[chunk] else { return }
            state.pins[chunk] = count > 1 ? count - 1 : nil
        }
    }

    /// Claims `chunk` for destruction; false when an upload relies on it.
    func condemn(_ chunk: ChunkID) -> Bool {
        state.withLock { state in
            if state.pins[chunk] != nil { return false }
            state.condemned.insert(chunk)
            return true
        }
    }

    /// Ends the claim, after the destruction was committed or undone.
    func absolve(_ chunks: some Sequence<ChunkID>) {
        state.withLock { state in
            for chunk in chunks { state.condemned.remove(chunk) }
        }
    }
}
