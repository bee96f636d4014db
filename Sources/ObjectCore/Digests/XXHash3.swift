// Why this file exists: XXH3 in its 64 and 128 bit forms, checksums of S3 since 2026, for content of any length that
// comes in any pieces. Up to 240 bytes are a matter of their own (XXHash3Short); longer content goes through eight
// accumulators in blocks of 1,024 bytes.
// Invariant: the last block is never consumed before the end is known, because the last 64 bytes of the content are
// taken once more with another part of the secret.
// See: xxHash fast digest algorithm, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

/// The 192 bytes that XXH3 mixes with its input when no other secret is given.
enum XXHash3Secret {
    static let length = 192

    // Made once, never changed and never freed, hence safe to share.
    nonisolated(unsafe) static let bytes: UnsafeRawPointer = {
        let words: [UInt64] = [
            0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c, 0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072,
            0x78e5_c0cc_4ee6_79cb, 0x2172_ffcc_7dd0_5a82, 0x8e24_43f7_7446_08b8, 0x4c26_3a81_e690_35e0,
            0xcb00_c391_bb52_283c, 0xa32e_531b_8b65_d088, 0x4ef9_0da2_9748_6471, 0xd8ac_dea9_46ef_1938,
            0x3f34_9ce3_3f76_faa8, 0x1d4f_0bc7_c7bb_dcf9, 0x3159_b4cd_4be0_518a, 0x6473_78d9_c97e_9fc8,
            0xc3eb_d334_83ac_c5ea, 0xeb63_13fa_ffa0_81c5, 0x49da_f0b7_51dd_0d17, 0x9e68_d429_2655_16d3,
            0xfca1_477d_58be_162b, 0xce31_d07a_d1b8_f88f, 0x2804_1695_8f3a_cb45, 0x7e40_4bbb_cafb_d7af,
        ]
        let memory = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 16)
        for (index, word) in words.enumerated() {
            memory.storeBytes(of: word.littleEndian, toByteOffset: index * 8, as: UInt64.self)
        }
        return UnsafeRawPointer(memory)
    }()

    @inline(__always)
    static func word(_ offset: Int) -> UInt64 { XXHashStep.read64(bytes, offset) }
}

/// The eight accumulators, in pairs as vector units like them.
private struct XXHash3Lanes {
    var ab = SIMD2<UInt64>(XXHashPrime.p32x3, XXHashPrime.p64x1)
    var cd = SIMD2<UInt64>(XXHashPrime.p64x2, XXHashPrime.p64x3)
    var ef = SIMD2<UInt64>(XXHashPrime.p64x4, XXHashPrime.p32x2)
    var gh = SIMD2<UInt64>(XXHashPrime.p64x5, XXHashPrime.p32x1)

    @inline(__always)
    private static func pair(_ bytes: UnsafeRawPointer, _ offset: Int) -> SIMD2<UInt64> {
        SIMD2(XXHashStep.read64(bytes, offset), XXHashStep.read64(bytes, offset + 8))
    }

    @inline(__always)
    private static func mixed(
        _ lanes: SIMD2<UInt64>, _ stripe: UnsafeRawPointer, _ secret: UnsafeRawPointer, _ offset: Int
    ) -> SIMD2<UInt64> {
        let data = pair(stripe, offset)
        let value = data ^ pair(secret, offset)
        let product = (value & SIMD2(repeating: 0xFFFF_FFFF)) &* (value &>> SIMD2(repeating: 32))
        return lanes &+ SIMD2(data.y, data.x) &+ product
    }

    /// Takes in 64 bytes.
    @inline(__always)
    mutating func accumulate(_ stripe: UnsafeRawPointer, _ secret: UnsafeRawPointer) {
        ab = Self.mixed(ab, stripe, secret, 0)
        cd = Self.mixed(cd, stripe, secret, 16)
        ef = Self.mixed(ef, stripe, secret, 32)
        gh = Self.mixed(gh, stripe, secret, 48)
    }

    @inline(__always)
    private static func scrambled(
        _ lanes: SIMD2<UInt64>, _ secret: UnsafeRawPointer, _ offset: Int
    ) -> SIMD2<UInt64> {
        let value = lanes ^ (lanes &>> SIMD2(repeating: 47)) ^ pair(secret, offset)
        return value &* SIMD2(repeating: XXHashPrime.p32x1)
    }

