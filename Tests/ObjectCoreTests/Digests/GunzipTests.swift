// Why this file exists: what clients compress is opened, and never becomes more than was allowed.
import Testing

@testable import ObjectCore

@Suite struct GunzipTests {
    /// `hello` and `hello hello`, by gzip -9n.
    private static let hello: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
        0xa6,
        0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
    ]

    @Test("a member is opened, and several after each other")
    func opened() throws {
        #expect(try Gunzip.open(Self.hello, maximum: 5) == Array("hello".utf8))
        #expect(try Gunzip.open(Self.hello + Self.hello, maximum: 10) == Array("hellohello".utf8))
    }

    @Test("more than the maximum is refused")
    func tooLong() {
        #expect(throws: Gunzip.Failure.tooLong) { try Gunzip.open(Self.hello, maximum: 4) }
    }

    @Test("what is cut, changed or no gzip is refused")
    func malformed() {
        #expect(throws: Gunzip.Failure.malformed) { try Gunzip.open([], maximum: 10) }
        #expect(throws: Gunzip.Failure.malformed) { try Gunzip.open(Array("plain".utf8), maximum: 10) }
        #expect(throws: Gunzip.Failure.malformed) { try Gunzip.open(Array(Self.hello.dropLast()), maximum: 10) }
        var changed = Self.hello
        changed[18] ^= 1
        #expect(throws: Gunzip.Failure.malformed) { try Gunzip.open(changed, maximum: 10) }
        #expect(throws: Gunzip.Failure.malformed) { try Gunzip.open(Self.hello + [1, 2, 3], maximum: 10) }
    }
}
