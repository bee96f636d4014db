// Why this file exists: objects are found and their bytes located here. Everything is synchronous: a look-up takes
// microseconds, and bytes are given as regions of open files that the caller sends or reads.

extension ObjectStore {
    /// The current version of a key.
    /// - Throws: ``StoreError/noSuchKey``; ``StoreError/isDeleteMarker(_:)`` when the newest version is a marker;
    ///   ``StoreError/corrupt(_:)``.
    public func object(_ key: ObjectKey, in bucket: Bucket) throws(StoreError) -> ObjectVersion {
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
    /// - Throws: ``StoreError/noSuchVersion``, ``StoreError/corrupt(_:)``.
    public func version(_ id: VersionID, of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> ObjectVersion {
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
    /// - Throws: ``StoreError/invalidArgument(_:)`` when the range leaves the object, ``StoreError/corrupt(_:)``.
    public func regions(of version: ObjectVersion, range: Range<Int64>) throws(StoreError) -> [FileRegion] {
        guard range.lowerBound >= 0, range.upperBound <= version.size else {
            throw .invalidArgument("the range \(range) leaves the object of \(version.size) bytes")
        }
        var regions: [FileRegion] = []
        try appendRegions(of: version.manifest, range: range, to: &regions, depth: 0)
        return regions
    }

    /// The bytes `range` of a version, in memory.
    /// - Throws: as ``regions(of:range:)``, and ``StoreError/system(_:)`` when they cannot be read.
    public func read(_ version: ObjectVersion, range: Range<Int64>) throws(StoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for region in try regions(of: version, range: range) {
            bytes.append(contentsOf: try region.bytes())
        }
        return bytes
    }

    /// Lists nest once for each assembly: an upload's parts, a copy of it as a part, …
    private static let nestingMaximum = 64

    private func appendRegions(
        of manifest: Manifest, range: Range<Int64>, to regions: inout [FileRegion], depth: Int
    ) throws(StoreError) {
        guard depth < ObjectStore.nestingMaximum else { throw .corrupt("lists of chunks nest too deep") }
        var start: Int64 = 0
        for entry in manifest.entries {
            if start >= range.upperBound { break }
            try appendRegion(of: entry, start: start, range: range, to: &regions, depth: depth)
            start += entry.length
        }
    }

    private func appendRegions(
        of list: ChunkList, range: Range<Int64>, to regions: inout [FileRegion], depth: Int
    ) throws(StoreError) {
        guard depth < ObjectStore.nestingMaximum else { throw .corrupt("lists of chunks nest too deep") }
        var index = list.firstIndex(reaching: range.lowerBound)
        while index < list.entries.count, list.starts[index] < range.upperBound {
            try appendRegion(
                of: list.entries[index], start: list.starts[index], range: range, to: &regions, depth: depth)
            index += 1
        }
    }

    /// Appends what of `range` lies in an entry that begins at `start`.
    private func appendRegion(
        of entry: Manifest.Entry, start: Int64, range: Range<Int64>, to regions: inout [FileRegion], depth: Int
    ) throws(StoreError) {
        let from = max(start, range.lowerBound) - start
        let count = min(start + entry.length, range.upperBound) - start - from
        guard count > 0 else { return }
        switch entry.kind {
        case .data:
            regions.append(try region(of: entry, skip: Int(entry.skip + from), length: Int(count)))
        case .manifest:
            let inner = entry.skip + from
            try appendRegions(of: try list(of: entry), range: inner..<inner + count, to: &regions, depth: depth + 1)
        }
    }

    private func region(of entry: Manifest.Entry, skip: Int, length: Int) throws(StoreError) -> FileRegion {
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
        let record: ChunkRecord
        if chunkStore.holds(entry.hint) {
            record = try chunkStore.read(at: entry.hint, length: entry.chunkLength)
        } else {
            record = try relocated(entry) { location throws(StoreError) in
                try chunkStore.read(at: location, length: entry.chunkLength)
            }
        }
        guard record.id == entry.id, record.digest == entry.digest else {
            throw .corrupt("the list of chunk \(entry.id.value) is not the one that was stored")
        }
        let list = ChunkList(try Manifest(encoded: record.bytes))
        chunkLists.keep(list, of: entry.id)
        return list
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
