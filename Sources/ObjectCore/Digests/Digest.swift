// Why this file exists: digests of bytes that lie in memory whole, as one call each. They reuse a context of the
// calling thread, so that a SHA-256 of a small object costs little more than its rounds.

/// One-shot digests and message authentication codes.
public enum Digest {
    /// SHA-256: 32 bytes.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(.sha256, bytes) }
    /// SHA-256: 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { hash(.sha256, $0) } }
    /// SHA-256: 32 bytes.
    public static func sha256(_ bytes: ArraySlice<UInt8>) -> [UInt8] { bytes.withUnsafeBytes { hash(.sha256, $0) } }
    /// SHA-256 of a byte and what follows it: 32 bytes.
    static func sha256(_ prefix: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        MessageDigestContext.withThreadContext { context in
            context.start(.sha256)
            withUnsafeBytes(of: prefix) { context.update($0) }
            bytes.withUnsafeBytes { context.update($0) }
            return finish(context, .sha256)
        }
    }
    /// MD5: 16 bytes. For ETags and Content-MD5 only; it proves nothing against an attacker.
    public static func md5(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { hash(.md5, bytes) }
    /// MD5: 16 bytes. For ETags and Content-MD5 only; it proves nothing against an attacker.
    public static func md5(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { hash(.md5, $0) } }

    /// CRC-32C of `bytes` as a number, for headers on disk.
    public static func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let code = CyclicCode.crc32c
        return UInt32(truncatingIfNeeded: code.update(code.ones, bytes) ^ code.ones)
    }

    /// HMAC-SHA-256: 32 bytes. See: RFC 2104.
    public static func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        hmac(.sha256, key: key, message: message)
    }

    /// HMAC-SHA-1: 20 bytes, for signature version 2. See: RFC 2104.
    public static func hmacSHA1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        hmac(.sha1, key: key, message: message)
    }

    private static func hash(_ algorithm: MessageDigestAlgorithm, _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        MessageDigestContext.withThreadContext { context in
            context.start(algorithm)
            context.update(bytes)
            return finish(context, algorithm)
        }
    }

    private static func finish(
        _ context: borrowing MessageDigestContext, _ algorithm: MessageDigestAlgorithm
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.digestLength) { buffer, count in
            context.finish(into: UnsafeMutableRawBufferPointer(buffer))
            count = algorithm.digestLength
        }
    }

    // By hand, because EVP_MAC costs a fetch, a parameter list and an allocation for what is two hashes.
    private static func hmac(_ algorithm: MessageDigestAlgorithm, key: [UInt8], message: [UInt8]) -> [UInt8] {
        let key = key.count > algorithm.blockLength ? key.withUnsafeBytes { hash(algorithm, $0) } : key
        return withUnsafeTemporaryAllocation(
            byteCount: MessageDigestAlgorithm.blockLengthMax + MessageDigestAlgorithm.digestLengthMax, alignment: 8
        ) { scratch in
            let pad = UnsafeMutableRawBufferPointer(rebasing: scratch[..<algorithm.blockLength])
            let inner = UnsafeMutableRawBufferPointer(
                rebasing: scratch[algorithm.blockLength..<(algorithm.blockLength + algorithm.digestLength)])
            defer { ConstantTime.wipe(scratch) }
            for index in pad.indices { pad[index] = (index < key.count ? key[index] : 0) ^ 0x36 }
            return MessageDigestContext.withThreadContext { context in
                context.start(algorithm)
                context.update(UnsafeRawBufferPointer(pad))
                message.withUnsafeBytes { context.update($0) }
                context.finish(into: inner)
                // 0x36 becomes 0x5C.
                for index in pad.indices { pad[index] ^= 0x36 ^ 0x5C }
                context.start(algorithm)
                context.update(UnsafeRawBufferPointer(pad))
                context.update(UnsafeRawBufferPointer(inner))
                return finish(context, algorithm)
            }
        }
    }
}
