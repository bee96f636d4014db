// Why this file exists: archived objects are packed in the background. Whatever gives an object an archive class (a
// write, a copy, a rule) only leaves a row in `archive_pending`, so that it stays as quick as any other change; what
// the row asks for is done here, and looked at again in the commit that does it.
// Invariant: the content that a version reads as is the same before and after; only its packed form changes.

extension ObjectStore {
    /// Rows taken at once.
    private static let packingGroup = 100
    /// Objects under this many bytes stay as they are: a chunk of their own would save nothing.
    static let packingMinimum: Int64 = 4096

    /// Packs what waits for it.
    /// - Returns: how many versions were packed, and how many bytes less they take.
    func packArchives() async throws(StoreError) -> (packed: Int64, savedBytes: Int64) {
        var result: (packed: Int64, savedBytes: Int64) = (0, 0)
        var after: Int64 = 0
        while true {
            let group = try pending(after: after)
            for version in group.versions {
                guard let saved = try await pack(version) else { continue }
                result.packed += 1
                result.savedBytes += saved
            }
            guard let last = group.last else { return result }
            after = last
        }
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

    /// - Returns: the bytes that were saved; nil when it was left as it is.
    private func pack(_ version: ObjectVersion) async throws(StoreError) -> Int64? {
        guard version.waitsForPacking else {
            try await forgetPending(version)
            return nil
        }
        // What is being read as restored would be packed under its readers for nothing.
        guard version.restoredUntil.map({ $0 <= clock.read().now }) ?? true else { return nil }
        let staged: StagedContent
        do throws(StoreError) { staged = try await stagePacked(version) } catch .outOfSpace {
            // Packing frees space in the end, but needs some first; the row waits for a better day.
            return nil
        }
        let saved = version.size - staged.length
        guard saved > 0 else {
            try await forgetPending(version)
            return nil
        }
        let catalog = catalog
        return try await committer.commit(chunks: staged.pending) { change throws(StoreError) -> Int64? in
            try change.removePending(version.index)
            guard var live = try change.judged(version.index, of: version.key, in: version.bucket, accounts: catalog),
                live.waitsForPacking
            else { return nil }
            try change.release(live.manifest, from: live.index)
            live.manifest = try change.adopt(staged, owner: live.index)
            live.packed = PackedContent(storedLength: staged.length)
            try change.journal(
                .objectPacked, .embedded,
                [("version", .integer(live.index)), ("stored", .integer(staged.length))])
            try change.replaceRecord(of: live, accounts: catalog)
            return saved
        }
    }

    private func forgetPending(_ version: ObjectVersion) async throws(StoreError) {
        try await committer.commit { change throws(StoreError) in try change.removePending(version.index) }
    }

    /// Reads the content and stages its packed form. Always a large write, so that nothing of it waits in memory.
    private func stagePacked(_ version: ObjectVersion) async throws(StoreError) -> StagedContent {
        var reader = try readerForPacking(version)
        let writer = stage(digests: [], expectedLength: nil)
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
    /// Whether the version is one that packing is for. What is sealed does not get smaller.
    var waitsForPacking: Bool {
        isArchived && !isDeleteMarker && packed == nil && encryption == nil && size >= ObjectStore.packingMinimum
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
