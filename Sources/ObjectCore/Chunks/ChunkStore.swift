// Why this file exists: the third seam. Where chunk bytes lie (segment files, later RADOS) is behind one protocol,
// and one contract suite runs on every maker of it. Which chunks exist and who refers to them is not decided
// here but in the database: a chunk store only keeps records and gives them back.

/// The physical name of a chunk: assigned once by the application, never used again. Two chunks with equal bytes
/// have equal digests but different ids.
public struct ChunkID: Sendable, Hashable, Comparable {
    public let value: Int64
    public init(_ value: Int64) { self.value = value }
    public static func < (left: ChunkID, right: ChunkID) -> Bool { left.value < right.value }
}

/// Where a chunk's record lies. A segment number is never used twice, so a location either still holds the same
/// bytes or its segment is gone.
public struct ChunkLocation: Sendable, Hashable {
    /// The number of the segment file.
    public var segment: Int64
    /// Where the payload (not the record's header) begins, in bytes from the start of the segment.
    public var offset: Int64

    public init(segment: Int64, offset: Int64) {
        self.segment = segment
        self.offset = offset
    }
}

/// What a chunk's bytes are.
public enum ChunkKind: UInt8, Sendable {
    // The raw values are on disk (docs/FORMAT.md): never renumber.
    /// Bytes of an object.
    case data = 1
    /// A list of chunks. See docs/FORMAT.md.
    case manifest = 2
}

/// A chunk to be written.
public struct ChunkRecord: Sendable {
    public var id: ChunkID
    public var kind: ChunkKind
    /// SHA-256 of `bytes`: 32 bytes.
    public var digest: [UInt8]
    /// What lies on the disk: the ciphertext of a sealed chunk.
    public var bytes: [UInt8]
    /// Whether `bytes` are sealed. The chunk store needs no key: it keeps and checks what it was given.
    public var isSealed: Bool

    public init(id: ChunkID, kind: ChunkKind, digest: [UInt8], bytes: [UInt8], isSealed: Bool = false) {
        self.id = id
        self.kind = kind
        self.digest = digest
        self.bytes = bytes
        self.isSealed = isSealed
    }
}

/// A chunk found by reading a segment from its start.
public struct StoredChunk: Sendable {
    public var id: ChunkID
    public var kind: ChunkKind
    public var digest: [UInt8]
    public var location: ChunkLocation
    /// Payload length in bytes.
    public var length: Int

    public init(id: ChunkID, kind: ChunkKind, digest: [UInt8], location: ChunkLocation, length: Int) {
        self.id = id
        self.kind = kind
        self.digest = digest
        self.location = location
        self.length = length
    }
}

/// One segment as enumeration sees it.
public struct SegmentSummary: Sendable {
    public var number: Int64
    /// Bytes of records (headers and payloads), without prewritten zeros.
    public var usedBytes: Int64
    /// Bytes that the file takes on the device.
    public var fileBytes: Int64
    /// Bytes in the file behind its last whole record, which an append that was cut off has left.
    public var strayBytes: Int64
    /// Whether nothing will be appended to it any more.
    public var isSealed: Bool
    /// Whether it holds what is archived, and nothing else.
    public var isCold: Bool

    public init(
        number: Int64, usedBytes: Int64, fileBytes: Int64, strayBytes: Int64 = 0, isSealed: Bool, isCold: Bool = false
    ) {
        self.number = number
        self.usedBytes = usedBytes
        self.fileBytes = fileBytes
        self.strayBytes = strayBytes
        self.isSealed = isSealed
        self.isCold = isCold
    }
}

/// Bytes of a segment file, record headers included, as they lie there.
public struct SegmentImage: Sendable, Hashable {
    public var segment: Int64
    /// Where they begin, in bytes from the start of the segment.
    public var offset: Int64
    public var bytes: [UInt8]

    public init(segment: Int64, offset: Int64, bytes: [UInt8]) {
        self.segment = segment
        self.offset = offset
        self.bytes = bytes
    }

