// Why this file exists: a range of a large object needs a few entries of a list of thousands. Reading, checking and
// decoding the list each time costs more than sending the bytes, and a manifest chunk never changes under its id; so
// the lists in use are kept, decoded and with their running starts.
private import Synchronization

/// A decoded manifest chunk in which a position is found by halving.
final class ChunkList: Sendable {
    let entries: [Manifest.Entry]
    /// Where each entry begins, in bytes of the content.
    let starts: [Int64]

    init(_ manifest: Manifest) {
        entries = manifest.entries
        var starts: [Int64] = []
        starts.reserveCapacity(entries.count)
        var start: Int64 = 0
        for entry in entries {
            starts.append(start)
            start += entry.length
        }
        self.starts = starts
    }

    /// The entry in which the byte at `position` lies.
    func firstIndex(reaching position: Int64) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= position { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }
}

/// The lists that were used lately.
final class ChunkListCache: Sendable {
    /// All kept lists together have at most so many entries; one takes about 170 bytes, so this is 5.5 MB.
    static let entriesMaximum = 32_768

    private struct State {
        var lists: [ChunkID: (list: ChunkList, used: UInt64)] = [:]
        var entries = 0
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())

    func list(_ chunk: ChunkID) -> ChunkList? {
        state.withLock { state in
            guard let index = state.lists.index(forKey: chunk) else { return nil }
            state.clock += 1
            state.lists.values[index].used = state.clock
            return state.lists.values[index].list
        }
    }

    /// Keeps a list, letting go of those used longest ago. One that alone is over the limit is not kept.
    func keep(_ list: ChunkList, of chunk: ChunkID) {
        guard list.entries.count <= ChunkListCache.entriesMaximum else { return }
        state.withLock { state in
            state.clock += 1
            let replaced = state.lists.updateValue((list, state.clock), forKey: chunk)
            state.entries += list.entries.count - (replaced?.list.entries.count ?? 0)
            while state.entries > ChunkListCache.entriesMaximum,
                let oldest = state.lists.min(by: { $0.value.used < $1.value.used })
            {
                state.lists[oldest.key] = nil
                state.entries -= oldest.value.list.entries.count
            }
        }
    }
}
