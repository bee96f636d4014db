// Why this file exists: archived objects are packed in the background. Whatever gives an object an archive class (a
// write, a copy, a rule) only leaves a row in `archive_pending`, so that it stays as quick as any other change; what
// the row asks for is done here, and looked at again in the commit that does it.
// Invariant: the content that a version reads as is the same before and after; only its packed form changes, and where it
// lies: in cold segments, flushed before the commit that lets go of what was there before.

extension ObjectStore {
    /// Rows taken at once.
    private static let packingGroup = 100
    /// Objects under this many bytes stay as they are, where they are: their chunks are smaller than what names them.
    static let packingMinimum: Int64 = 4096

    /// Content bytes that are staged before they are flushed and committed together.
    private static let batchBytes: Int64 = 64 << 20

    /// Packs what waits for it, and moves what is sealed, into cold segments.
    /// - Returns: how many versions were packed, and how many bytes less they take.
    func packArchives() async throws(StoreError) -> (packed: Int64, savedBytes: Int64) {
        var result: (packed: Int64, savedBytes: Int64) = (0, 0)
        var after: Int64 = 0
        var batch = PackingBatch()
        while true {
            let group = try pending(after: after)
            for version in group.versions {
                // The copy of what is being packed is packed after it, and then shares its chunks.
                if batch.holds(version) { try await commit(&batch, &result) }
                try await prepare(version, in: &batch)
                if batch.bytes >= ObjectStore.batchBytes { try await commit(&batch, &result) }
            }
            guard let last = group.last else { break }
            after = last
        }
        try await commit(&batch, &result)
        return result
    }

    /// The next rows; those whose version is gone or needs no packing are removed on the way.
    private func pending(after: Int64) throws(StoreError) -> (versions: [ObjectVersion], last: Int64?) {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            var rows: [(bucket: BucketID, key: ObjectKey, index: Int64)] = []
            try transaction.query(
                "SELECT position, bucket, key FROM archive_pending WHERE position > $1 ORDER BY position LIMIT $2",
                [.integer(after), .integer(Int64(ObjectStore.packingGroup))]
            ) { row throws(StoreError) in
                rows.append((BucketID(row.integer(1)), try ObjectKey(row.bytes(2)), row.integer(0)))
                return true
            }
            var versions: [ObjectVersion] = []
            for row in rows {
                let found = try transaction.first(
                    """
                    SELECT position, flags, size, modified, record FROM versions
                    WHERE bucket = $1 AND key = $2 AND position = $3
                    """, [.integer(row.bucket.value), .bytes(row.key.bytes), .integer(-row.index)]
                ) { found throws(StoreError) in
                    try ObjectVersion(bucket: row.bucket, key: row.key, row: found, accounts: catalog)
                }
                if let found { versions.append(found) }
            }
            return (versions, rows.last?.index)
        }
    }

    /// Stages a version's packed form, unless it needs none any more.
    private func prepare(_ version: ObjectVersion, in batch: inout PackingBatch) async throws(StoreError) {
        guard version.waitsForPacking else {
            try await forgetPending(version)
            return
        }
        // What is being read as restored would be packed under its readers for nothing.
        guard version.restoredUntil.map({ $0 <= clock.read().now }) ?? true else { return }
        do throws(StoreError) {
            if version.encryption != nil {
                try await moveToCold(version)
                try await forgetPending(version)
            } else {
                batch.append(version, try await stagePacked(version), former: try contentDigests(of: version))
            }
        } catch .outOfSpace {
            // Packing frees space in the end, but needs some first; the row waits for a better day.
            return
        }
    }

    /// Flushes what was staged, once for all, and lets the versions have it.
    private func commit(
        _ batch: inout PackingBatch, _ result: inout (packed: Int64, savedBytes: Int64)
    ) async throws(StoreError) {
        defer { batch = PackingBatch() }
        guard !batch.items.isEmpty else { return }
        let store = chunkStore
        try await workers.value { () throws(StoreError) in try store.sync(.cold) }
        for item in batch.items where try await commit(item) {
            result.packed += 1
            result.savedBytes += max(0, item.version.size - item.staged.length)
        }
    }

    /// - Returns: whether the version was still one that packing is for.
    private func commit(_ item: PackingBatch.Item) async throws(StoreError) -> Bool {
        let (version, staged, former) = (item.version, item.staged, item.former)
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            try change.removePending(version.index)
            guard var live = try change.judged(version.index, of: version.key, in: version.bucket, accounts: catalog),
                live.waitsForPacking, live.encryption == nil
            else { return false }
            try change.release(live.manifest, from: live.index)
            try change.noteFormer(former, of: live.index)
            live.manifest = try change.adopt(staged, owner: live.index)
            live.packed = PackedContent(storedLength: staged.length)
            try change.journal(
                .objectPacked, .embedded,
                [("version", .integer(live.index)), ("stored", .integer(staged.length))])
            try change.replaceRecord(of: live, accounts: catalog)
            return true
        }
    }

    /// The digests of the chunks that a version's bytes lie in.
    private func contentDigests(of version: ObjectVersion) throws(StoreError) -> Set<[UInt8]> {
        var digests: Set<[UInt8]> = []
        try visitRuns(of: version.manifest, range: 0..<version.storedLength, depth: 0) {
            entry, _, _ throws(StoreError) in digests.insert(entry.digest)
        }
        return digests
    }

    /// What is sealed does not get smaller, but has its place among archives as well: its chunks go there as they are.
    private func moveToCold(_ version: ObjectVersion) async throws(StoreError) {
        // A copy of it that is in use shares its chunks, and is not to be read from there.
        for entry in version.manifest.entries where try referenceCount(of: entry.id) > 1 { return }
        var chunks: [ChunkID: Int] = [:]
        try visitRuns(of: version.manifest, range: 0..<version.size, depth: 0) { entry, _, _ throws(StoreError) in
            chunks[entry.id] = entry.chunkLength
        }
        for entry in version.manifest.entries { chunks[entry.id] = entry.chunkLength }
        var mover = ChunkMover(self, to: .cold)
        for (id, length) in chunks.sorted(by: { $0.key < $1.key }) {
            guard let place = try location(of: id), !chunkStore.isCold(segment: place.segment) else { continue }
            try staging.archiveReserve.check()
            try await mover.take(id, at: place, length: length)
        }
        try await mover.finish()
    }

    private func referenceCount(of chunk: ChunkID) throws(StoreError) -> Int64 {
        try database.read { transaction throws(StoreError) in
            try transaction.first("SELECT COUNT(*) FROM chunk_references WHERE chunk = $1", [.integer(chunk.value)]) {
                row throws(StoreError) in row.integer(0)
            } ?? 0
        }
    }

    private func forgetPending(_ version: ObjectVersion) async throws(StoreError) {
        try await committer.commit { change throws(StoreError) in try change.removePending(version.index) }
    }

    /// Reads the content and stages its packed form.
    private func stagePacked(_ version: ObjectVersion) async throws(StoreError) -> StagedContent {
        var reader = try readerForPacking(version)
        let writer = stageCold()
        var lengths: [Int] = []
        var block: [UInt8] = []
        while let bytes = try await reader.next() {
            var rest = bytes[...]
            while !rest.isEmpty {
                let taken = rest.prefix(PackedContent.blockLength - block.count)
                block.append(contentsOf: taken)
                rest = rest.dropFirst(taken.count)
                guard block.count == PackedContent.blockLength else { continue }
                lengths.append(try await writePacked(block, to: writer))
                block.removeAll(keepingCapacity: true)
            }
        }
        if !block.isEmpty { lengths.append(try await writePacked(block, to: writer)) }
        try await writer.write(PackedContent.table(lengths))
        return try await writer.finish()
    }

    private func writePacked(_ block: [UInt8], to writer: ContentWriter) async throws(StoreError) -> Int {
        let packed = try await workers.value { () throws(StoreError) in PackedContent.pack(block) }
        try await writer.write(packed)
        return packed.count
    }
}

