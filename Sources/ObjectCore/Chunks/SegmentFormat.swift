// Why this file exists: the bytes of docs/FORMAT.md, "Segments", in both directions, and nothing else knows them.
// Invariant: a header decodes only in the place for which it was encoded: right store, segment, salt and offset.

enum SegmentFormat {
    static let version: UInt32 = 1
    /// Length of a segment's header in bytes; the first record begins here.
    static let headerLength = 64
    /// Length of a record's header in bytes.
    static let recordHeaderLength = 64
    /// Longest stored payload in bytes: the longest chunk, sealed.
    static let payloadLengthMax = ChunkerParameters.maximumMost + DataKey.overhead
    /// Length of a store's UUID in bytes.
    static let storeIdentifierLength = 16
    static let digestLength = 32
}

/// The first 64 bytes of a segment.
struct SegmentHeader: Sendable, Equatable {
    var store: [UInt8]
    var number: Int64
    var salt: UInt64
    var stream: ChunkStream

    private static let magic = Array("CAIRNSEG".utf8)

    func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: SegmentFormat.headerLength)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.copyBytes(from: Self.magic)
            bytes.storeLittle(SegmentFormat.version, at: 8)
            bytes.storeLittle(UInt32(SegmentFormat.headerLength), at: 12)
            UnsafeMutableRawBufferPointer(rebasing: bytes[16..<32]).copyBytes(from: store)
            bytes.storeLittle(number, at: 32)
            bytes.storeLittle(salt, at: 40)
            bytes[48] = stream.code
            bytes.storeLittle(Digest.crc32c(UnsafeRawBufferPointer(rebasing: bytes[..<60])), at: 60)
        }
        return bytes
    }

    /// nil when any of the 64 bytes is not as `encoded` makes it.
    init?(decoding bytes: [UInt8]) {
        guard bytes.count == SegmentFormat.headerLength else { return nil }
        (store, number, salt, stream) = bytes.withUnsafeBytes { bytes in
            (
                Array(bytes[16..<32]), bytes.loadLittle(at: 32), bytes.loadLittle(at: 40),
                ChunkStream(code: bytes[48])
            )
        }
        // One encoding per value: comparing the whole leaves no byte unchecked.
        guard encoded() == bytes else { return nil }
    }

    init(store: [UInt8], number: Int64, salt: UInt64, stream: ChunkStream) {
        self.store = store
        self.number = number
        self.salt = salt
        self.stream = stream
    }

    /// What the CRC of every record of this segment begins with.
    var recordSeed: RecordSeed {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes in
            bytes.storeLittle(number, at: 0)
            bytes.storeLittle(salt, at: 8)
            let code = CyclicCode.crc32c
            return RecordSeed(register: code.update(code.ones, UnsafeRawBufferPointer(bytes)))
        }
    }
}

extension ChunkStream {
    // On disk (docs/FORMAT.md): never renumber.
    fileprivate var code: UInt8 {
        switch self {
        case .small: 1
        case .bulk: 2
        case .cold: 3
        }
    }

    /// What is no code becomes bulk, which encodes as another byte: so its header is refused.
    fileprivate init(code: UInt8) { self = ChunkStream.allCases.first { $0.code == code } ?? .bulk }
}

/// The CRC register after a segment's number and salt.
struct RecordSeed: Sendable, Equatable {
    fileprivate let register: UInt64

    /// The CRC of a record header at `offset`.
    fileprivate func checksum(offset: Int64, _ header: UnsafeRawBufferPointer) -> UInt32 {
        let code = CyclicCode.crc32c
        let register = withUnsafeBytes(of: offset.littleEndian) { code.update(self.register, $0) }
        return UInt32(truncatingIfNeeded: code.update(register, header) ^ code.ones)
    }
}

/// The 64 bytes before a payload.
struct RecordHeader: Sendable, Equatable {
    var kind: ChunkKind
    var id: ChunkID
    var digest: [UInt8]
    /// Length in bytes of what is stored.
    var length: Int
    /// Whether that is sealed, and so ``DataKey/overhead`` longer than what it holds.
    var isSealed: Bool

    private static let magic = UInt32(littleEndian: 0x4B4E_4843)
    private static let sealedFlag: UInt8 = 2

    init(_ record: ChunkRecord) {
        kind = record.kind
        id = record.id
        digest = record.digest
        length = record.bytes.count
        isSealed = record.isSealed
    }

    /// Writes the header for `offset` to `bytes`, which are 64.
    func encode(into bytes: UnsafeMutableRawBufferPointer, seed: RecordSeed, offset: Int64) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.storeLittle(Self.magic, at: 0)
        bytes[4] = kind.rawValue
        bytes[5] = isSealed ? Self.sealedFlag : 0
        bytes.storeLittle(UInt32(length - (isSealed ? DataKey.overhead : 0)), at: 8)
        bytes.storeLittle(UInt32(length), at: 12)
        bytes.storeLittle(id.value, at: 16)
        UnsafeMutableRawBufferPointer(rebasing: bytes[24..<56]).copyBytes(from: digest)
        bytes.storeLittle(seed.checksum(offset: offset, UnsafeRawBufferPointer(rebasing: bytes[..<60])), at: 60)
    }

    /// nil when `bytes`, which are 64, are no header of version 1 for `offset`.
    init?(decoding bytes: UnsafeRawBufferPointer, seed: RecordSeed, offset: Int64) {
        guard bytes.loadLittle(at: 0) as UInt32 == Self.magic else { return nil }
        let checksum: UInt32 = bytes.loadLittle(at: 60)
        guard checksum == seed.checksum(offset: offset, UnsafeRawBufferPointer(rebasing: bytes[..<60])) else {
            return nil
        }
        let length: UInt32 = bytes.loadLittle(at: 8)
        let stored: UInt32 = bytes.loadLittle(at: 12)
        let isSealed = bytes[5] == Self.sealedFlag
        guard let kind = ChunkKind(rawValue: bytes[4]), isSealed || bytes[5] == 0,
            stored <= SegmentFormat.payloadLengthMax,
            Int64(stored) == Int64(length) + (isSealed ? Int64(DataKey.overhead) : 0)
        else { return nil }
        self.kind = kind
        self.isSealed = isSealed
        self.length = Int(stored)
        id = ChunkID(bytes.loadLittle(at: 16))
        digest = Array(bytes[24..<56])
    }
}

extension UnsafeRawBufferPointer {
    func loadLittle<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    func storeLittle<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
        storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
    }
}
