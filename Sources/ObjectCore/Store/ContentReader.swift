// Why this file exists: content is read in pieces of bounded size, the same way whether it is plain, sealed or packed. Of
// sealed and packed content only those chunks and blocks are opened that the range touches, each whole.

/// Reads a range of a version from its start to its end. Copies read independently.
public struct ContentReader: Sendable {
    /// How much is read at once unless the caller says otherwise, in bytes.
    public static let bufferLength = 1 << 20

    /// A piece of the range: where it lies, how it is opened, and what of it is wanted.
    private struct Run: Sendable {
        enum Source: Sendable {
            case plain(FileRegion)
            case sealed(FileRegion, ChunkID, DataKey)
            case packed(block: Int, PackedReader)
        }
        var source: Source
        var skip: Int
        var length: Int
    }

    /// Length of the range in bytes.
    public let length: Int64
    private let runs: [Run]
    private let workers: WorkerPool
    private var next = 0

    private init(store: ObjectStore, range: Range<Int64>, runs: [Run]) {
        length = range.upperBound - range.lowerBound
        workers = store.workers
        self.runs = runs
    }

    fileprivate init(store: ObjectStore, version: ObjectVersion, range: Range<Int64>, key: DataKey?) throws(StoreError)
    {
        guard let packed = version.packed else {
            try self.init(store: store, manifest: version.manifest, range: range, key: key)
            return
        }
        let reader = try PackedReader(store: store, version: version, packed: packed)
        self.init(
            store: store, range: range,
            runs: reader.pieces(of: range).map { piece in
                Run(source: .packed(block: piece.block, reader), skip: piece.skip, length: piece.length)
            })
    }

    /// - Parameter manifest: lists content that is not packed.
    init(store: ObjectStore, manifest: Manifest, range: Range<Int64>, key: DataKey?) throws(StoreError) {
        var runs: [Run] = []
        try store.visitRuns(of: manifest, range: range, depth: 0) { entry, skip, length throws(StoreError) in
            guard let key else {
                // The region is what is wanted, no more.
                let region = try store.region(of: entry, skip: skip, length: length)
                runs.append(Run(source: .plain(region), skip: 0, length: length))
                return
            }
            let region = try store.region(of: entry, skip: 0, length: entry.chunkLength)
            runs.append(Run(source: .sealed(region, entry.id, key), skip: skip, length: length))
        }
        self.init(store: store, range: range, runs: runs)
    }

    /// The next bytes: whole pieces, as many as fit into `maximum`, at least one; nil at the end. Blocks.
    /// - Throws: ``StoreError/corrupt(_:)`` when a chunk is not what was sealed or packed, ``StoreError/system(_:)``.
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
        let content =
            switch run.source {
            case .plain(let region): try region.bytes()
            case .sealed(let region, let chunk, let key): try key.open(try region.bytes(), of: chunk)
            case .packed(let block, let reader): try reader.content(of: block)
            }
        guard run.skip + run.length <= content.count else {
            throw .corrupt("a piece of an object is shorter than its list says")
        }
        return run.length == content.count ? content : Array(content[run.skip..<run.skip + run.length])
    }
}

extension ObjectStore {
    /// A reader of the bytes `range` of a version.
    /// - Parameters:
    ///   - key: the version's own, see ``Keyring/dataKey(of:customerKey:)``; nil for plain content.
    ///   - range: in bytes.
    ///   - version: which version.
    /// - Throws: ``StoreError/invalidArgument(_:)`` when the range leaves the object, ``StoreError/encryption(_:)`` when
    ///   the key is missing or another object's, ``StoreError/archived(_:)``, ``StoreError/corrupt(_:)``.
    public func reader(
        of version: ObjectVersion, range: Range<Int64>, key: DataKey? = nil
    ) throws(StoreError) -> ContentReader {
        guard range.lowerBound >= 0, range.upperBound <= version.size else {
            throw .invalidArgument("the range \(range) leaves the object of \(version.size) bytes")
        }
        guard key?.encryption == version.encryption else { throw .encryption(.dataKeyMissing) }
        try checkReadable(version)
        return try ContentReader(store: self, version: version, range: range, key: key)
    }

    /// A reader of plain content that is to be packed, which is archived and therefore closed to everybody else.
    func readerForPacking(_ version: ObjectVersion) throws(StoreError) -> ContentReader {
        try ContentReader(store: self, version: version, range: 0..<version.size, key: nil)
    }
}
