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

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf16.lexicographicallyPrecedes(right.utf16)
    }

    /// RFC 8785 section 3.2.2.2: only what must be escaped is.
    private static func write(_ text: String, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes.append(contentsOf: [92, 34])
            case UInt8(ascii: "\\"): bytes.append(contentsOf: [92, 92])
            case 8: bytes.append(contentsOf: [92, UInt8(ascii: "b")])
            case 9: bytes.append(contentsOf: [92, UInt8(ascii: "t")])
            case 10: bytes.append(contentsOf: [92, UInt8(ascii: "n")])
            case 12: bytes.append(contentsOf: [92, UInt8(ascii: "f")])
            case 13: bytes.append(contentsOf: [92, UInt8(ascii: "r")])
            case 0..<32:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

// MARK: Reading

extension CanonicalJSON {
    /// Reads what ``encoded()`` writes; nil for anything else, so that a text that was changed in any way but its
    /// values is not read either.
    public init?(_ bytes: [UInt8]) {
        var reader = CanonicalReader(bytes: bytes)
        guard let value = reader.value(depth: 0), reader.isAtEnd, value.encoded() == bytes else { return nil }
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

/// Reads canonical JSON; what is not canonical is found by writing the result again.
private struct CanonicalReader {
    private static let depthMaximum = 16

    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

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

    private mutating func number() -> CanonicalJSON? {
        let start = position
        while position < bytes.count, bytes[position] == 0x2d || (0x30...0x39).contains(bytes[position]) {
            position += 1
        }
        return Int64(String(decoding: bytes[start..<position], as: UTF8.self)).map { .integer($0) }
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

    private mutating func object(depth: Int) -> CanonicalJSON? {
        position += 1
        var members: [(String, CanonicalJSON)] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            guard position < bytes.count, let name = string(), take(UInt8(ascii: ":")),
                let value = value(depth: depth + 1)
            else { return nil }
            members.append((name, value))
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard position < bytes.count, let escaped = escape() else { return nil }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> UInt8? {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "u"):
            // Only control characters are written so.
            guard position + 4 <= bytes.count else { return nil }
            defer { position += 4 }
            return UInt8(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        default: return nil
        }
    }
}
