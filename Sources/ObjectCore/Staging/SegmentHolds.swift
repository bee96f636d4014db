// Why this file exists: chunks that an upload has written and not yet committed have no row, so to compaction they
// look like garbage. A hold keeps their segment from being compacted until the upload is committed or abandoned.
//
// An append only knows its segment afterwards. So appends are counted in two alternating groups, and compaction waits,
// after it has chosen sealed segments, until every append that had begun before has placed its hold.
private import Glibc
private import Synchronization

/// Which segments uploads in flight have written to.
final class SegmentHolds: Sendable {
    private struct State {
        var holds: [Int64: Int] = [:]
        var group = 0
        var appending = [0, 0]
    }
    private let state = Mutex(State())

    /// Runs `append` and holds the segments that it wrote to; returns its locations.
    func holding(
        _ append: () throws(StoreError) -> [ChunkLocation]
    ) throws(StoreError) -> [ChunkLocation] {
        let group = state.withLock { state in
            state.appending[state.group] += 1
            return state.group
        }
        defer { state.withLock { $0.appending[group] -= 1 } }
        let locations = try append()
        state.withLock { state in
            for location in locations { state.holds[location.segment, default: 0] += 1 }
        }
        return locations
    }

    /// Takes back one hold for each location.
    func release(_ segments: some Sequence<Int64>) {
        state.withLock { state in
            for segment in segments {
                guard let count = state.holds[segment] else { continue }
                state.holds[segment] = count > 1 ? count - 1 : nil
            }
        }
    }

    func isHeld(_ segment: Int64) -> Bool { state.withLock { $0.holds[segment] != nil } }

    /// Waits until every append that has begun has placed its hold. Called by one thread at a time.
    func awaitAppends() {
        let old = state.withLock { state in
            defer { state.group = 1 - state.group }
            return state.group
        }
        while state.withLock({ $0.appending[old] }) > 0 { usleep(1000) }
    }
}
