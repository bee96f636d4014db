// Why this file exists: hexadecimal without Foundation; ETags, signatures and digests go through here on every
// request.

/// Hexadecimal text.
public enum Hex {
    /// Two lowercase digits per byte.
    @inlinable
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { output in
            var position = 0
            for byte in bytes {
                output[position] = digit(byte >> 4)
                output[position + 1] = digit(byte & 15)
                position += 2
            }
            return position
        }
    }

    /// Two lowercase digits per byte, as ASCII.
    @inlinable
    public static func encodeASCII(_ bytes: some Collection<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count * 2) { output, count in
            for byte in bytes {
                output[count] = digit(byte >> 4)
                output[count + 1] = digit(byte & 15)
                count += 2
            }
        }
    }

    /// The bytes that `text` stands for, or nil when it is not an even number of hexadecimal digits of either case.
    public static func decode(_ text: String) -> [UInt8]? {
        decode(text.utf8)
    }

    /// The bytes that ASCII `text` stands for, or nil when it is not an even number of hexadecimal digits.
    @inlinable
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 2)
        var iterator = text.makeIterator()
        while let first = iterator.next() {
            guard let second = iterator.next(), let high = value(first), let low = value(second) else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }

    @inlinable
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 - 10 + value
    }

    @inlinable
    static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x41...0x46: character - 0x41 + 10
        case 0x61...0x66: character - 0x61 + 10
        default: nil
        }
    }
}
