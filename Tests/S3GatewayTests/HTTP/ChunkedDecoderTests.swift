// Why this file exists: the chunked coding on good bodies cut anywhere, and on hostile framing.
import Testing

@testable import S3Gateway

@Suite struct ChunkedDecoderTests {
    private enum Outcome: Equatable {
        case body(String, unused: Int)
        case needsInput
        case malformed
    }

    /// Decodes input that arrives in pieces ending at `ends`; of each offer at most `bite` bytes are taken.
    private func decode(_ text: String, ends: [Int] = [], bite: Int = .max) -> Outcome {
        let bytes = Array(text.utf8)
        var decoder = ChunkedDecoder(limits: RequestLimits())
        var body: [UInt8] = []
        var used = 0
        for end in ends + [bytes.count] {
            piece: while true {
                let (consumed, next) = bytes[used..<max(used, end)].withUnsafeBytes { decoder.advance(over: $0) }
                used += consumed
                switch next {
                case .needsInput: break piece
                case .malformed: return .malformed
                case .finished: return .body(String(decoding: body, as: UTF8.self), unused: bytes.count - used)
                case .data(let available):
                    let count = min(Int(min(available, Int64(Int.max))), max(0, end - used), bite)
                    if count == 0 { break piece }
                    body += bytes[used..<(used + count)]
                    used += count
                    decoder.took(count)
                }
            }
        }
        return .needsInput
    }

    private static let goodBodies: [(text: String, body: String, unused: Int)] = [
        ("0\r\n\r\n", "", 0), ("5\r\nhello\r\n0\r\n\r\n", "hello", 0),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET", "hello world", 3),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0),
        ("A;x=\"y z\"\r\n0123456789\r\n000;z\r\n\r\n", "0123456789", 0),
        ("00000005\r\nhello\r\n0\r\n\r\n", "hello", 0), ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", 0),
        ("1\r\na\r\n0\r\nX-Sum: abc\r\nOther:\r\n\r\n", "a", 0),
    ]

    @Test("good bodies are decoded and not a byte more", arguments: goodBodies)
    func good(text: String, body: String, unused: Int) {
        #expect(decode(text) == .body(body, unused: unused))
    }

    @Test("bodies mean the same however they are cut into pieces", arguments: 0..<60)
    func pieces(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        for vector in Self.goodBodies {
            let count = vector.text.utf8.count
            let ends = (0..<Int.random(in: 1...9, using: &random)).map { _ in Int.random(in: 0...count, using: &random)
            }
            let bite = Int.random(in: 1...4, using: &random)
            guard case .body(let body, _) = decode(vector.text, ends: ends.sorted(), bite: bite) else {
                Issue.record("seed \(seed), cuts \(ends): \(vector.text)")
                continue
            }
            #expect(body == vector.body)
        }
    }

    @Test(
        "broken framing is refused",
        arguments: [
            "\r\n", "x\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\t;a\r\nhello\r\n", "+5\r\nhello\r\n",
            "-5\r\nhello\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "5\r\rhello\r\n", "5\r\nhello\n0\r\n\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\rX0\r\n\r\n", "3\r\nhello\r\n0\r\n\r\n", ";a\r\nhello\r\n",
            "5;a\nhello\r\n0\r\n\r\n", "5;a\0\r\nhello\r\n", "5;a\r\r\nhello\r\n", "0\r\n\n", "0\n\r\n",
            "8000000000000000\r\n", "ffffffffffffffff\r\n", "00000000000000005\r\nhello\r\n", "10000000000000005\r\n",
            "0\r\n bad: fold\r\n\r\n", "0\r\nbad name: v\r\n\r\n", "0\r\nname : v\r\n\r\n", "0\r\n: v\r\n\r\n",
            "0\r\nname\r\n\r\n", "0\r\nname: v\n\r\n", "0\r\nname: v\rx\r\n\r\n", "0\r\nname: \0\r\n\r\n",
            "5\r\nhello\r\n\r\n", "5,5\r\nhello\r\n", "5\u{0b}\r\nhello\r\n", "g\r\n",
        ])
    func malformed(text: String) {
        #expect(decode(text) == .malformed)
    }

    @Test("sizes up to 63 bits are understood")
    func largestSize() {
        var decoder = ChunkedDecoder(limits: RequestLimits())
        let (_, next) = Array("7fffffffffffffff\r\n".utf8).withUnsafeBytes { decoder.advance(over: $0) }
        #expect(next == .data(.max))
    }

    @Test("extensions and trailers are limited over the whole body")
    func limits() {
        let extended = "1;" + String(repeating: "e", count: 9_000) + "\r\na\r\n"
        #expect(decode(extended + "0\r\n\r\n") == .body("a", unused: 0))
        #expect(decode(extended + extended) == .malformed)
        let trailer = "T: " + String(repeating: "t", count: 4_000) + "\r\n"
        #expect(decode("0\r\n\(trailer)\(trailer)\r\n") == .body("", unused: 0))
        #expect(decode("0\r\n\(trailer)\(trailer)\(trailer)\r\n") == .malformed)
    }

    @Test("an unfinished body asks for more", arguments: ["", "5", "5\r\n", "5\r\nhel", "5\r\nhello\r\n0\r\n"])
    func unfinished(text: String) {
        #expect(decode(text) == .needsInput)
    }
}
