// Why this file exists: the character classes of RFC 9110 as bit sets in registers, because the parser asks for
// one per byte of every request.

/// Classes of bytes in an HTTP head.
enum ByteClass {
    static let carriageReturn: UInt8 = 13
    static let lineFeed: UInt8 = 10
    static let space: UInt8 = 32
    static let tab: UInt8 = 9

    /// `tchar`: a byte of a method or a field name. See: RFC 9110 section 5.6.2.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        // One bit per byte value: 0-63 in the first word, 64-127 in the second.
        let word: UInt64 = byte < 64 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
        return byte < 128 && (word >> UInt64(byte & 63)) & 1 == 1
    }

    /// A byte that may stand in a field value: visible, space, tab, or above ASCII (`obs-text`).
    /// See: RFC 9110 section 5.5.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { (byte >= 32 && byte != 127) || byte == tab }

    /// A byte that may stand in a request target. Raw bytes above ASCII are let through, as clients send them
    /// unencoded; space, controls and `#` (a fragment is never sent) are not. See: RFC 9112 section 3.2.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool { byte > 32 && byte != 127 && byte != UInt8(ascii: "#") }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    /// ASCII lower case; other bytes are left as they are.
    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 32 : byte }

    /// A byte of `Host`: of a registered name, an address literal, or a port. See: RFC 3986 section 3.2.2.
    static func isHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: ","),
            UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            return false
        default:
            return byte > 32 && byte < 127
        }
    }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 48 }
        let letter = lowered(byte)
        return letter >= 97 && letter <= 102 ? letter &- 87 : nil
    }

    /// Whether the bytes are `text`, which must be given in lower case, in any case.
    static func equal(_ bytes: some Collection<UInt8>, ignoringCase text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            zip(bytes, wanted).allSatisfy { lowered($0) == $1 }
        }
    }
}
