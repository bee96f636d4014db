// Why this file exists: heads that must be refused, each with the status of the refusal. Used twice: on the parser
// alone, and over a socket with a second request behind each, which must never reach the handler.
import Testing

struct MaliciousHead: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    let status: Int
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ status: Int = 400) {
        self.name = name
        self.text = text
        self.status = status
    }

    /// A GET with further lines.
    private static func get(_ name: String, _ lines: String, _ status: Int = 400) -> MaliciousHead {
        MaliciousHead(name, "GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", status)
    }

    /// A POST with further lines.
    private static func post(_ name: String, _ lines: String, _ status: Int = 400) -> MaliciousHead {
        MaliciousHead(name, "POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", status)
    }

    static let all: [MaliciousHead] = requestLines + fields + framing + hosts + sizes

    static let requestLines: [MaliciousHead] = [
        .init("no version (HTTP/0.9)", "GET /\r\n\r\n"),
        .init("method alone", "GET\r\n\r\n"),
        .init("empty target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("leading tab", "\tGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("tab instead of space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        .init("space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("DEL in the target", "GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("CR in the target", "GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("form feed in the target", "GET /\u{0c} HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("fragment in the target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("query alone", "GET ?a HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("absolute form without authority", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("absolute form with user information", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("absolute form for another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("lower-case protocol", "GET / http/1.1\r\nHost: a\r\n\r\n"),
        .init("protocol without a slash", "GET / HTTP1.1\r\nHost: a\r\n\r\n"),
        .init("version with a letter", "GET / HTTP/1.x\r\nHost: a\r\n\r\n"),
        .init("version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
        .init("version with a sign", "GET / HTTP/+1.1\r\nHost: a\r\n\r\n"),
        .init("version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        .init("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        .init("version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        .init("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505),
        .init("unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        .init("lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        .init("method with a parenthesis", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("PATCH", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        .init("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        .init("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        .init("TLS greeting", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}"),
        .init("three empty lines first", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("request line ends with LF", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    ]

    static let fields: [MaliciousHead] = [
        .get("field line ends with LF", "a: b\nc: d"),
        .init("head ends with LF LF", "GET / HTTP/1.1\r\nHost: a\n\n"),
        .init("head ends with CR LF LF", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        .get("space before the colon", "a : b"),
        .get("tab before the colon", "a\t: b"),
        .get("folded line", "a: b\r\n c"),
        .get("folded line with a tab", "a: b\r\n\tc"),
        .init("fold right after the request line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        .get("no colon", "abc"),
        .get("empty name", ": b"),
        .get("space in a name", "a b: c"),
        .get("NUL in a name", "a\0: b"),
        .get("parenthesis in a name", "a(b): c"),
        .get("letter beyond ASCII in a name", "ä: b"),
        .get("NUL in a value", "a: b\0c"),
        .get("NUL in a long value", "a: 0123456789abcdefghij\0klmnopqrstuvwxyz"),
        .get("DEL in a value", "a: 0123456\u{7f}89abcdef"),
        .get("bare CR in a value", "a: b\rc"),
        .get("bare CR then a field", "a: b\rContent-Length: 5"),
        .get("CR before CRLF", "a: b\r"),
        .get("vertical tab in a value", "a: b\u{0b}c"),
        .get("escape in a value", "a: \u{1b}[31m"),
    ]

    static let framing: [MaliciousHead] = [
        .post("two equal Content-Lengths", "Content-Length: 5\r\nContent-Length: 5"),
        .post("two different Content-Lengths", "Content-Length: 5\r\nContent-Length: 6"),
        .post("Content-Length list", "Content-Length: 5, 5"),
        .post("Content-Length with a plus", "Content-Length: +5"),
        .post("Content-Length with a minus", "Content-Length: -5"),
        .post("empty Content-Length", "Content-Length:"),
        .post("hexadecimal Content-Length", "Content-Length: 0x5"),
        .post("Content-Length with a point", "Content-Length: 5.0"),
        .post("Content-Length with a space inside", "Content-Length: 5 5"),
        .post("Content-Length with an underscore", "Content-Length: 1_0"),
        .post("Content-Length one above 63 bits", "Content-Length: 9223372036854775808"),
        .post("Content-Length of 2^64 + 5", "Content-Length: 18446744073709551621"),
        .post("Content-Length of 40 digits", "Content-Length: 1111111111111111111111111111111111111111"),
        .post("Content-Length in other digits", "Content-Length: ５"),
        .post("Content-Length then chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        .post("chunked then Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        .post("chunked with Content-Length 0", "Transfer-Encoding: chunked\r\nContent-Length: 0"),
        .post("two Transfer-Encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .post("chunked then identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        .post("gzip and chunked", "Transfer-Encoding: gzip, chunked", 501),
        .post("chunked twice in a list", "Transfer-Encoding: chunked, chunked", 501),
        .post("identity", "Transfer-Encoding: identity", 501),
        .post("empty Transfer-Encoding", "Transfer-Encoding:", 501),
        .post("chunked in quotes", "Transfer-Encoding: \"chunked\"", 501),
        .post("chunked with a parameter", "Transfer-Encoding: chunked;a=b", 501),
        .post("xchunked", "Transfer-Encoding: xchunked", 501),
        .post("chunked with a trailing comma", "Transfer-Encoding: chunked,", 501),
        .post("vertical tab before chunked", "Transfer-Encoding: \u{0b}chunked"),
        .post("Transfer-Encoding with a space before the colon", "Transfer-Encoding : chunked"),
        .post("Content-Length with a space before the colon", "Content-Length : 5"),
        .init("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ]

    static let hosts: [MaliciousHead] = [
        .init("no Host", "GET / HTTP/1.1\r\n\r\n"),
        .init("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        .get("two Hosts", "Host: a"),
        .get("two Hosts in other case", "hOST: b"),
        .init("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        .init("Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        .init("Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        .init("Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        .init("Host beyond ASCII", "GET / HTTP/1.1\r\nHost: bücket\r\n\r\n"),
        .init("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
    ]

    static let sizes: [MaliciousHead] = [
        .get("101 fields", (1...100).map { "f\($0): v" }.joined(separator: "\r\n"), 431),
        .get("a field longer than the head may be", "a: " + String(repeating: "b", count: 70_000), 431),
        .init("a target that is too long", "GET /" + String(repeating: "a", count: 17_000) + " HTTP/1.1\r\n\r\n", 414),
        .init("an endless request line", "GET /" + String(repeating: "a", count: 20_000), 414),
        .init("an endless method", String(repeating: "A", count: 20_000), 414),
    ]
}
