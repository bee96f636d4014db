// Why this file exists: XXH64, one of the checksums of S3 since 2026. Thirty-two bytes a step over four accumulators;
// what does not fill a step waits in a small buffer, so that bytes may come in any pieces.
// Invariant: arithmetic is modulo 2^64 and the bytes are read as little-endian, whatever the machine.
// See: xxHash fast digest algorithm, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

/// The primes of the xxHash family.
enum XXHashPrime {
    static let p32x1: UInt64 = 0x9E37_79B1
    static let p32x2: UInt64 = 0x85EB_CA77
    static let p32x3: UInt64 = 0xC2B2_AE3D
    static let p64x1: UInt64 = 0x9E37_79B1_85EB_CA87
    static let p64x2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    static let p64x3: UInt64 = 0x1656_67B1_9E37_79F9
    static let p64x4: UInt64 = 0x85EB_CA77_C2B2_AE63
    static let p64x5: UInt64 = 0x27D4_EB2F_1656_67C5
    static let mix1: UInt64 = 0x1656_6791_9E37_79F9
    static let mix2: UInt64 = 0x9FB2_1C65_1E98_DF25
}

/// Reading and mixing that the family shares.
enum XXHashStep {
    @inline(__always)
    static func read64(_ bytes: UnsafeRawPointer, _ offset: Int = 0) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    static func read32(_ bytes: UnsafeRawPointer, _ offset: Int = 0) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }

    /// The last step of XXH64, which XXH3 uses for its shortest inputs.
    static func avalanche64(_ value: UInt64) -> UInt64 {
        var value = value
        value ^= value >> 33
        value &*= XXHashPrime.p64x2
        value ^= value >> 29
        value &*= XXHashPrime.p64x3
        return value ^ value >> 32
    }
}

/// XXH64 with the seed 0, piece by piece. One owner at a time.
struct XXHash64: ~Copyable {
    private static let stripe = 32

    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0
    private var total: UInt64 = 0
    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: XXHash64.stripe, alignment: 8)
    private var buffered = 0

    init() { reset() }

    deinit { buffer.deallocate() }

    mutating func reset() {
        first = XXHashPrime.p64x1 &+ XXHashPrime.p64x2
        second = XXHashPrime.p64x2
        third = 0
        fourth = 0 &- XXHashPrime.p64x1
        total = 0
        buffered = 0
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var next = bytes.baseAddress else { return }
        var rest = bytes.count
        total &+= UInt64(rest)
        if buffered > 0 {
            let taken = min(XXHash64.stripe - buffered, rest)
            (buffer + buffered).copyMemory(from: next, byteCount: taken)
            buffered += taken
            next += taken
            rest -= taken
            guard buffered == XXHash64.stripe else { return }
            consume(UnsafeRawPointer(buffer), stripes: 1)
            buffered = 0
        }
        let stripes = rest / XXHash64.stripe
        consume(next, stripes: stripes)
        next += stripes * XXHash64.stripe
        rest -= stripes * XXHash64.stripe
        buffer.copyMemory(from: next, byteCount: rest)
        buffered = rest
    }

    private mutating func consume(_ bytes: UnsafeRawPointer, stripes: Int) {
        // In locals, so that the loop runs in registers.
        var (one, two, three, four) = (first, second, third, fourth)
        var next = bytes
        for _ in 0..<stripes {
            one = XXHash64.round(one, XXHashStep.read64(next))
            two = XXHash64.round(two, XXHashStep.read64(next, 8))
            three = XXHash64.round(three, XXHashStep.read64(next, 16))
            four = XXHash64.round(four, XXHashStep.read64(next, 24))
            next += XXHash64.stripe
        }
        (first, second, third, fourth) = (one, two, three, four)
    }

    /// The digest of all bytes seen.
    func finish() -> UInt64 {
        var value: UInt64
        if total >= UInt64(XXHash64.stripe) {
            value =
                XXHashStep.rotate(first, 1) &+ XXHashStep.rotate(second, 7) &+ XXHashStep.rotate(third, 12)
                &+ XXHashStep.rotate(fourth, 18)
            for lane in [first, second, third, fourth] {
                value = (value ^ XXHash64.round(0, lane)) &* XXHashPrime.p64x1 &+ XXHashPrime.p64x4
            }
        } else {
            value = XXHashPrime.p64x5
        }
        value &+= total
        let bytes = UnsafeRawPointer(buffer)
        var offset = 0
        while buffered - offset >= 8 {
            value ^= XXHash64.round(0, XXHashStep.read64(bytes, offset))
            value = XXHashStep.rotate(value, 27) &* XXHashPrime.p64x1 &+ XXHashPrime.p64x4
            offset += 8
        }
        if buffered - offset >= 4 {
            value ^= UInt64(XXHashStep.read32(bytes, offset)) &* XXHashPrime.p64x1
            value = XXHashStep.rotate(value, 23) &* XXHashPrime.p64x2 &+ XXHashPrime.p64x3
            offset += 4
        }
        while offset < buffered {
            value ^= UInt64(bytes.load(fromByteOffset: offset, as: UInt8.self)) &* XXHashPrime.p64x5
            value = XXHashStep.rotate(value, 11) &* XXHashPrime.p64x1
            offset += 1
        }
        return XXHashStep.avalanche64(value)
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        XXHashStep.rotate(lane &+ input &* XXHashPrime.p64x2, 31) &* XXHashPrime.p64x1
    }
}
