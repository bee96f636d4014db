// Why this file exists: the three CRCs of S3 are one algorithm with different polynomials. This is that algorithm:
// tables for any machine (sixteen bytes a step) and carry-less multiplication where the processor has it.
// Invariant: both ways give the same register for the same bytes, however the bytes are split.
private import CSystem

/// A reflected CRC of at most 64 bits whose register starts as all ones and ends inverted.
struct CyclicCode: Sendable {
    /// Width of the register in bits.
    let width: Int
    /// The polynomial without its leading term, reflected.
    let polynomial: UInt64
    /// Sixteen tables of 256 entries: entry `k * 256 + b` is byte `b` followed by `k` zero bytes.
    // Allocated once per process, never changed after init and never freed, hence safe to share.
    nonisolated(unsafe) private let tables: UnsafePointer<UInt64>
    /// x^575, x^511, x^191, x^127 modulo the polynomial, as `cairn_crc_fold` wants them.
    private let foldingConstants: InlineArray<4, UInt64>

    /// IEEE 802.3. See: RFC 1952 section 8.
    static let crc32 = CyclicCode(width: 32, polynomial: 0xEDB8_8320)
    /// Castagnoli. See: RFC 3720 appendix B.4.
    static let crc32c = CyclicCode(width: 32, polynomial: 0x82F6_3B78)
    /// See: NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4, "64b CRC".
    static let crc64nvme = CyclicCode(width: 64, polynomial: 0x9A6C_9329_AC4B_C9B5)

    static let hasCarrylessMultiply = cairn_has_carryless_multiply() != 0

    /// Below this many bytes the tables are as fast as folding.
    private static let foldingMinimum = 128

    private init(width: Int, polynomial: UInt64) {
        self.width = width
        self.polynomial = polynomial
        let tables = UnsafeMutablePointer<UInt64>.allocate(capacity: 16 * 256)
        for byte in 0..<256 {
            var register = UInt64(byte)
            for _ in 0..<8 { register = Self.timesX(register, polynomial) }
            tables[byte] = register
        }
        for index in 256..<(16 * 256) {
            let previous = tables[index - 256]
            tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
        }
        self.tables = UnsafePointer(tables)

        func constant(_ exponent: Int) -> UInt64 {
            var power: UInt64 = 1 << (width - 1)
            for _ in 0..<exponent { power = Self.timesX(power, polynomial) }
            return power << (64 - width)
        }
        foldingConstants = [constant(64 + 512 - 1), constant(512 - 1), constant(64 + 128 - 1), constant(128 - 1)]
    }

    /// The register before the first byte, and what the register is xored with after the last.
    var ones: UInt64 { UInt64.max >> (64 - width) }

    /// The register after `bytes`.
    func update(_ register: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard Self.hasCarrylessMultiply, bytes.count >= Self.foldingMinimum, let base = bytes.baseAddress else {
            return updateByTables(register, bytes)
        }
        let count = bytes.count & ~15
        var folded: InlineArray<2, UInt64> = [0, 0]
        var constants = foldingConstants
        var state: UInt64 = 0
        withUnsafeMutableBytes(of: &folded) { folded in
            withUnsafeMutableBytes(of: &constants) { constants in
                cairn_crc_fold(base, count, register, constants.baseAddress, folded.baseAddress)
            }
            state = updateByTables(0, UnsafeRawBufferPointer(folded))
        }
        return updateByTables(state, UnsafeRawBufferPointer(rebasing: bytes[count...]))
    }

    /// The register after `bytes`, without special instructions.
    func updateByTables(_ register: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var register = register
        var offset = 0
        while bytes.count - offset >= 16 {
            var low = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ register
            var high = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            register = 0
            var table = 15 * 256
            for _ in 0..<8 {
                register ^= tables[table + Int(low & 0xFF)] ^ tables[table - 8 * 256 + Int(high & 0xFF)]
                low >>= 8
                high >>= 8
                table -= 256
            }
            offset += 16
        }
        while offset < bytes.count {
            register = (register >> 8) ^ tables[Int(UInt8(truncatingIfNeeded: register) ^ bytes[offset])]
            offset += 1
        }
        return register
    }

    /// The product of two reflected residues.
    func multiply(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var product: UInt64 = 0
        var left = left
        var right = right
        // The top bit of `left` is its constant term: take terms in rising order while `right` is raised with them.
        let top: UInt64 = 1 << (width - 1)
        while left != 0 {
            if left & top != 0 { product ^= right }
            left = (left << 1) & ones
            right = Self.timesX(right, polynomial)
        }
        return product
    }

    /// x^(8 * `count`): what a run of `count` zero bytes multiplies the register by.
    func power(ofBytes count: UInt64) -> UInt64 {
        var result: UInt64 = 1 << (width - 1)
        var square: UInt64 = result
        for _ in 0..<8 { square = Self.timesX(square, polynomial) }
        var remaining = count
        while remaining != 0 {
            if remaining & 1 != 0 { result = multiply(result, square) }
            square = multiply(square, square)
            remaining >>= 1
        }
        return result
    }

    private static func timesX(_ register: UInt64, _ polynomial: UInt64) -> UInt64 {
        (register >> 1) ^ (register & 1 == 0 ? 0 : polynomial)
    }
}
