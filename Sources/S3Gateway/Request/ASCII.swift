// Why this file exists: the few operations on ASCII bytes that header and query names need, without Strings.

enum ASCII {
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// Only ASCII letters change: Unicode's rule would make names equal that signatures tell apart.
    static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map(lowercased), as: UTF8.self)
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The bytes without white space around them.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes = bytes.dropFirst() }
        while let last = bytes.last, isSpace(last) { bytes = bytes.dropLast() }
        return bytes
    }

    /// White space as signers strip it: space, tab, line feed, vertical tab, form feed, carriage return.
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 9 && byte <= 13) }

    static func hasPrefix(_ bytes: ArraySlice<UInt8>, _ prefix: StaticString) -> Bool {
        guard bytes.count >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { bytes.prefix($0.count).elementsEqual($0) }
    }

    static func equal(_ bytes: ArraySlice<UInt8>, _ text: StaticString) -> Bool {
        bytes.count == text.utf8CodeUnitCount && hasPrefix(bytes, text)
    }

    /// `1*DIGIT` as a number; nil when there is anything else or it does not fit.
    static func decimal(_ bytes: some Collection<UInt8>) -> Int64? {
        guard !bytes.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard isDigit(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int64(byte - 0x30))
            guard !overflow, !overflow2 else { return nil }
            value = sum
        }
        return value
    }
}

extension ASCII {
    static func hasPrefix(_ text: StaticString, _ prefix: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            prefix.withUTF8Buffer { text.count >= $0.count && text.prefix($0.count).elementsEqual($0) }
        }
    }

    static func equal(_ left: StaticString, _ right: StaticString) -> Bool {
        left.utf8CodeUnitCount == right.utf8CodeUnitCount && hasPrefix(left, right)
    }

    /// Whether `text` is `wanted` (given in lower case) in any case of its ASCII letters.
    static func equalIgnoringCase(_ text: String, _ wanted: StaticString) -> Bool {
        let bytes = text.utf8
        guard bytes.count == wanted.utf8CodeUnitCount else { return false }
        return wanted.withUTF8Buffer { bytes.lazy.map(lowercased).elementsEqual($0) }
    }
}
