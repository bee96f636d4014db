// Why this file exists: a policy is read by rules that are stricter than JSON's own. A name that occurs twice would let
// two readers see two policies, so it is refused, as AWS refuses it; so is everything that RFC 8259 leaves to the reader.
// Invariants: the reader never goes deeper than ``PolicyJSON/depthMax``; its work grows with the text only.

/// A JSON value of a policy.
indirect enum PolicyJSON: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        let name: String
        let value: PolicyJSON
    }

    case object([Member])
    case array([PolicyJSON])
    case string(String)
    /// As it was written.
    case number(String)
    case bool(Bool)
    case null

    /// How deep objects and lists may lie in each other; a policy needs six.
    static let depthMax = 16

    static let notJSON = PolicyError("Policies must be valid JSON and the first byte must be '{'")

    /// Reads a whole document, which is an object.
    static func read(_ bytes: [UInt8]) throws(PolicyError) -> PolicyJSON {
        guard bytes.first == UInt8(ascii: "{") else { throw notJSON }
        var reader = PolicyJSONReader(bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.isAtEnd else { throw notJSON }
        return value
    }

    /// A string, or a number or truth value as it is written: conditions take any of them.
    var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .object, .array, .null: nil
        }
    }
}

private struct PolicyJSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(PolicyError) {
        guard take(byte) else { throw PolicyJSON.notJSON }
    }

    mutating func value(depth: Int) throws(PolicyError) -> PolicyJSON {
        guard depth <= PolicyJSON.depthMax else { throw PolicyError("The policy is nested too deeply.") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(PolicyError) -> PolicyJSON {
        position += 1
        var members: [PolicyJSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw PolicyJSON.notJSON }
            let name = try string()
            guard names.insert(name).inserted else {
                throw PolicyError("Policy contains the duplicate key \"\(name.shortened)\"")
            }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            members.append(PolicyJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            try expect(UInt8(ascii: ","))
        }
    }

    private mutating func array(depth: Int) throws(PolicyError) -> PolicyJSON {
        position += 1
        var elements: [PolicyJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            try expect(UInt8(ascii: ","))
        }
    }

    private mutating func word(_ text: StaticString, _ value: PolicyJSON) throws(PolicyError) -> PolicyJSON {
        guard ASCII.hasPrefix(bytes[position...], text) else { throw PolicyJSON.notJSON }
        position += text.utf8CodeUnitCount
        return value
    }

    // See: RFC 8259 section 6.
    private mutating func number() throws(PolicyError) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(PolicyError) {
        let start = position
        while let byte = next, ASCII.isDigit(byte) { position += 1 }
        guard position > start else { throw PolicyJSON.notJSON }
    }

    // See: RFC 8259 section 7.
    private mutating func string() throws(PolicyError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let valid = String(validating: text, as: UTF8.self) else { throw PolicyJSON.notJSON }
                return valid
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw PolicyJSON.notJSON
            default: text.append(byte)
            }
        }
        throw PolicyJSON.notJSON
    }

    private mutating func escape(into text: inout [UInt8]) throws(PolicyError) {
        guard let byte = next else { throw PolicyJSON.notJSON }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: try codePoint().utf8)
        default: throw PolicyJSON.notJSON
        }
    }

    private mutating func codePoint() throws(PolicyError) -> String {
        let unit = try hexadecimal()
        guard (0xD800...0xDBFF).contains(unit) else {
            // A trailing surrogate alone is no character.
            guard let scalar = Unicode.Scalar(unit) else { throw PolicyJSON.notJSON }
            return String(Character(scalar))
        }
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let trailing = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(trailing),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (trailing - 0xDC00))
        else { throw PolicyJSON.notJSON }
        return String(Character(scalar))
    }

    private mutating func hexadecimal() throws(PolicyError) -> UInt32 {
        guard bytes.count - position >= 4 else { throw PolicyJSON.notJSON }
        var value: UInt32 = 0
        for byte in bytes[position..<(position + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw PolicyJSON.notJSON }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}

extension String {
    /// As much of a client's text as a message repeats.
    var shortened: String { utf8.count <= 200 ? self : String(prefix(100)) + "…" }
}
