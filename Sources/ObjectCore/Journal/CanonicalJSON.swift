// Why this file exists: journal entries are canonical JSON (RFC 8785), so that the same change has the same bytes
// everywhere and third parties can hash it again. Only what entries need is here: objects, arrays, texts, integers,
// booleans.

/// A value that can be written canonically.
public enum CanonicalJSON: Sendable, Equatable {
    case text(String)
    /// Must lie within ±(2^53 − 1): RFC 8785 takes numbers as IEEE doubles.
    case integer(Int64)
    case boolean(Bool)
    case array([CanonicalJSON])
    /// Members in any order; they are sorted when written.
    case object([(String, CanonicalJSON)])

    public static func == (left: CanonicalJSON, right: CanonicalJSON) -> Bool {
        left.encoded() == right.encoded()
    }

    /// The canonical bytes.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(320)
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text): CanonicalJSON.write(text, to: &bytes)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            // RFC 8785 section 3.2.3: sorted by UTF-16 code units.
            let isSorted = zip(members, members.dropFirst()).allSatisfy { CanonicalJSON.precedes($0.0, $1.0) }
            let sorted = isSorted ? members : members.sorted { CanonicalJSON.precedes($0.0, $1.0) }
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                CanonicalJSON.write(member.0, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.1.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// The order of UTF-16 code units, found without making them: it is that of the UTF-8 bytes, but that characters
    /// which need two units (from F0 in UTF-8) stand before those from U+E000 on (EE and EF).
    fileprivate static func precedes(_ left: String, _ right: String) -> Bool {
        for (one, other) in zip(left.utf8, right.utf8) where one != other {
            let isSurrogate = (one >= 0xF0, other >= 0xF0)
            if one >= 0xEE, other >= 0xEE, isSurrogate.0 != isSurrogate.1 { return isSurrogate.0 }
            return one < other
        }
        return left.utf8.count < right.utf8.count
    }

    /// RFC 8785 section 3.2.2.2: only what must be escaped is.
    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            var plain = 0
            for (index, byte) in text.enumerated() where Escape.isNeeded(byte) {
                bytes.append(contentsOf: text[plain..<index])
                Escape.append(byte, to: &bytes)
                plain = index + 1
            }
            bytes.append(contentsOf: text[plain...])
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// The escapes of RFC 8785 section 3.2.2.2.
private enum Escape {
    static func isNeeded(_ byte: UInt8) -> Bool {
        byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// The letter behind the backslash, where a byte has one.
    private static func letter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 8: UInt8(ascii: "b")
        case 9: UInt8(ascii: "t")
        case 10: UInt8(ascii: "n")
        case 12: UInt8(ascii: "f")
        case 13: UInt8(ascii: "r")
        default: nil
        }
    }

    static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        if let letter = letter(byte) {
            bytes.append(letter)
        } else {
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(contentsOf: Hex.encodeASCII(CollectionOfOne(byte)))
        }
    }

    /// The byte that an escape stands for, and how long it is; nil for one that the byte is not written with.
    static func read(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> (byte: UInt8, length: Int)? {
        let start = text.startIndex
        guard text.count >= 2, text[start] == UInt8(ascii: "\\") else { return nil }
        if text[start + 1] != UInt8(ascii: "u") {
            let named: [UInt8] = [34, 92, 8, 9, 10, 12, 13]
            return named.first { letter($0) == text[start + 1] }.map { ($0, 2) }
        }
        guard text.count >= 6, text[(start + 2)..<(start + 4)].elementsEqual("00".utf8),
            let byte = Hex.decode(text[(start + 4)..<(start + 6)])?.first, byte < 32, letter(byte) == nil,
            Hex.encodeASCII(CollectionOfOne(byte)).elementsEqual(text[(start + 4)..<(start + 6)])
        else { return nil }
        return (byte, 6)
    }
}

// MARK: Reading

extension CanonicalJSON {
    /// Reads what ``encoded()`` writes; nil for anything else, so that a text that was changed in any way but its
    /// values is not read either.
    public init?(_ bytes: [UInt8]) {
        let value = bytes.withUnsafeBufferPointer { bytes -> CanonicalJSON? in
            var reader = CanonicalReader(bytes: bytes)
            guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
            return value
        }
        guard let value else { return nil }
        self = value
    }

    /// The member of that name, of an object.
    public subscript(_ name: String) -> CanonicalJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.0 == name }?.1
    }

    /// The text, when it is one.
    public var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    /// The number, when it is one.
    public var integer: Int64? {
        if case .integer(let value) = self { return value }
        return nil
    }
}

/// Reads canonical JSON and nothing else: what is read is written as the very same bytes.
private struct CanonicalReader {
    private static let depthMaximum = 16

    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count,
            word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) })
        else { return false }
        position = end
        return true
    }

    mutating func value(depth: Int) -> CanonicalJSON? {
        guard depth < CanonicalReader.depthMaximum, position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "\""): return string().map { .text($0) }
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "t"): return take("true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .boolean(false) : nil
        default: return number()
        }
    }

    /// No zeros before a number, and no zero with a sign.
    private mutating func number() -> CanonicalJSON? {
        let isNegative = take(UInt8(ascii: "-"))
        let start = position
        var value: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(bytes[position] - 0x30)
            let (sum, excess) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !overflow, !excess else { return nil }
            value = sum
            position += 1
        }
        guard position > start, bytes[start] != 0x30 || (position == start + 1 && !isNegative) else { return nil }
        return .integer(value)
    }

    private mutating func array(depth: Int) -> CanonicalJSON? {
        position += 1
        var values: [CanonicalJSON] = []
        if take(UInt8(ascii: "]")) { return .array(values) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .array(values) : nil
    }

    /// Members stand in the order in which they are written.
    private mutating func object(depth: Int) -> CanonicalJSON? {
        position += 1
        var members: [(String, CanonicalJSON)] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        members.reserveCapacity(16)
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else { return nil }
            if let last = members.last, CanonicalJSON.precedes(name, last.0) { return nil }
            members.append((name, value))
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.count, !Escape.isNeeded(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        // Most texts have nothing to escape.
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(validating: bytes[start..<position], as: UTF8.self)
        }
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return String(validating: text, as: UTF8.self)
            }
            if Escape.isNeeded(byte) {
                guard let escape = Escape.read(bytes[position...]) else { return nil }
                text.append(escape.byte)
                position += escape.length
            } else {
                text.append(byte)
                position += 1
            }
        }
        return nil
    }
}
