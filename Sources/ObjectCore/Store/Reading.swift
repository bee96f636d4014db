// Why this file exists: objects are found and their bytes located here. Everything is synchronous: a look-up takes
// microseconds, and bytes are given as regions of open files that the caller sends or reads.

extension ObjectStore {
    /// The current version of a key.
    /// - Throws: ``StoreError/noSuchKey``; ``StoreError/isDeleteMarker(_:)`` when the newest version is a marker;
    ///   ``StoreError/versionDestroyed(_:)`` when the bucket shows a state whose bytes are gone;
    ///   ``StoreError/corrupt(_:)``.
    public func object(_ key: ObjectKey, in bucket: Bucket) throws(StoreError) -> ObjectVersion {
        if let index = bucket.asOf { return try pastObject(key, in: bucket, at: index) }
        let catalog = catalog
        let newest = try database.read { transaction throws(StoreError) in
            try VersionQuery.newest(key, in: bucket.id, accounts: catalog) { sql, values, decode throws(StoreError) in
                try transaction.first(sql, values, decode)
            }
        }
        guard let newest else { throw .noSuchKey }
        guard !newest.isDeleteMarker else { throw .isDeleteMarker(newest.versionID) }
        return newest
    }

    /// One version of a key. A delete marker is returned, not thrown.
    /// - Throws: ``StoreError/noSuchVersion``, ``StoreError/versionDestroyed(_:)``, ``StoreError/corrupt(_:)``.
    public func version(_ id: VersionID, of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> ObjectVersion {
        if let index = bucket.asOf { return try pastVersion(id, of: key, in: bucket, at: index) }
        let catalog = catalog
        let found = try database.read { transaction throws(StoreError) in
            try VersionQuery.version(id, of: key, in: bucket.id, accounts: catalog) {
                sql, values, decode throws(StoreError) in
                try transaction.first(sql, values, decode)
            }
        }
        guard let found else { throw .noSuchVersion }
        return found
    }

    /// Where the bytes `range` of a version lie, in order.
    /// - Throws: ``StoreError/invalidArgument(_:)`` when the range leaves the object, or for packed content, which has none
    ///   (``reader(of:range:key:)`` reads all content); ``StoreError/archived(_:)``, ``StoreError/corrupt(_:)``.
    public func regions(of version: ObjectVersion, range: Range<Int64>) throws(StoreError) -> [FileRegion] {
        guard range.lowerBound >= 0, range.upperBound <= version.size else {
            throw .invalidArgument("the range \(range) leaves the object of \(version.size) bytes")
        }
        // What is sealed is never handed out as if it were the content.
        guard version.encryption == nil else { throw .encryption(.dataKeyMissing) }
        guard version.packed == nil else { throw .invalidArgument("packed content has no regions; read it") }
        try checkReadable(version)
        var regions: [FileRegion] = []
        try visitRuns(of: version.manifest, range: range, depth: 0) { entry, skip, length throws(StoreError) in
            regions.append(try region(of: entry, skip: skip, length: length))
        }
        return regions
    }

    /// The bytes `range` of a version, in memory.
    /// - Parameters:
    ///   - key: the version's, when it is encrypted.
    ///   - version: which version.
    ///   - range: in bytes.
    /// - Throws: as ``reader(of:range:key:)``, and ``StoreError/system(_:)`` when they cannot be read.
    public func read(
        _ version: ObjectVersion, range: Range<Int64>, key: DataKey? = nil
    ) throws(StoreError) -> [UInt8] {
        var reader = try reader(of: version, range: range, key: key)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while let next = try reader.nextBlocking(maximum: ContentReader.bufferLength) { bytes.append(contentsOf: next) }
        return bytes
    }

    /// Lists nest once for each assembly: an upload's parts, a copy of it as a part, …
    private static let nestingMaximum = 64

    /// A run of bytes of one chunk: the entry that names it, where in the chunk's content it begins, its length.
    typealias RunVisit = (Manifest.Entry, Int, Int) throws(StoreError) -> Void

    /// Calls `visit` for each run of chunks that `range` lies in, in order.
    func visitRuns(
        of manifest: Manifest, range: Range<Int64>, depth: Int, _ visit: RunVisit
    ) throws(StoreError) {
        guard depth < ObjectStore.nestingMaximum else { throw .corrupt("lists of chunks nest too deep") }
        var start: Int64 = 0
        for entry in manifest.entries {
            if start >= range.upperBound { break }
            try visitRun(of: entry, start: start, range: range, depth: depth, visit)
            start += entry.length
        }
    }

    private func visitRuns(
        of list: ChunkList, range: Range<Int64>, depth: Int, _ visit: RunVisit
    ) throws(StoreError) {
        guard depth < ObjectStore.nestingMaximum else { throw .corrupt("lists of chunks nest too deep") }
        var index = list.firstIndex(reaching: range.lowerBound)
        while index < list.entries.count, list.starts[index] < range.upperBound {
            try visitRun(of: list.entries[index], start: list.starts[index], range: range, depth: depth, visit)
            index += 1
        }
    }

    /// Visits what of `range` lies in an entry that begins at `start`.
    private func visitRun(
        of entry: Manifest.Entry, start: Int64, range: Range<Int64>, depth: Int, _ visit: RunVisit
    ) throws(StoreError) {
        let from = max(start, range.lowerBound) - start
        let count = min(start + entry.length, range.upperBound) - start - from
        guard count > 0 else { return }
        switch entry.kind {
        case .data:
            try visit(entry, Int(entry.skip + from), Int(count))
        case .manifest:
            let inner = entry.skip + from
            try visitRuns(of: try list(of: entry), range: inner..<inner + count, depth: depth + 1, visit)
        }
    }

    func region(of entry: Manifest.Entry, skip: Int, length: Int) throws(StoreError) -> FileRegion {
        if chunkStore.holds(entry.hint) {
            return try chunkStore.region(at: entry.hint, skip: skip, length: length)
        }
        return try relocated(entry) { location throws(StoreError) in
            try chunkStore.region(at: location, skip: skip, length: length)
        }
    }

    /// The list that a manifest chunk holds: from memory, or read, checked and kept.
    private func list(of entry: Manifest.Entry) throws(StoreError) -> ChunkList {
        if let known = chunkLists.list(entry.id) { return known }
        let list = ChunkList(try Manifest(encoded: try record(of: entry).bytes))
        chunkLists.keep(list, of: entry.id)
        return list
    }

    /// The whole chunk that an entry names, held to its digest.
    func record(of entry: Manifest.Entry) throws(StoreError) -> ChunkRecord {
        let record: ChunkRecord
        if chunkStore.holds(entry.hint) {
            record = try chunkStore.read(at: entry.hint, length: entry.chunkLength)
        } else {
            record = try relocated(entry) { location throws(StoreError) in
                try chunkStore.read(at: location, length: entry.chunkLength)
            }
        }
        guard record.id == entry.id, record.digest == entry.digest else {
            throw .corrupt("chunk \(entry.id.value) is not the one that was stored")
        }
        return record
    }

    /// Compaction moved the chunk: its row knows where. It may move once more between the look-up and the use.
    private func relocated<Value>(
        _ entry: Manifest.Entry, _ use: (ChunkLocation) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        for _ in 0..<3 {
            guard let location = try location(of: entry.id) else { break }
            if chunkStore.holds(location) { return try use(location) }
        }
        throw .corrupt("chunk \(entry.id.value) is referred to and not stored")
    }

    func location(of chunk: ChunkID) throws(StoreError) -> ChunkLocation? {
        try database.read { transaction throws(StoreError) in
            try transaction.first("SELECT segment, place FROM chunks WHERE id = $1", [.integer(chunk.value)]) {
                row throws(StoreError) in ChunkLocation(segment: row.integer(0), offset: row.integer(1))
            }
        }
    }
}
