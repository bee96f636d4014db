// Why this file exists: the scanner takes what `CanonicalJSON` takes and finds the same values, in true entries and in
// thousands that were changed by a byte.
import Foundation
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct EntryScannerTests {
    private static let entry = #"""
        {"account":"ab","at":1700000000000,"bucket":"b","bucketId":"00ff","etag":"e1","key":"a/b c","kind":"object.put","list":[[1,-2],[],{}],"more":{"a":true,"b":{"c":"d\n"}},"replaces":7,"sha256":"aa","size":12,"version":3}
        """#

    private func scan(_ bytes: [UInt8], _ body: (EntryScanner.Outcome) -> Void) {
        bytes.withUnsafeBytes { body(EntryScanner.scan($0)) }
    }

    private func text(_ bytes: UnsafeRawBufferPointer?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// Holds the scanner's answer against that of `CanonicalJSON`.
    private func compare(_ bytes: [UInt8]) {
        let content = CanonicalJSON(bytes)
        let shown = String(decoding: bytes, as: UTF8.self)
        scan(bytes) { outcome in
            switch outcome {
            case .unsure: break
            case .malformed: #expect(content == nil, "\(shown)")
            case .facts(let facts):
                guard let content else {
                    Issue.record("taken, and not canonical: \(shown)")
                    return
                }
                #expect(facts.at == content["at"]?.integer, "\(shown)")
                #expect(facts.replaces == content["replaces"]?.integer, "\(shown)")
                #expect(facts.size == content["size"]?.integer && facts.version == content["version"]?.integer)
                #expect((facts.effect != nil) == (content["kind"]?.text != nil), "\(shown)")
                guard !facts.hasEscapes else { return }
                #expect(text(facts.key) == content["key"]?.text, "\(shown)")
                #expect(text(facts.bucketID) == content["bucketId"]?.text && text(facts.etag) == content["etag"]?.text)
                #expect(text(facts.sha256) == content["sha256"]?.text && text(facts.keyHex) == content["keyHex"]?.text)
            }
        }
    }

    @Test("the members of an entry are found")
    func members() throws {
        scan(Array(EntryScannerTests.entry.utf8)) { outcome in
            guard case .facts(let facts) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(facts.at == 1_700_000_000_000 && facts.effect == .version && facts.replaces == 7)
            #expect(text(facts.key) == "a/b c" && !facts.hasEscapes)
        }
    }

    @Test("an entry with any byte changed, dropped or doubled is taken exactly when it is canonical")
    func mutations() {
        let whole = Array(EntryScannerTests.entry.utf8)
        compare(whole)
        for place in whole.indices {
            for byte in Array("\"\\{}[],:0129-+.eutfn aA~\u{1f}".utf8) + [0, 0x7f, 0x80, 0xc3, 0xff] {
                var changed = whole
                changed[place] = byte
                // Two members of one name are refused by the scanner alone.
                if !hasTwins(changed) { compare(changed) }
            }
            var dropped = whole
            dropped.remove(at: place)
            compare(dropped)
            var doubled = whole
            doubled.insert(whole[place], at: place)
            if !hasTwins(doubled) { compare(doubled) }
            compare(Array(whole[..<place]))
        }
    }

    private func hasTwins(_ bytes: [UInt8]) -> Bool {
        guard case .object(let members)? = CanonicalJSON(bytes) else { return false }
        return EntryScannerTests.hasTwins(.object(members))
    }

    private static func hasTwins(_ value: CanonicalJSON) -> Bool {
        guard case .object(let members) = value else { return false }
        return Set(members.map(\.0)).count < members.count || members.contains { hasTwins($0.1) }
    }

    @Test(
        "numbers, texts and names at the edges",
        arguments: [
            #"{"at":0,"kind":"x"}"#, #"{"at":-0,"kind":"x"}"#, #"{"at":01,"kind":"x"}"#, #"{"at":-1,"kind":"x"}"#,
            #"{"at":9223372036854775807,"kind":"x"}"#, #"{"at":9223372036854775808,"kind":"x"}"#,
            #"{"at":-9223372036854775808,"kind":"x"}"#, #"{"at":1.0,"kind":"x"}"#, #"{"at":1e3,"kind":"x"}"#,
            #"{"at":1,"key":"\u001f\u0000\b\t","kind":"x"}"#, #"{"at":1,"key":"\u0008","kind":"x"}"#,
            #"{"at":1,"key":"\u001F","kind":"x"}"#, #"{"at":1,"key":"\/","kind":"x"}"#,
            #"{"at":1,"key":"é","kind":"x"}"#,
            #"{"at":1,"key":"\u00e9","kind":"x"}"#, #"{"kind":"x","at":1}"#, #"{"at":1,"kind":"x","é":1,"😀":2}"#,
            #"{"at":1,"kind":"x","😀":2,"é":1}"#, #"{}"#, #"[]"#, #""a""#, "", "{", #"{"at":null}"#, #"{"at":1,}"#,
            String(repeating: "[", count: 20) + String(repeating: "]", count: 20),
        ])
    func edges(_ text: String) { compare(Array(text.utf8)) }

    @Test("two members of one name are refused, and so is what is nested too deeply")
    func refused() {
        for text in [
            #"{"at":1,"at":1,"kind":"x"}"#,
            "{\"a\":" + String(repeating: "[", count: 20) + String(repeating: "]", count: 20) + "}",
        ] {
            scan(Array(text.utf8)) { outcome in
                guard case .malformed = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
            }
        }
    }
}
