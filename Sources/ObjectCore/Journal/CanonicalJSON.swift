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
