// Why this file exists: how archived content lies in chunks: compressed block by block, so that any range of it can be
// read without the rest (docs/FORMAT.md, "Packed content"). Pure: bytes in, bytes out.
private import CZlib

/// How the content of a version is packed.
public struct PackedContent: Sendable, Hashable {
    /// Bytes of content in a block; the last may have fewer.
    static let blockLength = 1 << 20
    /// zlib's best: archives are written once and seldom read.
    private static let level: Int32 = 9
    /// The one form there is.
    private static let form: UInt8 = 1

    /// Bytes that the packed form takes, its table included.
    public let storedLength: Int64

    init(storedLength: Int64) { self.storedLength = storedLength }

    func encoded() -> [UInt8] {
        var writer = RecordWriter()
        writer.byte(PackedContent.form)
        writer.unsigned(UInt64(storedLength))
        return writer.bytes
    }

    init(encoded bytes: [UInt8]) throws(StoreError) {
        storedLength = try bytes.reading { buffer throws(StoreError) in
            var reader = RecordReader(buffer)
            guard try reader.byte() == PackedContent.form else { throw .corrupt("a record names an unknown packing") }
            return try reader.integer()
        }
    }

    /// How many blocks content of so many bytes has.
    static func blockCount(ofContent length: Int64) -> Int {
        Int((length + Int64(blockLength) - 1) / Int64(blockLength))
    }

    /// Where the table of block lengths lies in the packed form.
    func tableRange(ofContent length: Int64) throws(StoreError) -> Range<Int64> {
        let start = storedLength - 4 * Int64(PackedContent.blockCount(ofContent: length))
        guard start >= 0 else { throw .corrupt("packed content is shorter than its table") }
        return start..<storedLength
    }

    // MARK: Blocks

    /// The stored form of a block: a zlib stream (RFC 1950), or the block itself where that is no longer.
    static func pack(_ block: [UInt8]) -> [UInt8] {
        var length = compressBound(uLong(block.count))
        let packed = [UInt8](unsafeUninitializedCapacity: Int(length)) { output, count in
            let result = compress2(output.baseAddress, &length, block, uLong(block.count), level)
            // It fails only for want of memory or room, and the room is what the bound says.
            precondition(result == Z_OK, "zlib refused to compress a block")
            count = Int(length)
        }
        return packed.count < block.count ? packed : block
    }

    /// The content of a stored block.
    /// - Throws: ``StoreError/corrupt(_:)`` unless it gives exactly `length` bytes.
    static func unpack(_ stored: [UInt8], length: Int) throws(StoreError) -> [UInt8] {
        if stored.count == length { return stored }
        var produced = uLong(length)
        var result = Z_OK
        let content = [UInt8](unsafeUninitializedCapacity: length) { output, count in
            result = uncompress(output.baseAddress, &produced, stored, uLong(stored.count))
            count = result == Z_OK ? Int(produced) : 0
        }
        guard result == Z_OK, content.count == length else { throw .corrupt("a packed block does not unpack") }
        return content
    }

    // MARK: The table

    /// The table at the end: the stored length of each block in four bytes, little-endian.
    static func table(_ lengths: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * lengths.count)
        for length in lengths {
            withUnsafeBytes(of: UInt32(length).littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Where each block begins in the packed form, and where the last ends.
    /// - Throws: ``StoreError/corrupt(_:)`` when the blocks do not fill what is before the table.
    func starts(table: [UInt8]) throws(StoreError) -> [Int64] {
        var starts: [Int64] = [0]
        starts.reserveCapacity(table.count / 4 + 1)
        var end: Int64 = 0
        for offset in stride(from: 0, to: table.count - 3, by: 4) {
            let length = table[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int64($1) }
            guard length <= Int64(PackedContent.blockLength) else { throw .corrupt("a packed block is too long") }
            end += length
            starts.append(end)
        }
        guard end + Int64(table.count) == storedLength else { throw .corrupt("a table of packed blocks is not whole") }
        return starts
    }
}
