// Why this file exists: one-shot digests and HMAC against published vectors.
import Testing

@testable import ObjectCore

@Suite struct DigestTests {
    @Test("one-shot digests equal the hasher's")
    func oneShot() {
        let bytes = Array("The quick brown fox jumps over the lazy dog".utf8)
        #expect(Hex.encode(Digest.md5(bytes)) == "9e107d9d372bb6826bd81d3542a419d6")
        #expect(
            Hex.encode(Digest.sha256(bytes)) == "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592")
        #expect(Digest.sha256(bytes[...]) == bytes.withUnsafeBytes { Digest.sha256($0) })
        #expect(bytes.withUnsafeBytes { Digest.crc32c($0) } == 0x2262_0404)
    }

    // RFC 4231 cases 1, 2, 6 (a key longer than a block) and RFC 2202 case 2.
    @Test("HMAC vectors come out")
    func hmac() {
        let twenty = [UInt8](repeating: 0x0B, count: 20)
        #expect(
            Hex.encode(Digest.hmacSHA256(key: twenty, message: Array("Hi There".utf8)))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let question = Array("what do ya want for nothing?".utf8)
        #expect(
            Hex.encode(Digest.hmacSHA256(key: Array("Jefe".utf8), message: question))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            Hex.encode(Digest.hmacSHA1(key: Array("Jefe".utf8), message: question))
                == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        let long = [UInt8](repeating: 0xAA, count: 131)
        #expect(
            Hex.encode(
                Digest.hmacSHA256(
                    key: long, message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        #expect(
            Hex.encode(Digest.hmacSHA256(key: [], message: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("constant-time equality is equality")
    func equality() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
    }
}
