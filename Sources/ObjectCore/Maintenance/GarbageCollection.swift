// Why this file exists: gives back what nobody refers to any more, in two steps: chunks without references lose
// their rows, then segments that are mostly dead are copied and removed.
//
// What it must never do, and how that is kept:
//   - destroy a chunk that a commit refers to: the row is deleted inside a commit, by compare-and-swap on `ver`, which
//     every commit that relies on the row also writes, and only when no reference row exists;
//   - destroy a chunk that an upload in flight counts on: ``ChunkPins``;
//   - remove a segment with chunks that are not committed yet: ``SegmentHolds``, and the last look at the segment is
//     taken inside a commit, so no other commit is half done;
//   - leave bytes of an erased version behind because their segment is mostly alive, or because they were there twice:
//     ``ObjectStore/erasedSegments()``, ``ObjectStore/findErasedCopies()``.

extension ObjectStore {
    /// Candidates looked at in one commit.
    private static let collectionGroup = 256
    /// A sealed segment is compacted when less than this share of it is alive.
    private static let liveShareMinimum = 0.5
    /// The share when the disk is nearly full: then room counts for more than the work of copying.
    private static let liveShareWhenShort = 0.9
    /// The share for cold segments: there room is cheap, and a device that is good at long runs has to read and write.
    private static let coldLiveShareMinimum = 0.25

    /// Removes chunks that nobody refers to and compacts segments.
    /// - Parameter progress: called with (done, total) bytes of segments, from the working thread.
    /// - Throws: ``StoreError/corrupt(_:)`` when a segment that should be copied does not match its digests; nothing is removed
    ///   then.
    public func collectGarbage(
        progress: (@Sendable (Int64, Int64) -> Void)? = nil
    ) async throws(StoreError) -> CollectionReport {
        var report = CollectionReport()
        try await releasePast()
        try await removeChunks(&report)
        try await compact(&report, progress)
        try await rewriteAfterErasure()
        if report.removedChunks > 0 || report.deletedSegments > 0 {
            let done = report
            try await committer.commit { change throws(StoreError) in
                _ = try change.journal(
                    .garbageCollected, .embedded,
                    [
                        ("chunks", .integer(done.removedChunks)), ("bytes", .integer(done.removedBytes)),
                        ("segments", .integer(Int64(done.deletedSegments))),
                    ])
            }
        }
        ballast.ensure()
        return report
    }

    // MARK: Chunks

    private struct Candidate: Sendable {
        var id: ChunkID
        var kind: ChunkKind
        var digest: [UInt8]
        var length: Int
        var location: ChunkLocation
        var version: Int64
        /// What a manifest chunk lists.
        var children: [ChunkID] = []
    }

    private func removeChunks(_ report: inout CollectionReport) async throws(StoreError) {
        var last: Int64 = 0
        while true {
            let group = try candidates(after: last)
            guard let end = group.last else { return }
            last = end
            let claimed = group.map { ChunkID($0) }.filter { staging.pins.condemn($0) }
            defer { staging.pins.absolve(claimed) }
            let known = try describe(claimed)
            let removed = try await committer.commit { change throws(StoreError) in
                var removed: (count: Int64, bytes: Int64) = (0, 0)
                for id in claimed {
                    try change.execute("DELETE FROM garbage WHERE chunk = $1", [.integer(id.value)])
                    guard let chunk = known[id], try change.remove(chunk.id, version: chunk.version) else { continue }
                    removed.count += 1
                    removed.bytes += Int64(chunk.length)
                    try change.passErasure(
                        of: id, digest: chunk.digest, in: chunk.location.segment, to: chunk.children)
                    try change.execute(
                        "DELETE FROM chunk_index WHERE digest IN ($1, $3) AND id = $2",
                        [
                            .bytes(StagingArea.indexKey(digest: chunk.digest, isCold: false)), .integer(id.value),
                            .bytes(StagingArea.indexKey(digest: chunk.digest, isCold: true)),
                        ])
                    for child in chunk.children {
                        try change.execute(
                            "DELETE FROM chunk_references WHERE chunk = $1 AND owner = $2",
                            [.integer(child.value), .integer(-id.value)])
                        try change.noteGarbage(child)
                    }
                }
                return removed
            }
            report.removedChunks += removed.count
            report.removedBytes += removed.bytes
            // A manifest's chunks were listed just now, perhaps before the place where we are.
            if known.values.contains(where: { !$0.children.isEmpty }) { last = 0 }
        }
    }