    @inline(__always)
    mutating func scramble(_ secret: UnsafeRawPointer) {
        ab = Self.scrambled(ab, secret, 0)
        cd = Self.scrambled(cd, secret, 16)
        ef = Self.scrambled(ef, secret, 32)
        gh = Self.scrambled(gh, secret, 48)
    }

    /// 64 bits of the accumulators.
    func merged(_ start: UInt64, secretOffset: Int) -> UInt64 {
        var result = start
        for (index, lanes) in [ab, cd, ef, gh].enumerated() {
            let secret = Self.pair(XXHash3Secret.bytes, secretOffset + index * 16)
            result &+= XXHash3Short.folded(lanes.x ^ secret.x, lanes.y ^ secret.y)
        }
        return XXHash3Short.avalanche(result)
    }
}

/// XXH3 with the seed 0 and the default secret, piece by piece. One owner at a time.
struct XXHash3: ~Copyable {
    private static let stripe = 64
    private static let block = 1024

    private var lanes = XXHash3Lanes()
    private var total: UInt64 = 0
    /// The last stripe that was consumed, and behind it what is not consumed yet.
    private let storage = UnsafeMutableRawPointer.allocate(
        byteCount: XXHash3.stripe + XXHash3.block, alignment: 16)
    private var buffered = 0

    deinit { storage.deallocate() }

    private var buffer: UnsafeMutableRawPointer { storage + XXHash3.stripe }

    mutating func reset() {
        lanes = XXHash3Lanes()
        total = 0
        buffered = 0
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var next = bytes.baseAddress else { return }
        var rest = bytes.count
        total &+= UInt64(rest)
        if buffered + rest > XXHash3.block {
            if buffered > 0 {
                let taken = XXHash3.block - buffered
                (buffer + buffered).copyMemory(from: next, byteCount: taken)
                next += taken
                rest -= taken
                consume(UnsafeRawPointer(buffer), blocks: 1)
                buffered = 0
            }
            let blocks = (rest - 1) / XXHash3.block
            consume(next, blocks: blocks)
            next += blocks * XXHash3.block
            rest -= blocks * XXHash3.block
        }
        (buffer + buffered).copyMemory(from: next, byteCount: rest)
        buffered += rest
    }

    private mutating func consume(_ bytes: UnsafeRawPointer, blocks: Int) {
        guard blocks > 0 else { return }
        let secret = XXHash3Secret.bytes
        // In a local, so that the loop runs in registers.
        var running = lanes
        var next = bytes
        for _ in 0..<blocks {
            for index in 0..<XXHash3.block / XXHash3.stripe {
                running.accumulate(next + index * XXHash3.stripe, secret + index * 8)
            }
            running.scramble(secret + XXHash3Secret.length - XXHash3.stripe)
            next += XXHash3.block
        }
        lanes = running
        storage.copyMemory(from: next - XXHash3.stripe, byteCount: XXHash3.stripe)
    }

    /// The accumulators at the end of content of more than 240 bytes.
    private func ended() -> XXHash3Lanes {
        var running = lanes
        let secret = XXHash3Secret.bytes
        for index in 0..<(buffered - 1) / XXHash3.stripe {
            running.accumulate(buffer + index * XXHash3.stripe, secret + index * 8)
        }
        // It begins in the last consumed stripe when fewer than 64 bytes are left.
        running.accumulate(buffer + buffered - XXHash3.stripe, secret + XXHash3Secret.length - 71)
        return running
    }

    /// The digest of 64 bits of all bytes seen.
    func finish64() -> UInt64 {
        guard total > UInt64(XXHash3Short.lengthMaximum) else {
            return XXHash3Short.hash64(UnsafeRawBufferPointer(start: buffer, count: buffered))
        }
        return ended().merged(total &* XXHashPrime.p64x1, secretOffset: 11)
    }

    /// The digest of 128 bits of all bytes seen.
    func finish128() -> (high: UInt64, low: UInt64) {
        guard total > UInt64(XXHash3Short.lengthMaximum) else {
            return XXHash3Short.hash128(UnsafeRawBufferPointer(start: buffer, count: buffered))
        }
        let running = ended()
        return (
            high: running.merged(~(total &* XXHashPrime.p64x2), secretOffset: XXHash3Secret.length - 75),
            low: running.merged(total &* XXHashPrime.p64x1, secretOffset: 11)
        )
    }
}
