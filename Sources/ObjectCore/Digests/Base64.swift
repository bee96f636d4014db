// Why this file exists: Base64 without Foundation, and stricter: each byte string has exactly one accepted text, so a
// checksum header cannot be spelled in two ways.

/// Base64 with the standard alphabet and padding. See: RFC 4648 section 4.
public enum Base64 {
    /// The text of `bytes`, padded.
    public static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
            var position = 0
            var index = 0
            while index < bytes.count {
                let available = min(3, bytes.count - index)
                var group = UInt32(bytes[index]) << 16
                if available > 1 { group |= UInt32(bytes[index + 1]) << 8 }
                if available > 2 { group |= UInt32(bytes[index + 2]) }
                for place in 0..<4 {
                    let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place)) & 63
                    output[position + place] = place <= available ? character(sextet) : padding
                }
                position += 4
                index += 3
            }
            return position
        }
    }

    /// The bytes of `text`, or nil when it is not canonical: wrong length, other characters, missing padding or bits
    /// left over that are not zero.
    public static func decode(_ text: String) -> [UInt8]? {
        decode(text.utf8)
    }

    /// The bytes of ASCII `text`, or nil when it is not canonical.
    @inlinable
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var filled = 0
        var paddings = 0
        for letter in text {
            if letter == padding {
                // At most two, only at the end of the last group.
                guard filled >= 2 else { return nil }
                paddings += 1
                group <<= 6
            } else {
                guard paddings == 0, let sextet = value(letter) else { return nil }
                group = group << 6 | UInt32(sextet)
            }
            filled += 1
            guard filled == 4 else { continue }
            guard group & ((1 << UInt32(8 * paddings)) - 1) == 0 else { return nil }
            for place in 0..<(3 - paddings) {
                result.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place)))
            }
            filled = 0
            group = 0
        }
        return result
    }

    @inlinable
    static var padding: UInt8 { 0x3D }

    @inlinable
    static func character(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: 0x41 + sextet
        case 26..<52: 0x61 - 26 + sextet
        case 52..<62: sextet - 52 + 0x30
        case 62: 0x2B
        default: 0x2F
        }
    }

    @inlinable
    static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character - 0x41
        case 0x61...0x7A: character - 0x61 + 26
        case 0x30...0x39: character - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
