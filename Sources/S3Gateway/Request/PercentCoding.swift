// Why this file exists: percent-encoding, read and written by S3's rule, which is stricter than RFC 3986: only
// unreserved characters stay as they are. Decoding happens once, on bytes, and refuses what is not well-formed.

/// Percent-encoding of URI parts.
public enum PercentCoding {
    /// Whether `byte` needs no encoding: letters, digits, `-`, `.`, `_`, `~`. See: RFC 3986 section 2.3.
    @inline(__always)
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// The bytes that `text` stands for, or nil when a `%` is not followed by two hexadecimal digits. With
    /// `plusIsSpace`, `+` means a space, as it does in queries.
    public static func decode(_ text: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = text.startIndex
        while position < text.endIndex {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "%"):
                guard text.endIndex - position > 2, let high = hexValue(text[position + 1]),
                    let low = hexValue(text[position + 2])
                else { return nil }
                result.append(high << 4 | low)
                position += 3
            case UInt8(ascii: "+") where plusIsSpace:
                result.append(0x20)
                position += 1
            default:
                result.append(byte)
                position += 1
            }
        }
        return result
    }

    /// Appends `bytes` to `output`, encoded with upper-case digits. With `keepingSlash`, `/` stays as it is, as it
    /// does in paths.
    public static func encode(
        _ bytes: some Sequence<UInt8>, keepingSlash: Bool, into output: inout [UInt8]
    ) {
        for byte in bytes {
            if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(upperDigit(byte >> 4))
                output.append(upperDigit(byte & 15))
            }
        }
    }

    /// `bytes` as encoded text, for instance for `encoding-type=url`.
    public static func encoded(_ bytes: some Sequence<UInt8>, keepingSlash: Bool) -> String {
        var output: [UInt8] = []
        encode(bytes, keepingSlash: keepingSlash, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether `text` is already exactly what ``encode(_:keepingSlash:into:)`` would write for what it stands for.
    static func isCanonical(_ text: ArraySlice<UInt8>, keepingSlash: Bool) -> Bool {
        var position = text.startIndex
        while position < text.endIndex {
            let byte = text[position]
            if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
                position += 1
                continue
            }
            guard byte == UInt8(ascii: "%"), text.endIndex - position > 2,
                let high = upperHexValue(text[position + 1]), let low = upperHexValue(text[position + 2])
            else { return false }
            let decoded = high << 4 | low
            guard !isUnreserved(decoded), !(keepingSlash && decoded == UInt8(ascii: "/")) else { return false }
            position += 3
        }
        return true
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x61...0x66: byte - 0x61 + 10
        default: upperHexValue(byte)
        }
    }

    private static func upperHexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        default: nil
        }
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x41 - 10 + value
    }
}
