// Why this file exists: a combined checksum must be the checksum of the joined bytes.
import Testing

@testable import ObjectCore

@Suite struct CRCCombineTests {
    private func checksum(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> [UInt8] {
        let hasher = DigestHasher(algorithm)
        hasher.update(bytes)
        return hasher.finalize()
    }

    @Test("combining equals hashing the whole", arguments: [DigestAlgorithm.crc32, .crc32c, .crc64nvme])
    func combine(_ algorithm: DigestAlgorithm) {
        var random = SeededRandom(seed: 3)
        for _ in 0..<100 {
            let first = random.bytes(count: Int.random(in: 0...400, using: &random))
            let second = random.bytes(count: Int.random(in: 0...400, using: &random))
            let combined = CRCCombine.combine(
                algorithm: algorithm, checksum(algorithm, first), checksum(algorithm, second),
                secondLength: Int64(second.count))
            #expect(combined == checksum(algorithm, first + second))
        }
    }

    @Test("lengths beyond any object are no problem")
    func longParts() {
        let some: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let combined = CRCCombine.combine(algorithm: .crc64nvme, some, some, secondLength: .max)
        #expect(combined?.count == 8)
    }

    @Test("what cannot be combined is refused")
    func refused() {
        let some = [UInt8](repeating: 0, count: 32)
        #expect(CRCCombine.combine(algorithm: .sha256, some, some, secondLength: 1) == nil)
        #expect(CRCCombine.combine(algorithm: .crc32, some, some, secondLength: 1) == nil)
        #expect(CRCCombine.combine(algorithm: .crc32, [0, 0, 0, 0], [0, 0, 0, 0], secondLength: -1) == nil)
    }
}
