// Why this file exists: what others send is JSON with anything in it, and it must be kept and given back as it was:
// members stay in order, numbers stay the text they were. CanonicalJSON is the journal's own and knows less.
// Invariants: reading is strict (RFC 8259), of bounded depth, and refuses a name that stands twice in one object, as
// two readers would believe two different values.

/// Any JSON value.
public enum JSONDocument: Sendable, Equatable {
    /// A name and its value, in an object.
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: JSONDocument
        public init(_ name: String, _ value: JSONDocument) {
            self.name = name
            self.value = value
        }
    }

    case null
    case boolean(Bool)
    /// As it was written.
    case number(String)
    case text(String)
    case array([JSONDocument])
    /// In the order in which they were written.
    case object([Member])

    public static func integer(_ value: some BinaryInteger) -> JSONDocument { .number(String(value)) }

    /// An object of members, those without a value left out.
    public static func members(_ members: KeyValuePairs<String, JSONDocument?>) -> JSONDocument {
        .object(members.compactMap { member in member.value.map { Member(member.key, $0) } })
    }

    /// The value of a member; nil when this is no object, has none of that name, or has null there.
    public subscript(_ name: String) -> JSONDocument? {
        guard case .object(let members) = self, let found = members.first(where: { $0.name == name }),
            found.value != .null
        else { return nil }
        return found.value
    }

    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
    public var elements: [JSONDocument]? { if case .array(let values) = self { values } else { nil } }
    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    public var isObject: Bool { members != nil }

    /// Sets or replaces a member of an object; does nothing to other values.
    public mutating func set(_ name: String, _ value: JSONDocument) {
        guard case .object(var members) = self else { return }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value = value
        } else {
            members.append(Member(name, value))
        }
        self = .object(members)
    }
}

// MARK: Writing

extension JSONDocument {
    /// The text of the value, without white space.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: nil)
        return bytes
    }

    /// The text for people: one member on a line, two spaces a level.
    public var pretty: String {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8], indent: Int?) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .text(let text): JSONDocument.write(text, to: &bytes)
        case .array(let values):
            JSONDocument.writeList(values, "[", "]", to: &bytes, indent: indent) { value, bytes, inner in
                value.write(to: &bytes, indent: inner)
            }
        case .object(let members):
            JSONDocument.writeList(members, "{", "}", to: &bytes, indent: indent) { member, bytes, inner in
                JSONDocument.write(member.name, to: &bytes)
                bytes.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                member.value.write(to: &bytes, indent: inner)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], _ open: String, _ close: String, to bytes: inout [UInt8], indent: Int?,
        _ write: (Element, inout [UInt8], Int?) -> Void
    ) {
        bytes.append(contentsOf: open.utf8)
        let inner = indent.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            newLine(inner, to: &bytes)
            write(element, &bytes, inner)
        }
        if !elements.isEmpty { newLine(indent, to: &bytes) }
        bytes.append(contentsOf: close.utf8)
    }

    private static func newLine(_ indent: Int?, to bytes: inout [UInt8]) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [92, byte])
            case 10: bytes.append(contentsOf: "\\n".utf8)
            case 0..<32, 127:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
