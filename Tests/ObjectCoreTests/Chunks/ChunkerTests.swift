// Why this file exists: cuts that depend on anything but content would silently end deduplication.
import Testing

@testable import ObjectCore

@Suite struct ChunkerTests {
    /// Cuts `bytes`, fed in pieces of the lengths that `nextLength` gives.
    private func cuts(
        _ bytes: [UInt8], _ parameters: ChunkerParameters, nextLength: () -> Int = { .max }
    ) -> [Int] {
        var chunker = Chunker(parameters)
        var result: [Int] = []
        bytes.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count {
                let end = min(bytes.count, position &+ min(nextLength(), bytes.count))
                while let cut = chunker.nextCut(in: UnsafeRawBufferPointer(rebasing: bytes[position..<end])) {
                    position += cut
                    result.append(position)
                }
                position = end
            }
        }
        if chunker.pendingLength > 0 { result.append(bytes.count) }
        return result
    }

    private let small = try! ChunkerParameters(minimum: 64, average: 256, maximum: 1024)

    @Test("a naive reading of docs/FORMAT.md gives the same cuts")
    func reference() {
        var random = SeededRandom(seed: 1)
        let bytes = random.bytes(count: 200_000)
        var expected: [Int] = []
        var start = 0
        var fingerprint: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            let length = index - start + 1
            if length <= 64 { continue }
            fingerprint = fingerprint &* 2 &+ Chunker.gear[Int(byte)]
            let bits = length <= 256 ? 10 : 6
            if fingerprint >> UInt64(64 - bits) == 0 || length == 1024 {
                expected.append(index + 1)
                start = index + 1
                fingerprint = 0
            }
        }
        if start < bytes.count { expected.append(bytes.count) }
        #expect(cuts(bytes, small) == expected)
    }

    @Test("how the bytes are split into buffers never shows", arguments: [UInt64](0..<20))
    func splits(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = random.bytes(count: 100_000)
        let whole = cuts(bytes, small)
        #expect(cuts(bytes, small) { Int.random(in: 0...2000, using: &random) } == whole)
        #expect(cuts(bytes, small) { 1 } == whole)
    }

    @Test("chunks keep their bounds, and random content its average")
    func bounds() {
        var random = SeededRandom(seed: 2)
        let bytes = random.bytes(count: 48 << 20)
        let cuts = cuts(bytes, .standard)
        let lengths = zip(cuts, [0] + cuts).map { $0 - $1 }
        #expect(lengths.dropLast().allSatisfy { 65_536 < $0 && $0 <= 1_048_576 })
        let average = bytes.count / lengths.count
        #expect((200_000...360_000).contains(average), "\(average)")
    }

    @Test("content without any cut is cut at the maximum")
    func constant() {
        let cuts = cuts([UInt8](repeating: 0, count: 2500), small)
        #expect(cuts == [1024, 2048, 2500])
    }

    @Test("one byte in front changes under 2 % of the chunks of 64 MiB")
    func insertion() {
        var random = SeededRandom(seed: 3)
        let bytes = random.bytes(count: 64 << 20)
        func digests(_ bytes: [UInt8]) -> [[UInt8]] {
            let cuts = cuts(bytes, .standard)
            return zip([0] + cuts, cuts).map { Digest.sha256(bytes[$0..<$1]) }
        }
        let before = Set(digests(bytes))
        let after = digests([7] + bytes)
        let changed = after.filter { !before.contains($0) }.count
        #expect(Double(changed) < 0.02 * Double(after.count), "\(changed) of \(after.count)")
    }

    @Test("an empty buffer changes nothing")
    func empty() {
        var chunker = Chunker(small)
        #expect(chunker.nextCut(in: UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
        #expect(chunker.pendingLength == 0)
    }

    @Test(
        "impossible lengths are refused",
        arguments: [
            (63, 256, 1024), (256, 256, 1024), (64, 1024, 1024), (64, 300, 1024), (64, 256, 1 << 40), (-1, 0, 1),
        ])
    func parameters(_ minimum: Int, _ average: Int, _ maximum: Int) {
        #expect(throws: StoreError.self) {
            try ChunkerParameters(minimum: minimum, average: average, maximum: maximum)
        }
    }
}
