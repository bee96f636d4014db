// Why this file exists: content is read in pieces of bounded size, the same way whether it is sealed or plain. Of
// sealed content only those chunks are decrypted that the range touches, each whole, because its tag covers all of it.

/// Reads a range of a version from its start to its end. Copies read independently.
public struct ContentReader: Sendable {
    /// How much is read at once unless the caller says otherwise, in bytes.
    public static let bufferLength = 1 << 20

    private struct Run: Sendable {
        var region: FileRegion
        /// For sealed chunks: which one it is, and what of it is wanted.
        var chunk: ChunkID
        var skip: Int
        var length: Int
    }

    /// Length of the range in bytes.
    public let length: Int64
    private let runs: [Run]
    private let key: DataKey?
    private let workers: WorkerPool
    private var next = 0

    fileprivate init(store: ObjectStore, version: ObjectVersion, range: Range<Int64>, key: DataKey?) throws(StoreError)
    {
        var runs: [Run] = []
        try store.visitRuns(of: version.manifest, range: range, depth: 0) { entry, skip, length throws(StoreError) in
            let region =
                key == nil
                ? try store.region(of: entry, skip: skip, length: length)
                : try store.region(of: entry, skip: 0, length: entry.chunkLength)
            runs.append(Run(region: region, chunk: entry.id, skip: skip, length: length))
        }
        self.runs = runs
        self.key = key
        length = range.upperBound - range.lowerBound
        workers = store.workers
    }

    /// The next bytes: whole pieces, as many as fit into `maximum`, at least one; nil at the end. Blocks.
    /// - Throws: ``StoreError/corrupt(_:)`` when a chunk is not what was sealed, ``StoreError/system(_:)``.
    public mutating func nextBlocking(maximum: Int) throws(StoreError) -> [UInt8]? {
        guard next < runs.count else { return nil }
        var bytes: [UInt8] = []
        repeat {
            let run = runs[next]
            let piece = try piece(of: run)
            if bytes.isEmpty { bytes = piece } else { bytes.append(contentsOf: piece) }
            next += 1
        } while next < runs.count && bytes.count + runs[next].length <= maximum
        return bytes
    }

    /// As ``nextBlocking(maximum:)``, on a worker thread.
    public mutating func next(maximum: Int = bufferLength) async throws(StoreError) -> [UInt8]? {
        guard next < runs.count else { return nil }
        let current = self
        let (advanced, bytes) = try await workers.value { () throws(StoreError) in
            var reader = current
            let bytes = try reader.nextBlocking(maximum: maximum)
            return (reader, bytes)
        }
        self = advanced
        return bytes
    }

    private func piece(of run: Run) throws(StoreError) -> [UInt8] {
        let stored = try run.region.bytes()
        guard let key else { return stored }
        let content = try key.open(stored, of: run.chunk)
        guard run.skip + run.length <= content.count else {
            throw .corrupt("chunk \(run.chunk.value) is shorter than its list says")
        }
        return run.length == content.count ? content : Array(content[run.skip..<run.skip + run.length])
    }
}

extension ObjectStore {
    /// A reader of the bytes `range` of a version.
    /// - Parameter key: the version's own, see ``Keyring/dataKey(of:customerKey:)``; nil for plain content.
    /// - Throws: ``StoreError/invalidArgument(_:)`` when the range leaves the object, ``StoreError/encryption(_:)`` when
    ///   the key is missing or another object's, ``StoreError/corrupt(_:)``.
    public func reader(
        of version: ObjectVersion, range: Range<Int64>, key: DataKey? = nil
    ) throws(StoreError) -> ContentReader {
        guard range.lowerBound >= 0, range.upperBound <= version.size else {
            throw .invalidArgument("the range \(range) leaves the object of \(version.size) bytes")
        }
        guard key?.encryption == version.encryption else { throw .encryption(.dataKeyMissing) }
        return try ContentReader(store: self, version: version, range: range, key: key)
    }
}
