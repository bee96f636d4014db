// Why this file exists: XXH3 of up to 240 bytes, which has a form of its own for each of six ranges of lengths.
// See: xxHash fast digest algorithm, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, the chapters on
// small and medium inputs. The seed is 0 and left out.

enum XXHash3Short {
    /// The longest content that is digested here, in bytes.
    static let lengthMaximum = 240

    // MARK: Mixing

    static func avalanche(_ value: UInt64) -> UInt64 {
        let mixed = (value ^ value >> 37) &* XXHashPrime.mix1
        return mixed ^ mixed >> 32
    }

    /// The halves of the product, xored.
    @inline(__always)
    static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.low ^ product.high
    }

    /// 16 bytes of content with 16 bytes of the secret.
    private static func mix(_ bytes: UnsafeRawPointer, _ offset: Int, secret: Int) -> UInt64 {
        folded(
            XXHashStep.read64(bytes, offset) ^ XXHash3Secret.word(secret),
            XXHashStep.read64(bytes, offset + 8) ^ XXHash3Secret.word(secret + 8))
    }

    private static func sum(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        XXHashStep.read64(bytes, offset) &+ XXHashStep.read64(bytes, offset + 8)
    }

    /// 1 to 3 bytes and their number, in one word.
    private static func combined(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let count = bytes.count
        return UInt32(bytes[count - 1]) | UInt32(count) << 8 | UInt32(bytes[0]) << 16
            | UInt32(bytes[count >> 1]) << 24
    }

    // MARK: 64 bits

    static func hash64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            return XXHashStep.avalanche64(XXHash3Secret.word(56) ^ XXHash3Secret.word(64))
        }
        let count = bytes.count
        switch count {
        case 1...3:
            let secret = XXHashStep.read32(XXHash3Secret.bytes) ^ XXHashStep.read32(XXHash3Secret.bytes, 4)
            return XXHashStep.avalanche64(UInt64(secret) ^ UInt64(combined(bytes)))
        case 4...8:
            let words = UInt64(XXHashStep.read32(base, count - 4)) | UInt64(XXHashStep.read32(base)) << 32
            var value = XXHash3Secret.word(8) ^ XXHash3Secret.word(16) ^ words
            value ^= XXHashStep.rotate(value, 49) ^ XXHashStep.rotate(value, 24)
            value &*= XXHashPrime.mix2
            value ^= (value >> 35) &+ UInt64(count)
            value &*= XXHashPrime.mix2
            return value ^ value >> 28
        case 9...16:
            let low = XXHash3Secret.word(24) ^ XXHash3Secret.word(32) ^ XXHashStep.read64(base)
            let high = XXHash3Secret.word(40) ^ XXHash3Secret.word(48) ^ XXHashStep.read64(base, count - 8)
            return avalanche(UInt64(count) &+ low.byteSwapped &+ high &+ folded(low, high))
        case 17...128: return medium64(base, count)
        default: return long64(base, count)
        }
    }

    private static func medium64(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var value = UInt64(count) &* XXHashPrime.p64x1
        for index in 0...(count - 1) >> 5 {
            value &+= mix(bytes, index * 16, secret: index * 32)
            value &+= mix(bytes, count - index * 16 - 16, secret: index * 32 + 16)
        }
        return avalanche(value)
    }

    private static func long64(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var value = UInt64(count) &* XXHashPrime.p64x1
        for index in 0..<8 { value &+= mix(bytes, index * 16, secret: index * 16) }
        value = avalanche(value)
        for index in 8..<count >> 4 { value &+= mix(bytes, index * 16, secret: (index - 8) * 16 + 3) }
        return avalanche(value &+ mix(bytes, count - 16, secret: 119))
    }

    // MARK: 128 bits

    static func hash128(_ bytes: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            return (
                high: XXHashStep.avalanche64(XXHash3Secret.word(80) ^ XXHash3Secret.word(88)),
                low: XXHashStep.avalanche64(XXHash3Secret.word(64) ^ XXHash3Secret.word(72))
            )
        }
        switch bytes.count {
        case 1...3:
            let secret = XXHash3Secret.bytes
            let value = combined(bytes)
            let swapped = value.byteSwapped
            let low = XXHashStep.read32(secret) ^ XXHashStep.read32(secret, 4) ^ value
            let high =
                XXHashStep.read32(secret, 8) ^ XXHashStep.read32(secret, 12) ^ (swapped << 13 | swapped >> 19)
            return (high: XXHashStep.avalanche64(UInt64(high)), low: XXHashStep.avalanche64(UInt64(low)))
        case 4...8: return four128(base, bytes.count)
        case 9...16: return nine128(base, bytes.count)
        default: return Pair(base, bytes.count).digest
        }
    }

    private static func four128(_ bytes: UnsafeRawPointer, _ count: Int) -> (high: UInt64, low: UInt64) {
        let words = UInt64(XXHashStep.read32(bytes)) | UInt64(XXHashStep.read32(bytes, count - 4)) << 32
        let value = XXHash3Secret.word(16) ^ XXHash3Secret.word(24) ^ words
        let product = value.multipliedFullWidth(by: XXHashPrime.p64x1 &+ UInt64(count) << 2)
        let high = product.high &+ product.low << 1
        var low = product.low ^ high >> 3
        low ^= low >> 35
        low &*= XXHashPrime.mix2
        low ^= low >> 28
        return (high: avalanche(high), low: low)
    }

    private static func nine128(_ bytes: UnsafeRawPointer, _ count: Int) -> (high: UInt64, low: UInt64) {
        let first = XXHashStep.read64(bytes)
        let last = XXHashStep.read64(bytes, count - 8)
        let one = XXHash3Secret.word(32) ^ XXHash3Secret.word(40) ^ first ^ last
        let two = XXHash3Secret.word(48) ^ XXHash3Secret.word(56) ^ last
        let product = one.multipliedFullWidth(by: XXHashPrime.p64x1)
        let high = product.high &+ two &+ (two & 0xFFFF_FFFF) &* (XXHashPrime.p32x2 - 1)
        let low = (product.low &+ UInt64(count - 1) << 54) ^ high.byteSwapped
        let second = low.multipliedFullWidth(by: XXHashPrime.p64x2)
        return (high: avalanche(second.high &+ high &* XXHashPrime.p64x2), low: avalanche(second.low))
    }

    /// The two accumulators for 17 to 240 bytes.
    private struct Pair {
        private var low: UInt64
        private var high: UInt64 = 0
        private let count: Int

        init(_ bytes: UnsafeRawPointer, _ count: Int) {
            self.count = count
            low = UInt64(count) &* XXHashPrime.p64x1
            guard count > 128 else {
                for index in (0...(count - 1) >> 5).reversed() {
                    take(bytes, index * 16, count - index * 16 - 16, secret: index * 32)
                }
                return
            }
            for index in 0..<4 { take(bytes, index * 32, index * 32 + 16, secret: index * 32) }
            low = XXHash3Short.avalanche(low)
            high = XXHash3Short.avalanche(high)
            for index in 4..<count >> 5 {
                take(bytes, index * 32, index * 32 + 16, secret: (index - 4) * 32 + 3)
            }
            take(bytes, count - 16, count - 32, secret: 103)
        }

        private mutating func take(_ bytes: UnsafeRawPointer, _ first: Int, _ second: Int, secret: Int) {
            low &+= mix(bytes, first, secret: secret)
            high &+= mix(bytes, second, secret: secret + 16)
            low ^= sum(bytes, second)
            high ^= sum(bytes, first)
        }

        var digest: (high: UInt64, low: UInt64) {
            let mixed = low &* XXHashPrime.p64x1 &+ high &* XXHashPrime.p64x4 &+ UInt64(count) &* XXHashPrime.p64x2
            return (high: 0 &- XXHash3Short.avalanche(mixed), low: XXHash3Short.avalanche(low &+ high))
        }
    }
}
