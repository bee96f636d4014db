// Why this file exists: published vectors for every algorithm, and the hasher's one invariant: how bytes are split
// never shows.
import Testing

@testable import ObjectCore

@Suite struct DigestHasherTests {
    struct Vector: Sendable {
        let algorithm: DigestAlgorithm
        let text: String
        let digest: String
    }

    // MD5: RFC 1321 A.5. SHA: FIPS 180-4 examples. CRCs: the "check" values of the CRC catalogue and, for CRC-32C,
    // RFC 3720 B.4.
    static let vectors = [
        Vector(algorithm: .md5, text: "", digest: "d41d8cd98f00b204e9800998ecf8427e"),
        Vector(algorithm: .md5, text: "message digest", digest: "f96b697d7cb7938d525a2f31aaf161d0"),
        Vector(algorithm: .sha1, text: "abc", digest: "a9993e364706816aba3e25717850c26c9cd0d89d"),
        Vector(
            algorithm: .sha256, text: "abc",
            digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Vector(
            algorithm: .sha256, text: "",
            digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Vector(
            algorithm: .sha512, text: "abc",
            digest: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
        Vector(algorithm: .crc32, text: "123456789", digest: "cbf43926"),
        Vector(algorithm: .crc32, text: "", digest: "00000000"),
        Vector(algorithm: .crc32c, text: "123456789", digest: "e3069283"),
        Vector(algorithm: .crc32c, text: String(repeating: "\0", count: 32), digest: "8a9136aa"),
        Vector(algorithm: .crc64nvme, text: "123456789", digest: "ae8b14860a799888"),
        Vector(algorithm: .crc64nvme, text: "", digest: "0000000000000000"),
    ]

    @Test("published vectors come out", arguments: vectors)
    func published(_ vector: Vector) {
        let hasher = DigestHasher(vector.algorithm)
        hasher.update(Array(vector.text.utf8))
        #expect(Hex.encode(hasher.finalize()) == vector.digest)
    }

    @Test("zero blocks of the NVMe specification give its CRC-64")
    func nvmeZeros() {
        // See: NVM Command Set Specification, figure "64b CRC test cases": 4 KiB of zeros, then 4 KiB of 0xFF.
        let hasher = DigestHasher(.crc64nvme)
        hasher.update([UInt8](repeating: 0, count: 4096))
        #expect(Hex.encode(hasher.finalize()) == "6482d367eb22b64e")
        hasher.update([UInt8](repeating: 0xFF, count: 4096))
        #expect(Hex.encode(hasher.finalize()) == "c0ddba7302eca3ac")
    }

    @Test("a digest has its announced length", arguments: DigestAlgorithm.allCases)
    func lengths(_ algorithm: DigestAlgorithm) {
        #expect(DigestHasher(algorithm).finalize().count == algorithm.length)
    }

    @Test("random splits equal one update, and finalize and reset start anew", arguments: DigestAlgorithm.allCases)
    func splits(_ algorithm: DigestAlgorithm) {
        var random = SeededRandom(seed: UInt64(algorithm.rawValue))
        let hasher = DigestHasher(algorithm)
        for round in 0..<60 {
            let bytes = random.bytes(count: Int.random(in: 0...(round * 40), using: &random))
            hasher.update(bytes)
            let whole = hasher.finalize()
            var position = 0
            while position < bytes.count {
                let next = Int.random(in: position...min(bytes.count, position + 300), using: &random)
                hasher.update(bytes[position..<next])
                position = next
            }
            #expect(hasher.finalize() == whole, "round \(round), \(bytes.count) bytes")
            hasher.update([1, 2, 3])
            hasher.reset()
            hasher.update(bytes)
            #expect(hasher.finalize() == whole)
        }
    }

    @Test("folding equals the tables at every length and alignment", arguments: [32, 33, 64])
    func folding(_ which: Int) {
        let code = which == 32 ? CyclicCode.crc32 : which == 33 ? .crc32c : .crc64nvme
        var random = SeededRandom(seed: 7)
        let bytes = random.bytes(count: 1200)
        bytes.withUnsafeBytes { bytes in
            for length in 0...600 {
                let slice = UnsafeRawBufferPointer(rebasing: bytes[(length % 17)..<(length % 17 + length)])
                let register = UInt64.random(in: 0...code.ones, using: &random)
                #expect(code.update(register, slice) == code.updateByTables(register, slice), "\(length)")
            }
        }
    }

    @Test("tables equal the definition, bit by bit", arguments: [32, 33, 64])
    func definition(_ which: Int) {
        let code = which == 32 ? CyclicCode.crc32 : which == 33 ? .crc32c : .crc64nvme
        var random = SeededRandom(seed: 8)
        for length in 0..<70 {
            let bytes = random.bytes(count: length)
            var register = code.ones
            for byte in bytes {
                register ^= UInt64(byte)
                for _ in 0..<8 { register = (register >> 1) ^ (register & 1 == 1 ? code.polynomial : 0) }
            }
            #expect(bytes.withUnsafeBytes { code.updateByTables(code.ones, $0) } == register)
        }
    }
}