    private func candidates(after last: Int64) throws(StoreError) -> [Int64] {
        try database.read { transaction throws(StoreError) in
            var group: [Int64] = []
            try transaction.query(
                "SELECT chunk FROM garbage WHERE chunk > $1 ORDER BY chunk", [.integer(last)]
            ) { row throws(StoreError) in
                group.append(row.integer(0))
                return group.count < ObjectStore.collectionGroup
            }
            return group
        }
    }

    private func describe(_ chunks: [ChunkID]) throws(StoreError) -> [ChunkID: Candidate] {
        var known = try database.read { transaction throws(StoreError) in
            var known: [ChunkID: Candidate] = [:]
            for id in chunks {
                known[id] = try transaction.first(
                    "SELECT kind, digest, length, segment, place, ver FROM chunks WHERE id = $1", [.integer(id.value)]
                ) { row throws(StoreError) in
                    guard let kind = ChunkKind(rawValue: UInt8(truncatingIfNeeded: row.integer(0))) else {
                        throw .corrupt("chunk \(id.value) is of an unknown kind")
                    }
                    return Candidate(
                        id: id, kind: kind, digest: row.bytes(1), length: Int(row.integer(2)),
                        location: ChunkLocation(segment: row.integer(3), offset: row.integer(4)),
                        version: row.integer(5))
                }
            }
            return known
        }
        for (id, chunk) in known where chunk.kind == .manifest {
            let record = try chunkStore.read(at: chunk.location, length: chunk.length)
            known[id]?.children = Array(Set(try Manifest(encoded: record.bytes).entries.map(\.id)))
        }
        return known
    }

    // MARK: Segments

    private func compact(
        _ report: inout CollectionReport, _ progress: (@Sendable (Int64, Int64) -> Void)?
    ) async throws(StoreError) {
        let share = try staging.reserve.isShort() ? ObjectStore.liveShareWhenShort : ObjectStore.liveShareMinimum
        let coldShare =
            try staging.archiveReserve.isShort() ? ObjectStore.liveShareWhenShort : ObjectStore.coldLiveShareMinimum
        var copies = try await findErasedCopies()
        let erased = try erasedSegments()
        if !erased.isEmpty || !copies.digests.isEmpty {
            // Small commits keep their bytes in the database for a while; it is not asked which of them are erased.
            try await committer.blankRedo()
            // Somebody who reads for long keeps it: then all of this is done again.
            if try !database.discardLog() { copies.isComplete = false }
        }
        let isWasted = { (segment: SegmentSummary, live: [Int64: LiveBytes]) -> Bool in
            erased.contains(segment.number)
                || Double(live[segment.number]?.records ?? 0)
                    < Double(segment.usedBytes) * (segment.isCold ? coldShare : share)
        }
        var live = try liveBytes()
        let open = try chunkStore.segments().filter { !$0.isSealed && $0.usedBytes > 0 }
        let ending = open.filter { isWasted($0, live) && !staging.holds.isHeld($0.number) }
        if ending.contains(where: \.isCold) { try chunkStore.seal(.cold) }
        if ending.contains(where: { !$0.isCold }) {
            try chunkStore.seal(.small)
            try chunkStore.seal(.bulk)
        }
        let chosen = try chunkStore.segments().filter(\.isSealed)
        staging.holds.awaitAppends()
        live = try liveBytes()
        // Those with least to copy first: on a full disk each makes the room that the next needs.
        let wasted = chosen.filter { isWasted($0, live) && !staging.holds.isHeld($0.number) }
            .sorted { (live[$0.number]?.payload ?? 0) < (live[$1.number]?.payload ?? 0) }
        let total = wasted.reduce(0) { $0 + $1.usedBytes }
        var done: Int64 = 0
        for segment in wasted {
            let alive = live[segment.number]?.payload ?? 0
            do throws(StoreError) {
                if try await compact(segment, live: live[segment.number]?.count ?? 0) {
                    if erased.contains(segment.number) {
                        let number = segment.number
                        try await committer.commit { change throws(StoreError) in
                            try change.forgetErased(segment: number)
                        }
                    }
                    report.compactedSegments += alive > 0 ? 1 : 0
                    report.deletedSegments += 1
                    report.freedBytes += segment.fileBytes - alive
                }
            } catch {
                // No room to copy this one. What was freed before it stays freed.
                guard case .outOfSpace = error, report.deletedSegments > 0 || report.removedChunks > 0 else {
                    throw error
                }
                return
            }
            done += segment.usedBytes
            progress?(done, total)
        }
        try await forgetErased(copies)
    }

