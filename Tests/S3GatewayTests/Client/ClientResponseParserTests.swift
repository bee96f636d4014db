// Why this file exists: answers in every framing, whole and byte by byte, and those that are none.
import Testing

@testable import S3Gateway

@Suite struct ClientResponseParserTests {
    private static func parse(
        _ text: String, step: Int, answersHead: Bool = false, ends: Bool = false
    ) throws -> ClientResponseParser {
        var parser = ClientResponseParser(answersHead: answersHead)
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(start + step, bytes.count)
            try parser.feed(bytes[start..<end])
            start = end
        }
        if ends { try parser.end() }
        return parser
    }

    @Test(
        "an answer is read in every framing, however it arrives",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: a b \r\n\r\nabc", "abc", true),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: v\r\n\r\n",
                "abc", true
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", "x", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", "x", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", "x", false),
        ], [1, 2, 7, 4096])
    func framings(_ sample: (text: String, body: String, isReusable: Bool), step: Int) throws {
        let parser = try Self.parse(sample.text, step: step)
        #expect(parser.isComplete && parser.response.body == Array(sample.body.utf8))
        // Bytes behind an answer are seen only when they come with it.
        if step == 4096 { #expect(parser.isReusable == sample.isReusable) }
    }

    @Test("a body without a length ends with the connection")
    func untilClose() throws {
        let parser = try Self.parse("HTTP/1.1 200 OK\r\n\r\nabc", step: 5, ends: true)
        #expect(parser.isComplete && parser.response.body == Array("abc".utf8) && !parser.isReusable)
    }

    @Test("the answer to HEAD has no body whatever it says")
    func head() throws {
        let parser = try Self.parse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", step: 99, answersHead: true)
        #expect(parser.isComplete && parser.response["content-length"] == "9")
    }

    @Test(
        "what is no answer is refused",
        arguments: [
            "SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\n" + String(repeating: "x: y\r\n", count: 200) + "\r\n",
            "HTTP/1.1 200 OK\r\nx: " + String(repeating: "y", count: 70_000),
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: ClientError.self) { try Self.parse(text, step: 4096) }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "an answer that is cut short is none",
        arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"])
    func cut(_ text: String) {
        #expect(throws: ClientError.closed) { try Self.parse(text, step: 4096, ends: true) }
    }

    @Test("no more of a body is kept than the limit")
    func limit() throws {
        let length = ClientResponseParser.bodyMaximum + 5
        let text = "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n" + String(repeating: "x", count: length)
        let parser = try Self.parse(text, step: 1 << 16)
        #expect(parser.response.isTruncated && parser.response.body.count == ClientResponseParser.bodyMaximum)
    }
}

@Suite struct EndpointURLTests {
    @Test(
        "addresses",
        arguments: [
            ("http://example.org", "example.org", 80, "/", "example.org"),
            ("https://example.org/a?b=c", "example.org", 443, "/a?b=c", "example.org"),
            ("https://example.org:8443?x", "example.org", 8443, "/?x", "example.org:8443"),
            ("http://[::1]:9000/", "::1", 9000, "/", "[::1]:9000"), ("http://[::1]", "::1", 80, "/", "[::1]"),
        ])
    func addresses(_ text: String, _ host: String, _ port: Int, _ target: String, _ authority: String) throws {
        let url = try #require(EndpointURL(text))
        #expect(url.host == host && url.port == port && url.target == target && url.authority == authority)
    }

    @Test(
        "what is no address",
        arguments: [
            "", "example.org", "ftp://example.org", "http://", "http://:80", "http://user:secret@example.org",
            "http://example.org/#part", "http://example.org:0", "http://example.org:65536", "http://example.org:x",
            "http://example.org/a b", "http://[::1", "http://[::1]x", "http://exa\r\nmple.org",
        ])
    func refusals(_ text: String) { #expect(EndpointURL(text) == nil) }
}