extension ObjectVersion {
    /// Whether the version is one that packing is for, or, when it is sealed, moving.
    var waitsForPacking: Bool {
        isArchived && !isDeleteMarker && packed == nil && size >= ObjectStore.packingMinimum
    }
}

/// What was staged and waits to be flushed and committed.
private struct PackingBatch {
    struct Item {
        var version: ObjectVersion
        var staged: StagedContent
        /// The digests of the chunks that had the content before.
        var former: Set<[UInt8]>
    }
    private(set) var items: [Item] = []
    private(set) var bytes: Int64 = 0

    mutating func append(_ version: ObjectVersion, _ staged: StagedContent, former: Set<[UInt8]>) {
        items.append(Item(version: version, staged: staged, former: former))
        bytes += version.size
    }

    /// Whether the content of a version is in it, as that of another one.
    func holds(_ version: ObjectVersion) -> Bool {
        items.contains { $0.version.manifest.entries.map(\.id) == version.manifest.entries.map(\.id) }
    }
}

extension Change {
    /// Leaves word that a version is to be packed, if it is one that packing is for.
    mutating func noteForPacking(_ version: ObjectVersion) throws(StoreError) {
        guard version.waitsForPacking else { return }
        try execute(
            """
            INSERT INTO archive_pending (position, bucket, key) VALUES ($1, $2, $3)
            ON CONFLICT (position) DO NOTHING
            """, [.integer(version.index), .integer(version.bucket.value), .bytes(version.key.bytes)])
    }

    fileprivate mutating func removePending(_ index: Int64) throws(StoreError) {
        try execute("DELETE FROM archive_pending WHERE position = $1", [.integer(index)])
    }
}
