// Why this file exists: the one reader of JSON that others wrote, be it an event, a request or a policy: strict, bounded,
// and exact about where a text is wrong. What the journal wrote itself has a reader of its own (CanonicalJSON): it takes
// one spelling of each value only, millions of times in an audit, and so knows neither white space nor numbers but
// integers.

/// Why a text is no JSON value.
public struct JSONDocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller may have words of its own for.
    public enum Kind: Sendable, Equatable {
        case malformed
        case tooDeep
        /// The name that stands twice in an object.
        case duplicate(String)
    }

    /// Where in the text, in bytes from 0.
    public var offset: Int
    public var problem: String
    public var kind: Kind

    public init(offset: Int, problem: String, kind: Kind = .malformed) {
        self.offset = offset
        self.problem = problem
        self.kind = kind
    }

    public var description: String { "\(problem), at byte \(offset)" }
}

extension JSONDocument {
    /// Values nest at most so deep, unless told otherwise.
    public static let depthMaximum = 64

    /// Reads one value that fills the whole text.
    /// - Parameters:
    ///   - bytes: the text, in UTF-8.
    ///   - depthMaximum: how many values may lie in each other, the outermost included.
    public init(_ bytes: [UInt8], depthMaximum: Int = depthMaximum) throws(JSONDocumentError) {
        var reader = JSONDocumentReader(bytes: bytes, depthMaximum: depthMaximum)
        self = try reader.document()
    }
}

extension JSONDocument {
    /// The elements of a text that is one list, and where each stands in it: what others sent is kept as they wrote it.
    public static func elements(
        of bytes: [UInt8], maximum: Int
    ) throws(JSONDocumentError) -> [(value: JSONDocument, range: Range<Int>)] {
        var reader = JSONDocumentReader(bytes: bytes, depthMaximum: depthMaximum)
        return try reader.elements(maximum: maximum)
    }
}

private struct JSONDocumentReader {
    let bytes: [UInt8]
    private let depthMaximum: Int
    private var position = 0

    init(bytes: [UInt8], depthMaximum: Int) {
        self.bytes = bytes
        self.depthMaximum = depthMaximum
    }

    mutating func document() throws(JSONDocumentError) -> JSONDocument {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("there is more after the value") }
        return value
    }

    mutating func elements(maximum: Int) throws(JSONDocumentError) -> [(value: JSONDocument, range: Range<Int>)] {
        var found: [(value: JSONDocument, range: Range<Int>)] = []
        skipSpace()
        guard take(UInt8(ascii: "[")) else { throw error("a list is due") }
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                guard found.count < maximum else { throw error("the list has more than \(maximum) elements") }
                let start = position
                let value = try value(depth: 1)
                found.append((value, start..<position))
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw error("a list is not closed") }
        }
        skipSpace()
        guard position == bytes.count else { throw error("there is more after the value") }
        return found
    }

    private func error(_ problem: String, _ kind: JSONDocumentError.Kind = .malformed) -> JSONDocumentError {
        JSONDocumentError(offset: position, problem: problem, kind: kind)
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONDocumentError) -> JSONDocument {
        guard depth < depthMaximum else { throw error("values nest deeper than \(depthMaximum)", .tooDeep) }
        guard position < bytes.count else { throw error("the text ends where a value is due") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONDocument) throws(JSONDocumentError) -> JSONDocument {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count, text.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) }) else {
            throw error("an unknown word")
        }
        position = end
        return value
    }

    private mutating func array(depth: Int) throws(JSONDocumentError) -> JSONDocument {
        position += 1
        var values: [JSONDocument] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(values) }
        repeat {
            skipSpace()
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("a list is not closed") }
        return .array(values)
    }

    private mutating func object(depth: Int) throws(JSONDocumentError) -> JSONDocument {
        position += 1
        var members: [JSONDocument.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw error("the name of a member is due")
            }
            let name = try string()
            guard names.insert(name).inserted else {
                throw error("the name \"\(name.prefix(64))\" stands twice", .duplicate(name))
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon is due") }
            skipSpace()
            members.append(JSONDocument.Member(name, try value(depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("an object is not closed") }
        return .object(members)
    }

    /// See: RFC 8259 section 6.
    private mutating func number() throws(JSONDocumentError) -> JSONDocument {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { guard digits() else { throw error("no value begins so") } }
        if take(UInt8(ascii: ".")) { guard digits() else { throw error("a digit is due") } }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() else { throw error("a digit is due") }
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits() -> Bool {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position > start
    }

    private mutating func string() throws(JSONDocumentError) -> String {
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let run = position
            while position < bytes.count, bytes[position] >= 0x20, bytes[position] != 0x22, bytes[position] != 0x5C {
                position += 1
            }
            text.append(contentsOf: bytes[run..<position])
            guard position < bytes.count else { break }
            switch bytes[position] {
            case 0x22:
                position += 1
                guard let valid = String(validating: text, as: UTF8.self) else { throw error("a text is not UTF-8") }
                return valid
            case 0x5C:
                position += 1
                try escape(into: &text)
            default: throw error("a control character stands in a text")
            }
        }
        throw error("a text is not closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONDocumentError) {
        guard position < bytes.count else { throw error("a text is not closed") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if (0xD800..<0xDC00).contains(code) {
                guard take(0x5C), take(UInt8(ascii: "u")) else { throw error("half of a surrogate pair") }
                let low = try codeUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
            text.append(contentsOf: Character(scalar).utf8)
        default: throw error("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(JSONDocumentError) -> UInt32 {
        let end = position + 4
        guard end <= bytes.count, bytes[position..<end].allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
            let value = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits are due") }
        position = end
        return value
    }
}
