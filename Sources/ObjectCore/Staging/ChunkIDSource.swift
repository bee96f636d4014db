// Why this file exists: a chunk's physical name is never used twice, not even after a crash. Ids are given out from
// a block whose end was made durable before the first of them was used.
private import Synchronization

/// Gives out chunk ids.
final class ChunkIDSource: Sendable {
    /// How many ids one block holds. A crash skips the rest of a block; 2^62 ids last for 2^38 crashes.
    static let blockLength: Int64 = 1 << 24

    private struct State {
        var next: Int64
        var end: Int64
    }
    private let state: Mutex<State>
    private let database: any Database

    /// Reserves the first block.
    init(database: any Database) throws(StoreError) {
        self.database = database
        let start = try ChunkIDSource.reserve(in: database)
        state = Mutex(State(next: start, end: start + ChunkIDSource.blockLength))
    }

    private static func reserve(in database: any Database) throws(StoreError) -> Int64 {
        try database.write { transaction throws(StoreError) in
            let start =
                try transaction.first(
                    "SELECT value FROM counters WHERE name = $1", [.text("chunk")]
                ) { row throws(StoreError) in row.integer(0) } ?? 1
            try transaction.execute(
                """
                INSERT INTO counters (name, value) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """,
                [.text("chunk"), .integer(start + blockLength)])
            return start
        }
    }

    /// An id that nobody had before. Blocks for a commit once in a block.
    func next() throws(StoreError) -> ChunkID {
        try state.withLock { state throws(StoreError) in
            if state.next == state.end {
                state.next = try ChunkIDSource.reserve(in: database)
                state.end = state.next + ChunkIDSource.blockLength
            }
            defer { state.next += 1 }
            return ChunkID(state.next)
        }
    }
}
