// Why this file exists: a range of packed content is read here: the blocks that it touches, each whole.

/// Finds and unpacks the blocks of a range.
struct PackedReader: Sendable {
    private let store: ObjectStore
    private let manifest: Manifest
    private let contentLength: Int64
    private let starts: [Int64]

    init(store: ObjectStore, version: ObjectVersion, packed: PackedContent) throws(StoreError) {
        self.store = store
        manifest = version.manifest
        contentLength = version.size
        let table = try packed.tableRange(ofContent: version.size)
        starts = try packed.starts(table: try store.stored(version.manifest, range: table))
    }

    /// The blocks of a range: the number of each, what of it is wanted.
    func pieces(of range: Range<Int64>) -> [(block: Int, skip: Int, length: Int)] {
        guard !range.isEmpty else { return [] }
        let block = Int64(PackedContent.blockLength)
        return (range.lowerBound / block...(range.upperBound - 1) / block).map { number in
            let start = number * block
            let from = max(range.lowerBound, start)
            let to = min(range.upperBound, start + block)
            return (Int(number), Int(from - start), Int(to - from))
        }
    }

    /// The content of a block. Blocks.
    func content(of block: Int) throws(StoreError) -> [UInt8] {
        let start = Int64(block) * Int64(PackedContent.blockLength)
        let length = Int(min(contentLength - start, Int64(PackedContent.blockLength)))
        guard block + 1 < starts.count, length > 0 else { throw .corrupt("packed content lacks block \(block)") }
        let stored = try store.stored(manifest, range: starts[block]..<starts[block + 1])
        return try PackedContent.unpack(stored, length: length)
    }
}

extension ObjectStore {
    /// What lies in the chunks of a list, as it lies there. Blocks.
    fileprivate func stored(_ manifest: Manifest, range: Range<Int64>) throws(StoreError) -> [UInt8] {
        var regions: [FileRegion] = []
        try visitRuns(of: manifest, range: range, depth: 0) { entry, skip, length throws(StoreError) in
            regions.append(try region(of: entry, skip: skip, length: length))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for region in regions { bytes.append(contentsOf: try region.bytes()) }
        guard bytes.count == range.count else { throw .corrupt("packed content is shorter than its record says") }
        return bytes
    }
}
