// Why this file exists: what a token or a provider says is a JSON object from somebody else. It is read by the strict reader,
// where a name that occurs twice is an error: two readers of one token must not see two tokens.
import ObjectCore

/// A JSON object and typed looks at its members.
struct TokenClaims: Sendable {
    /// The deepest claim that is looked at lies far above this.
    private static let depthMaximum = 16

    private let members: [String: JSONDocument]

    /// Nil when `bytes` are no JSON object.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDocument(bytes, depthMaximum: TokenClaims.depthMaximum) else { return nil }
        self.init(value)
    }

    /// Nil when `value` is no object.
    init?(_ value: JSONDocument) {
        guard case .object(let list) = value else { return nil }
        members = Dictionary(list.map { ($0.name, $0.value) }) { first, _ in first }
    }

    subscript(_ name: String) -> JSONDocument? { members[name] }

    func has(_ name: String) -> Bool { members[name] != nil }

    /// Names of all members.
    var names: some Collection<String> { members.keys }

    /// A text that is not empty.
    func text(_ name: String) -> String? {
        guard case .text(let text) = members[name], !text.isEmpty else { return nil }
        return text
    }

    /// A text or a list of texts; nil for anything else.
    func texts(_ name: String) -> [String]? {
        switch members[name] {
        case .text(let text): return [text]
        case .array(let values):
            let texts = values.compactMap { value -> String? in
                if case .text(let text) = value { text } else { nil }
            }
            return texts.count == values.count ? texts : nil
        default: return nil
        }
    }

    /// A list of objects; nil for anything else.
    func objects(_ name: String) -> [TokenClaims]? {
        guard case .array(let values) = members[name] else { return nil }
        return values.compactMap { TokenClaims($0) }
    }

    /// A moment, in seconds since 1970; nil when it is absent or none.
    /// See: RFC 7519 section 2, NumericDate.
    func moment(_ name: String) -> Int64? {
        guard case .number(let text) = members[name], let number = PolicyCondition.number(text),
            (0...253_402_300_799).contains(number)
        else { return nil }
        return Int64(number)
    }
}

/// Base64 as tokens write it. See: RFC 7515 section 2.
enum Base64URL {
    /// The bytes of `text`, or nil when it is not canonical.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var standard: [UInt8] = []
        standard.reserveCapacity(text.count + 3)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: standard.append(byte)
            }
        }
        while standard.count % 4 != 0 { standard.append(UInt8(ascii: "=")) }
        return Base64.decode(standard)
    }
}
