// Why this file exists: what others send is read strictly and given back as it was.
import Testing

@testable import ObjectCore

@Suite struct JSONDocumentTests {
    @Test(
        "what is read is written again, numbers as they were",
        arguments: [
            "null", "true", "[]", "{}", "-0.0", "1e400", "123456789012345678901234567890", #""a\"b\\c""#,
            #"{"b":1,"a":[1.50,{"c":null}]}"#, #""ünïcode""#,
        ])
    func roundTrip(text: String) throws {
        let value = try JSONDocument(Array(text.utf8))
        #expect(String(decoding: value.encoded, as: UTF8.self) == text)
        #expect(try JSONDocument(Array(value.pretty.utf8)) == value)
    }

    @Test("escapes are undone, surrogate pairs too")
    func escapes() throws {
        let value = try JSONDocument(Array(#""\u0041\n\/\ud83d\ude00""#.utf8))
        #expect(value.text == "A\n/😀")
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":}", "01", "1.", "+1", ".5", "1e", "nul", "\"\u{01}\"", "\"\\x\"", "\"\\ud800\"",
            "\"\\ud800\\u0041\"", "\"\\udc00\"", "[1] 2", "{'a':1}", "{\"a\":1,\"a\":2}", "\"\\u+123\"",
        ])
    func refused(text: String) {
        #expect(throws: JSONDocumentError.self) { try JSONDocument(Array(text.utf8)) }
    }

    @Test("depth is bounded")
    func depth() {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try JSONDocument(Array(deep.utf8)) }
        #expect(throws: JSONDocumentError.self) { try JSONDocument(Array("[\(deep)]".utf8)) }
    }

    @Test("bytes that are no UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: JSONDocumentError.self) { try JSONDocument([0x22, 0xFF, 0x22]) }
    }

    @Test("elements of a list come with their bytes")
    func elements() throws {
        let text = Array(" [ {\"a\" : 1.0} ,2 ] ".utf8)
        let found = try JSONDocument.elements(of: text, maximum: 2)
        #expect(found.map { String(decoding: text[$0.range], as: UTF8.self) } == ["{\"a\" : 1.0}", "2"])
        #expect(throws: JSONDocumentError.self) { try JSONDocument.elements(of: text, maximum: 1) }
        #expect(throws: JSONDocumentError.self) { try JSONDocument.elements(of: Array("{}".utf8), maximum: 1) }
    }

    @Test("a caller's own depth counts, and what is wrong has a name for callers with words of their own")
    func kinds() throws {
        func kind(_ text: String, depth: Int = JSONDocument.depthMaximum) -> JSONDocumentError.Kind? {
            do throws(JSONDocumentError) {
                _ = try JSONDocument(Array(text.utf8), depthMaximum: depth)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(kind("[[1]]", depth: 3) == nil)
        #expect(kind("[[1]]", depth: 2) == .tooDeep)
        #expect(kind(#"{"a":1,"a":2}"#) == .duplicate("a"))
        #expect(kind("[1,]") == .malformed)
    }
}
