// Why this file exists: journal entries must have the bytes that RFC 8785 says, or third parties hash others.
import Testing

@testable import ObjectCore

@Suite("CanonicalJSON")
struct CanonicalJSONTests {
    private func text(_ value: CanonicalJSON) -> String { String(decoding: value.encoded(), as: UTF8.self) }

    @Test("members are sorted by UTF-16 code units, as in RFC 8785 section 3.2.3")
    func order() {
        let names = ["\u{20ac}", "\r", "\u{fb33}", "1", "\u{1f600}", "\u{80}", "\u{f6}"]
        let value = CanonicalJSON.object(names.map { ($0, .boolean(true)) })
        let expected = ["\\r", "1", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1f600}", "\u{fb33}"]
        #expect(text(value) == "{" + expected.map { "\"\($0)\":true" }.joined(separator: ",") + "}")
    }

    @Test("only what must be escaped is")
    func escapes() {
        #expect(text(.text("\u{8}\t\n\u{c}\r\"\\/\u{1f}\u{7f}é")) == #""\b\t\n\f\r\"\\/\u001f"# + "\u{7f}é\"")
    }

    @Test("integers and lists are written plainly")
    func plain() {
        #expect(
            text(.array([.integer(0), .integer(-5), .integer(9_007_199_254_740_991), .boolean(false)]))
                == "[0,-5,9007199254740991,false]")
    }
}
