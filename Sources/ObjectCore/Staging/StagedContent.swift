// Why this file exists: bytes that were written and are not yet anybody's object.

/// Content that lies in the store but is not visible until a commit refers to it. Letting go of it without a commit
/// leaves its bytes to garbage collection.
public final class StagedContent: Sendable {
    /// Length in bytes.
    public let length: Int64
    /// The digests that were asked for, and always MD5; SHA-256 unless the content becomes a part.
    public let digests: [DigestAlgorithm: [UInt8]]

    /// One chunk of the content, in order; a chunk may come several times.
    struct Piece: Sendable {
        var id: ChunkID
        var kind: ChunkKind
        var digest: [UInt8]
        /// Length in bytes of what is stored.
        var length: Int
        /// Nil while the bytes wait in ``pending``.
        var location: ChunkLocation?
        /// Whether the chunk's row does not exist yet.
        var isNew: Bool
        /// Whether what is stored is sealed.
        var isSealed = false
        /// Whether it lies in a cold segment.
        var isCold = false

        /// How many bytes of the content the chunk holds.
        var contentLength: Int { isSealed ? length - DataKey.overhead : length }
    }

    /// The data chunks.
    let pieces: [Piece]
    /// The chunk that holds the list of the pieces, when the list is too long for a row.
    let manifestPiece: Piece?
    /// Chunks that are written with the commit, because they are small: those pieces without a location, in order.
    let pending: [ChunkRecord]
    /// How the chunks are sealed; nil for plain bytes.
    public let encryption: ObjectEncryption?
    /// Without quotes.
    let etag: String
    private let area: StagingArea
    private let pinned: [ChunkID]
    private let held: [Int64]

    init(
        length: Int64, digests: [DigestAlgorithm: [UInt8]], pieces: [Piece], manifestPiece: Piece?,
        pending: [ChunkRecord], area: StagingArea, pinned: [ChunkID], held: [Int64], key: DataKey? = nil
    ) {
        self.length = length
        self.digests = digests
        self.pieces = pieces
        self.manifestPiece = manifestPiece
        self.pending = pending
        self.area = area
        self.pinned = pinned
        self.held = held
        encryption = key?.encryption
        let md5 = digests[.md5] ?? []
        etag = key?.etag(md5: md5) ?? Hex.encode(md5)
    }

    deinit {
        for chunk in pinned { area.pins.unpin(chunk) }
        area.holds.release(held)
    }
}
