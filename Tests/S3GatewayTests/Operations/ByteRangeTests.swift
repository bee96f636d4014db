// Why this file exists: ranges are where clients differ most, so each form has its line.
import Testing

@testable import S3Gateway

@Suite struct ByteRangeTests {
    @Test(
        "a range gives these bytes",
        arguments: [
            ("bytes=0-4", 11, 0..<5), ("bytes=4-", 11, 4..<11), ("bytes=-7", 11, 4..<11), ("bytes=0-100", 11, 0..<11),
            ("bytes=-100", 11, 0..<11), ("bytes=10-10", 11, 10..<11), ("Bytes = 1-2", 11, 1..<3),
            ("bytes=0-99999999999999999999", 11, 0..<11),
        ] as [(String, Int64, Range<Int64>)])
    func satisfiable(_ text: String, _ size: Int64, _ bytes: Range<Int64>) {
        #expect(ByteRange(text.utf8)?.resolve(size: size) == .bytes(bytes))
    }

    @Test(
        "a range that names no byte is unsatisfiable",
        arguments: [
            ("bytes=11-", 11), ("bytes=40-50", 11), ("bytes=-0", 11), ("bytes=0-0", 0), ("bytes=-1", 0),
            ("bytes=99999999999999999999-", 11),
        ] as [(String, Int64)])
    func unsatisfiable(_ text: String, _ size: Int64) {
        #expect(ByteRange(text.utf8)?.resolve(size: size) == .unsatisfiable)
    }

    @Test(
        "what is no single range is ignored",
        arguments: [
            "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=0-1x",
            "bytes=1 -2", "bytes=--1",
        ])
    func ignored(_ text: String) {
        #expect(ByteRange(text.utf8) == nil)
    }
}