    /// Bytes of live chunks in a segment.
    struct LiveBytes {
        var payload: Int64
        /// With the headers of their records.
        var records: Int64
        var count: Int64
    }

    /// Live bytes by segment, counted anew each time.
    func liveBytes() throws(StoreError) -> [Int64: LiveBytes] {
        try database.read { transaction throws(StoreError) in
            var live: [Int64: LiveBytes] = [:]
            try transaction.query("SELECT segment, SUM(length), COUNT(*) FROM chunks GROUP BY segment", []) {
                row throws(StoreError) in
                let header = Int64(SegmentFormat.recordHeaderLength)
                live[row.integer(0)] = LiveBytes(
                    payload: row.integer(1), records: row.integer(1) + header * row.integer(2), count: row.integer(2))
                return true
            }
            return live
        }
    }

    /// Copies what is alive in a segment and removes it; false when it is needed after all.
    /// - Parameter live: how many chunks it must have at least, of those that nobody but a collection moves or removes.
    private func compact(_ segment: SegmentSummary, live: Int64) async throws(StoreError) -> Bool {
        var all: [StoredChunk] = []
        _ = try chunkStore.enumerate(segment: segment.number) { chunk throws(StoreError) in all.append(chunk) }
        let stored = all
        var mover = ChunkMover(self, to: segment.isCold ? .cold : .bulk)
        var found: Int64 = 0
        for chunk in stored where try location(of: chunk.id) == chunk.location {
            found += 1
            try await mover.take(chunk.id, at: chunk.location, length: chunk.length)
        }
        // Behind a damaged header there may be more that is alive; it is still read through its location.
        guard found >= live else {
            throw .corrupt("segment \(segment.number) has \(live) live chunks, and \(found) of them are found in it")
        }
        try await mover.finish()
        let holds = staging.holds
        let isDead = try await committer.commit { change throws(StoreError) in
            guard !holds.isHeld(segment.number) else { return false }
            for chunk in stored where try change.location(of: chunk.id)?.segment == segment.number { return false }
            return true
        }
        guard isDead else { return false }
        try chunkStore.delete(segment: segment.number)
        return true
    }
}

extension Change {
    /// Removes a chunk's row if nobody refers to it and nobody has relied on it since it was read.
    fileprivate mutating func remove(_ chunk: ChunkID, version: Int64) throws(StoreError) -> Bool {
        try execute(
            """
            DELETE FROM chunks WHERE id = $1 AND ver = $2
                AND NOT EXISTS (SELECT 1 FROM chunk_references WHERE chunk = $1)
            """, [.integer(chunk.value), .integer(version)]) == 1
    }

    func location(of chunk: ChunkID) throws(StoreError) -> ChunkLocation? {
        try first("SELECT segment, place FROM chunks WHERE id = $1", [.integer(chunk.value)]) {
            row throws(StoreError) in ChunkLocation(segment: row.integer(0), offset: row.integer(1))
        }
    }
}