    /// The same bytes in images of at most `length` bytes.
    func pieces(of length: Int) -> [SegmentImage] {
        if bytes.count <= length { return [self] }
        return stride(from: 0, to: bytes.count, by: length).map { start in
            SegmentImage(
                segment: segment, offset: offset + Int64(start),
                bytes: Array(bytes[start..<min(start + length, bytes.count)]))
        }
    }
}

/// Which kind of segment a record goes to. Small commits share one prewritten file, so that a flush does
/// not have to write file-system metadata; the chunks of large bodies go to growing files, where prewriting would
/// write every byte twice. What is archived has growing files of its own, which may lie on another device: it is
/// written once, and no compaction of what is in use ever copies it.
public enum ChunkStream: Sendable, CaseIterable {
    case small
    case bulk
    case cold
}

/// Keeps chunk records. All calls may block and come from any thread, several at once.
public protocol ChunkStore: Sendable {
    /// Appends records, in order. They are readable at once and durable after the next ``sync()``.
    /// - Throws: ``StoreError/outOfSpace`` (nothing of the call is kept), ``StoreError/readOnly(_:)``.
    func append(_ records: [ChunkRecord], to stream: ChunkStream) throws(StoreError) -> [ChunkLocation]

    /// Makes every append that returned before this call durable: fdatasync of each segment written since, and of
    /// the directory when a segment is new. A failure is final: the store becomes read-only and every later append
    /// and sync throws ``StoreError/readOnly(_:)``.
    func sync() throws(StoreError)

    /// Like ``sync()`` for the appends to one stream, so that a small commit need not wait for the chunks of large
    /// bodies. By default ``sync()``.
    func sync(_ stream: ChunkStream) throws(StoreError)

    /// What one call of ``append(_:to:)`` wrote, for whoever keeps it elsewhere until the next ``sync()``.
    /// - Returns: nil when it is longer than `maximum` bytes or does not lie in one piece. By default nil.
    func image(
        of records: [ChunkRecord], at locations: [ChunkLocation], atMost maximum: Int
    ) throws(StoreError) -> SegmentImage?

    /// The bytes `[skip, skip + length)` of the payload at `location`, as a region of an open file.
    /// - Throws: ``StoreError/corrupt(_:)`` when the segment is gone.
    func region(at location: ChunkLocation, skip: Int, length: Int) throws(StoreError) -> FileRegion

    /// Whether the location's segment still exists.
    func holds(_ location: ChunkLocation) -> Bool

    /// Whether a segment was written by the cold stream; false when there is none.
    func isCold(segment: Int64) -> Bool

    /// Reads a whole record and checks its header and digest.
    /// - Throws: ``StoreError/corrupt(_:)`` when any byte differs from what was written.
    func read(at location: ChunkLocation, length: Int) throws(StoreError) -> ChunkRecord

    /// All segments, in order of number.
    func segments() throws(StoreError) -> [SegmentSummary]

    /// Calls `visit` for each record of a segment, in order, up to the first that is not whole; returns how many bytes of records
    /// were read. Only headers are checked; payloads are not read.
    func enumerate(segment: Int64, _ visit: (StoredChunk) throws(StoreError) -> Void) throws(StoreError) -> Int64

    /// Ends appending to the segments now open, so that they can be compacted.
    func seal() throws(StoreError)

    /// The same for one stream. By default ``seal()``.
    func seal(_ stream: ChunkStream) throws(StoreError)

    /// Removes a sealed segment, durably. Regions handed out before stay readable until they are let go.
    /// - Throws: ``StoreError/readOnly(_:)`` when it was removed and that could not be made durable.
    func delete(segment: Int64) throws(StoreError)

    /// Lets go of everything; later calls throw ``StoreError/closed``.
    func close()
}

extension ChunkStore {
    public func sync(_ stream: ChunkStream) throws(StoreError) { try sync() }

    public func image(
        of records: [ChunkRecord], at locations: [ChunkLocation], atMost maximum: Int
    ) throws(StoreError) -> SegmentImage? { nil }

    public func seal(_ stream: ChunkStream) throws(StoreError) { try seal() }
}
