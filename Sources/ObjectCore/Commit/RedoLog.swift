// Why this file exists: a small commit waits for one flush instead of two. The bytes that it appended to the small
// stream go into the database as well, in its own transaction, so that the flush of the database's log makes both
// durable; the segment is flushed later, once for hundreds of commits. See docs/FORMAT.md, "Redo".
// Invariant: whatever was acknowledged lies in a flushed segment or in the redo table; bytes that are in neither are
// behind everything that is. So the table is written only when all earlier appends to the same segment are covered,
// and a slot is used again only after a flush.

/// The ring of rows in which small commits keep what their segment does not hold durably yet. Used by the committer's
/// thread alone.
final class RedoLog {
    /// Length of a row's bytes. A record of 4 KiB and its header fit, and SQLite keeps such a row in its place: what
    /// does not fit into the leaf fills one further page exactly.
    static let slotLength = 4576
    /// Rows. The segment is flushed at the latest when all are in use.
    static let slotCount = 1024
    /// Commits that append more bytes flush the segment: then copying costs more than the flush.
    static let imageMaximum = 64 << 10

    /// The row that is there after a store was closed in order: then no other counts.
    private static let closedMark: Int64 = -1

    private let chunkStore: any ChunkStore
    /// Whether the mark of the last closing is known to be gone.
    private var isOpened = false
    private var next = 0
    private var used = 0
    /// The segment whose file and name are durable, and all of its records up to the first that the table covers.
    private var segment: Int64?

    init(_ chunkStore: any ChunkStore) { self.chunkStore = chunkStore }

    /// Makes appends durable, or tells what has to be written for that.
    /// - Parameters:
    ///   - records: what was appended to the small stream in one call.
    ///   - locations: where it lies.
    ///   - mayWait: whether the segment need not be flushed now.
    /// - Returns: slots for ``write(_:in:)``, empty when the segment was flushed.
    func cover(
        _ records: [ChunkRecord], at locations: [ChunkLocation], mayWait: Bool
    ) throws(StoreError) -> [Slot] {
        if mayWait, locations.first?.segment == segment,
            let image = try? chunkStore.image(of: records, at: locations, atMost: Self.imageMaximum)
        {
            let pieces = image.pieces(of: Slot.capacity)
            if used + pieces.count <= Self.slotCount {
                return pieces.enumerated().map { index, piece in
                    Slot(number: (next + index) % Self.slotCount, image: piece)
                }
            }
        }
        try flush()
        segment = locations.last?.segment
        return []
    }

    /// Flushes the segment, so that no slot is needed any more.
    func flush() throws(StoreError) {
        try chunkStore.sync(.small)
        used = 0
    }

    /// Writes slots, in the transaction of the commit that needs them.
    func write(_ slots: [Slot], in transaction: any Transaction) throws(StoreError) {
        if !isOpened, !slots.isEmpty {
            try transaction.execute("DELETE FROM redo WHERE slot = $1", [.integer(Self.closedMark)])
        }
        for slot in slots {
            try transaction.execute(
                "INSERT INTO redo (slot, image) VALUES ($1, $2) ON CONFLICT (slot) DO UPDATE SET image = excluded.image",
                [.integer(Int64(slot.number)), .bytes(slot.encoded())])
        }
    }

    /// The transaction with these slots is durable.
    func wrote(_ slots: [Slot]) {
        if !slots.isEmpty { isOpened = true }
        next = (next + slots.count) % Self.slotCount
        used += slots.count
    }

    /// Overwrites all rows, in a transaction that follows a flush: bytes that are erased must not stay here either.
    func blank(in transaction: any Transaction) throws(StoreError) {
        var numbers: [Int] = []
        try transaction.query("SELECT slot FROM redo WHERE slot >= 0", []) { row throws(StoreError) in
            numbers.append(Int(row.integer(0)))
            return true
        }
        let nothing = SegmentImage(segment: 0, offset: 0, bytes: [])
        try write(numbers.map { Slot(number: $0, image: nothing) }, in: transaction)
    }

    /// Ends in order: what changes in a segment from here on is damage, and is not to be mended from the table.
    func close(_ database: any Database) throws(StoreError) {
        try flush()
        _ = try database.write { transaction throws(StoreError) in
            try transaction.execute(
                "INSERT INTO redo (slot, image) VALUES ($1, $2) ON CONFLICT (slot) DO NOTHING",
                [.integer(Self.closedMark), .bytes([])])
        }
    }

    /// All images that the table holds, whether needed or not; none of a store that was closed in order.
    static func images(in database: any Database) throws(StoreError) -> [SegmentImage] {
        try database.read { transaction throws(StoreError) in
            var images: [SegmentImage] = []
            try transaction.query("SELECT slot, image FROM redo ORDER BY slot", []) { row throws(StoreError) in
                if row.integer(0) == Self.closedMark { return false }
                guard let image = Slot.image(decoding: row.bytes(1)) else {
                    throw .corrupt("a row of the redo table is damaged")
                }
                if !image.bytes.isEmpty { images.append(image) }
                return true
            }
            return images
        }
    }

    /// One row.
    struct Slot {
        static let headerLength = 24
        static let capacity = RedoLog.slotLength - headerLength

        let number: Int
        let image: SegmentImage

        /// Always of the same length: SQLite overwrites a row in its place only then.
        func encoded() -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: RedoLog.slotLength) { buffer, count in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                bytes.initializeMemory(as: UInt8.self, repeating: 0)
                bytes.storeLittle(image.segment, at: 0)
                bytes.storeLittle(image.offset, at: 8)
                bytes.storeLittle(Int64(image.bytes.count), at: 16)
                UnsafeMutableRawBufferPointer(rebasing: bytes[Self.headerLength...]).copyBytes(from: image.bytes)
                count = RedoLog.slotLength
            }
        }

        static func image(decoding bytes: [UInt8]) -> SegmentImage? {
            guard bytes.count == RedoLog.slotLength else { return nil }
            let (segment, offset, count): (Int64, Int64, Int64) = bytes.withUnsafeBytes {
                ($0.loadLittle(at: 0), $0.loadLittle(at: 8), $0.loadLittle(at: 16))
            }
            guard segment >= 0, offset >= 0, (0...Int64(capacity)).contains(count) else { return nil }
            return SegmentImage(
                segment: segment, offset: offset, bytes: Array(bytes[headerLength..<headerLength + Int(count)]))
        }
    }
}
