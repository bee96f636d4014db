// Why this file exists: what the reader takes, what it refuses, and that no bytes at all make it trap.
import S3Gateway
import Testing

@Suite("XMLReader")
struct XMLReaderTests {
    private func read(_ text: String, _ limits: XMLReader.Limits = .init()) throws(XMLError) -> XMLElement {
        try XMLReader.read(Array(text.utf8), limits: limits)
    }

    static let delete = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <!-- two keys -->
          <Object><Key>a&amp;b&lt;&#x1;&#13;\u{65E5}</Key></Object>
          <Object><Key><![CDATA[<raw>&amp;]]></Key><VersionId>null</VersionId></Object>
          <Quiet>true</Quiet><Empty/>
        </Delete>
        """

    @Test("a bulk deletion is read")
    func delete() throws {
        let root = try read(Self.delete)
        #expect(root.name == "Delete")
        #expect(
            root.children("Object").map { $0.text("Key") } == ["a&b<\u{1}\r\u{65E5}", "<raw>&amp;"])
        #expect(root.children("Object").last?.text("VersionId") == "null")
        #expect(root.text("Quiet") == "true")
        #expect(root.text("Empty") == "")
        #expect(root.child("Missing") == nil)
    }

    @Test("prefixes are ignored, attributes are kept by local name")
    func namespaces() throws {
        let root = try read(
            #"<s3:Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Canonical&quot;User"/>"#)
        #expect(root.name == "Grantee")
        #expect(root.attributes == ["type": "Canonical\"User"])
    }

    @Test("line ends become line feeds, references stay")
    func lineEnds() throws {
        #expect(try read("<a>1\r\n2\r3&#13;4</a>").text == "1\n2\n3\r4")
        #expect(try read("<a> \r\n x \t</a>").trimmedText == "x")
    }

    @Test("a byte order mark is skipped")
    func byteOrderMark() throws {
        #expect(try read("\u{FEFF}<a/>").name == "a")
    }

    @Test(
        "what is not well-formed is refused",
        arguments: [
            "", " ", "text", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>text", "text<a/>", "<a", "<", "<a b></a>",
            "<a b=c/>", "<a b='c/>", "<a b='<'/>", "<a b='1' b='2'/>", "<a b='1'c='2'/>", "<1a/>", "<-a/>", "<:a/>",
            "<a:/>", "<a:b:c/>", "<a>&amp</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#x;</a>",
            "<a>&#-1;</a>", "<a>&#+1;</a>", "<a>\u{1}</a>", "<a>\u{0}</a>", "<!-- <a/>", "<a><!-- </a>",
            "<a><![CDATA[ </a>", "<![CDATA[x]]><a/>", "<?xml version='1.0'", "<a / >", "< a/>",
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: XMLError.self) { try read(text) }
        if case .malformed? = error { return }
        Issue.record("\(String(describing: error))")
    }

    @Test(
        "what S3 has no use for is refused",
        arguments: [
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<a>&x;</a>", "<a>&nbsp;</a>", "<?php echo ?><a/>", "<a><?pi?></a>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "<?xml version=\"1.0\" encoding = \"utf-16\"?><a/>",
        ])
    func forbidden(_ text: String) {
        let error = #expect(throws: XMLError.self) { try read(text) }
        if case .forbidden? = error { return }
        Issue.record("\(String(describing: error))")
    }

    @Test("limits hold")
    func limits() {
        let limits = XMLReader.Limits(length: 64, depth: 3, elements: 4, attributes: 2)
        #expect(throws: XMLError.tooLarge(limit: 64)) { try read(String(repeating: " ", count: 65), limits) }
        #expect(throws: XMLError.tooDeep(limit: 3)) { try read("<a><a><a><a/></a></a></a>", limits) }
        #expect(throws: XMLError.tooManyElements(limit: 4)) { try read("<a><b/><b/><b/><b/></a>", limits) }
        #expect(throws: XMLError.tooManyAttributes(limit: 2)) { try read("<a b='' c='' d=''/>", limits) }
        #expect(throws: XMLError.notUTF8) { try XMLReader.read([0x3C, 0x61, 0x3E, 0xFF, 0x3C]) }
    }

    @Test("a wrong root and every error are MalformedXML")
    func wireCode() {
        #expect(refusal { _ = try XMLReader.read(Array("<a/>".utf8), root: "Delete") }?.code == .malformedXML)
        #expect(refusal { _ = try XMLReader.read(Array("<a>".utf8), root: "a") }?.code == .malformedXML)
    }

    @Test("a thousand keys to delete fit the limits")
    func largeDeletion() throws {
        let key = String(repeating: "&amp;", count: 1024)
        let body = "<Delete>" + String(repeating: "<Object><Key>\(key)</Key></Object>", count: 1000) + "</Delete>"
        #expect(try read(body).children("Object").count == 1000)
    }

    @Test("mutated documents are read or refused, never a trap", arguments: 1...8)
    func mutations(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let original = Array(Self.delete.utf8)
        let interesting = Array("<>/&;#x!-[]?'\"= \r\n\0\u{FF}".utf8)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[index] = interesting.randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: index)
                default: bytes.removeSubrange(index...)
                }
                if bytes.isEmpty { break }
            }
            do { _ = try XMLReader.read(bytes) } catch { refused += 1 }
        }
        #expect(refused > 200 && refused < 2000)
    }

    @Test("every prefix of a document is refused")
    func prefixes() {
        let bytes = Array("<?xml version='1.0'?><a b='c'><!--x--><d><![CDATA[x]]>&amp;</d></a>".utf8)
        for length in 0..<bytes.count {
            #expect(throws: XMLError.self) { try XMLReader.read(Array(bytes.prefix(length))) }
        }
        #expect(throws: Never.self) { try XMLReader.read(bytes) }
    }
}

@Suite("XMLWriter")
struct XMLWriterTests {
    @Test("a document is written")
    func golden() {
        var writer = XMLWriter()
        writer.element("R", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("N", 12)
            writer.leaf("B", true)
            writer.leaf("T", "\"q\" & <t>\r\n\t\u{0}")
            writer.leaf("K", bytes: [0x61, 0xC3, 0xA4, 0xFF])
            writer.empty("E")
            writer.element("G", attributes: ["xsi:type": "a\"b"]) { $0.leaf("I", "x") }
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <R xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><N>12</N><B>true</B>\
                <T>&quot;q&quot; &amp; &lt;t&gt;&#13;\n\t&#x0;</T><K>a\u{E4}\u{FFFD}</K><E/>\
                <G xsi:type="a&quot;b"><I>x</I></G></R>
                """)
    }

    @Test("every byte of a key comes back")
    func roundTrip() throws {
        let text = String(String.UnicodeScalarView((0..<0x250).compactMap(UnicodeScalar.init)))
        var writer = XMLWriter()
        writer.element("R") { $0.leaf("K", text) }
        #expect(try XMLReader.read(writer.bytes).text("K") == text)
    }
}
