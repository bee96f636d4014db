// Why this file exists: how ETags are compared. Clients send them quoted, bare, weak or as a list; the store keeps
// them without quotes. See: RFC 9110 sections 8.8.3 and 13.1.

/// The values of `If-Match` and `If-None-Match`.
enum EntityTags {
    /// How two tags are compared. See: RFC 9110 section 8.8.3.2.
    enum Comparison {
        /// A weak tag matches nothing.
        case strong
        /// The mark of weakness is ignored.
        case weak
    }

    /// Whether the list in `text` has the tag `etag` (without quotes), or is `*`.
    static func matches(_ text: ArraySlice<UInt8>, etag: String, comparison: Comparison) -> Bool {
        var rest = text
        while true {
            rest = rest.drop { $0 == 32 || $0 == 9 || $0 == UInt8(ascii: ",") }
            if rest.isEmpty { return false }
            var isWeak = false
            if rest.starts(with: "W/".utf8) {
                isWeak = true
                rest = rest.dropFirst(2)
            }
            let tag: ArraySlice<UInt8>
            if rest.first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                let end = rest.firstIndex(of: UInt8(ascii: "\"")) ?? rest.endIndex
                tag = rest[..<end]
                rest = rest[end...].dropFirst()
            } else {
                let end = rest.firstIndex { $0 == UInt8(ascii: ",") || $0 == 32 } ?? rest.endIndex
                tag = rest[..<end]
                rest = rest[end...]
                if tag.elementsEqual("*".utf8) { return true }
            }
            if !(isWeak && comparison == .strong), tag.elementsEqual(etag.utf8) { return true }
        }
    }

    /// A single tag without quotes, as write conditions and part lists name one.
    static func unquoted(_ text: String) -> String {
        var tag = text[...]
        while tag.utf8.first == 32 { tag.removeFirst() }
        while tag.utf8.last == 32 { tag.removeLast() }
        if tag.utf8.count >= 2, tag.utf8.first == 34, tag.utf8.last == 34 { tag = tag.dropFirst().dropLast() }
        return String(tag)
    }

    /// The tag as headers and XML show it.
    static func quoted(_ etag: String) -> String { "\"" + etag + "\"" }
}
