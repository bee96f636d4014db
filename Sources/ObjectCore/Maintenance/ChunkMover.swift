// Why this file exists: chunks are copied to another segment here, for compaction and for archives: the copies are
// flushed before a commit makes them the ones that count, and the commit passes over what changed meanwhile.

/// Moves chunks, many bytes between two flushes.
struct ChunkMover {
    /// Payload bytes copied between two flushes.
    private static let step = 8 << 20

    private let store: ObjectStore
    private let stream: ChunkStream
    private var records: [ChunkRecord] = []
    private var origins: [ChunkLocation] = []
    private var bytes = 0

    init(_ store: ObjectStore, to stream: ChunkStream) {
        self.store = store
        self.stream = stream
    }

    /// Reads a chunk, and moves it soon.
    /// - Throws: ``StoreError/corrupt(_:)`` when it does not match its digest.
    mutating func take(_ chunk: ChunkID, at place: ChunkLocation, length: Int) async throws(StoreError) {
        records.append(try store.chunkStore.read(at: place, length: length))
        origins.append(place)
        bytes += length
        if bytes >= ChunkMover.step { try await finish() }
    }

    /// Moves what was taken and not moved yet.
    mutating func finish() async throws(StoreError) {
        guard !records.isEmpty else { return }
        let (records, origins) = (records, origins)
        (self.records, self.origins, bytes) = ([], [], 0)
        let (chunkStore, holds, stream) = (store.chunkStore, store.staging.holds, stream)
        let locations = try holds.holding { () throws(StoreError) in try chunkStore.append(records, to: stream) }
        defer { holds.release(locations.map(\.segment)) }
        try chunkStore.sync(stream)
        try await store.committer.commit { change throws(StoreError) in
            for ((record, origin), location) in zip(zip(records, origins), locations) {
                try change.execute(
                    """
                    UPDATE chunks SET segment = $2, place = $3, ver = ver + 1
                    WHERE id = $1 AND segment = $4 AND place = $5
                    """,
                    [
                        .integer(record.id.value), .integer(location.segment), .integer(location.offset),
                        .integer(origin.segment), .integer(origin.offset),
                    ])
            }
        }
    }
}
