// Why this file exists: what is compressed in pieces must open again, also where a piece gives more than one step of output.
import ObjectCore
import Testing

@Suite struct GzipStreamTests {
    @Test("what was written comes back", arguments: [0, 1, 1000, 300_000, 1 << 20])
    func roundTrip(_ length: Int) throws {
        var random = SeededRandom(seed: UInt64(length))
        let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
        let stream = GzipStream()
        var packed: [UInt8] = []
        var start = 0
        while start < length {
            let end = min(length, start + 200_000)
            packed += stream.write(Array(bytes[start..<end]))
            start = end
        }
        packed += stream.finish()
        #expect(try Gunzip.open(packed, maximum: length) == bytes)
    }

    @Test("text gets smaller")
    func smaller() {
        let stream = GzipStream()
        let packed = stream.write([UInt8](repeating: 65, count: 100_000)) + stream.finish()
        #expect(packed.count < 1000)
    }
}
