// Why this file exists: ETags come quoted, bare, weak and in lists.
import Testing

@testable import S3Gateway

@Suite struct EntityTagsTests {
    @Test(
        "a tag is found in these",
        arguments: [
            "\"abc\"", "abc", "*", "\"x\", \"abc\"", "x,abc", "\"abc\",\"y\"", " \"abc\" ",
        ])
    func found(_ text: String) {
        #expect(EntityTags.matches(Array(text.utf8)[...], etag: "abc", comparison: .strong))
    }

    @Test("a tag is not found in these", arguments: ["", "\"ab\"", "\"abcd\"", "\"*\"", ",,", "\"a,bc\""])
    func missed(_ text: String) {
        #expect(!EntityTags.matches(Array(text.utf8)[...], etag: "abc", comparison: .strong))
    }

    @Test("a weak tag matches weakly only")
    func weak() {
        let text = Array("W/\"abc\"".utf8)[...]
        #expect(EntityTags.matches(text, etag: "abc", comparison: .weak))
        #expect(!EntityTags.matches(text, etag: "abc", comparison: .strong))
    }

    @Test("quotes and spaces come off", arguments: ["\"abc\"", "abc", " \"abc\" "])
    func unquoted(_ text: String) {
        #expect(EntityTags.unquoted(text) == "abc")
    }
}
