// Why this file exists: what others send is read strictly and given back as it was.
import ObjectCore
import Testing

@testable import Lineage

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
}

@Suite struct EventTimeTests {
    @Test(
        "RFC 3339 is read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2020-12-28T19:52:00.001+10:00", 1_609_149_120_001),
            ("2020-12-28T09:52:00.0019Z", 1_609_149_120_001), ("2020-12-28t09:52:00z", 1_609_149_120_000),
            ("2020-12-28T09:52:00", 1_609_149_120_000), ("2024-02-29T00:00:00-01:30", 1_709_170_200_000),
        ])
    func read(text: String, milliseconds: Int64) {
        #expect(EventTime.parse(text)?.milliseconds == milliseconds)
    }

    @Test(
        "anything else is not", arguments: ["", "now", "2020-13-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00Zx"])
    func refused(text: String) { #expect(EventTime.parse(text) == nil) }

    @Test("what is written is read again", arguments: [0, 1, 951_782_400_000, 1_609_149_120_001, 253_402_300_799_999])
    func roundTrip(milliseconds: Int64) throws {
        let time = try #require(EventTime.parse(EventTime.text(.init(milliseconds: milliseconds))))
        #expect(time.milliseconds == milliseconds)
    }
}
