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

    @Test("what is written is read again, and is equal")
    func roundTrip() throws {
        let value = CanonicalJSON.object([
            ("a", .text("plain")), ("b", .text("\u{0}\u{8}\t\n\u{c}\r\"\\/\u{1f}\u{7f}é\u{1f600}")),
            ("c", .array([.integer(.min), .integer(.max), .integer(0), .boolean(true), .array([]), .object([])])),
            ("\u{1f600}", .integer(-1)), ("\u{fb33}", .boolean(false)),
        ])
        let bytes = value.encoded()
        let read = try #require(CanonicalJSON(bytes))
        #expect(read.encoded() == bytes)
        #expect(read["a"]?.text == "plain")
        #expect(read["c"]?.encoded() == value["c"]?.encoded())
    }

    @Test(
        "what is not canonical is not read",
        arguments: [
            "", " {}", "{} ", #"{"b":1,"a":2}"#, "{\"\u{fb33}\":1,\"\u{1f600}\":2}", "01", "-0", "-", "00", "+1",
            "1.0", "1e3", "9223372036854775808", "-9223372036854775809", #""\/""#, #""\u0041""#, #""\u000a""#,
            #""\u001F""#, #""\u1f""#, "\"\t\"", "\"", #""\""#, "[1,]", "[1 ]", "[", #"{"a"}"#, #"{"a":1"#, "tru",
            "null", "{}{}",
        ])
    func refused(text: String) { #expect(CanonicalJSON(Array(text.utf8)) == nil) }

    @Test("bytes that are no UTF-8 are not read")
    func encoding() {
        #expect(CanonicalJSON([34, 0xff, 34]) == nil)
        #expect(CanonicalJSON([34, 92, 110, 0xc3, 34]) == nil)
    }

    @Test("of a hundred thousand damaged texts none is read as something that is written otherwise")
    func damage() {
        let text = #"{"a":[0,-5,12,"x\"\\\n\u0001é😀"],"b":{"c":true,"d":"\t"},"e":false,"f":[[],{}]}"#
        let alphabet = Array(#"{}[]",:\tfnu0123456789-aceé😀"#.utf8)
        var random = SeededRandom(seed: 20_261_124)
        var read = 0
        for _ in 0..<100_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                default: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
                }
            }
            guard let value = CanonicalJSON(bytes) else { continue }
            read += 1
            #expect(value.encoded() == bytes)
        }
        // Some damage only changes a value.
        #expect(read > 1000)
    }

    @Test("the identity of a run is read as it is written, in either case, and nothing else is")
    func runs() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057"
        #expect(RunID(text)?.description == text)
        #expect(RunID(text.uppercased())?.description == text)
        #expect(RunID(text)?.high == 0x0189_0a5d_ac96_774b)
        #expect(RunID(text)?.low == 0xbcce_b302_099a_8057)
        let joined = String(text.filter { $0 != "-" })
        for wrong in ["", joined, text + "0", "g" + text.dropFirst(), joined + "----"] { #expect(RunID(wrong) == nil) }
    }
}
