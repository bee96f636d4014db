// Why this file exists: the parser and the scanner on good heads, on hostile ones, and on heads in pieces.
import Testing

@testable import S3Gateway

@Suite struct RequestHeadParserTests {
    private func parsed(_ text: String) throws -> ParsedRequest {
        try #require(HeadParsing.parse(Array(text.utf8))).get()
    }

    @Test("every part of a signed request is found")
    func wholeRequest() throws {
        let request = try parsed(
            "PUT /bucket/a%20b?partNumber=1&uploadId=x HTTP/1.1\r\nHost: s3.example:9000\r\n"
                + "X-Amz-Date: 20260101T000000Z\r\nX-AMZ-Meta-Name:  \t grüße \t \r\nContent-Length: 12\r\n"
                + "Expect: 100-Continue\r\nempty:\r\n\r\n")
        let head = request.head
        #expect(head.method == .put)
        #expect(head.text(head.rawPath) == "/bucket/a%20b")
        #expect(head.text(head.rawQuery) == "partNumber=1&uploadId=x")
        #expect(head.value("host") == "s3.example:9000")
        #expect(head.value("x-amz-date") == "20260101T000000Z")
        #expect(head.value("x-amz-meta-name") == "grüße")
        #expect(head.value("empty") == "")
        #expect(head.value("absent") == nil)
        #expect(head.fields.count == 6)
        #expect(head.framing == .length(12))
        #expect(head.expectsContinue && head.keepsAlive && !request.isHTTP10)
        #expect(head.remoteAddress == "192.0.2.1")
    }

    @Test(
        "targets in each form",
        arguments: [
            ("/", "/", ""), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"), ("//a//b", "//a//b", ""),
            ("/%2e%2E/..", "/%2e%2E/..", ""), ("/ü", "/ü", ""), ("http://h", "/", ""), ("http://h/", "/", ""),
            ("HTTP://h/a?b=c", "/a", "b=c"), ("https://H?q", "/", "q"), ("/a:b@c", "/a:b@c", ""),
        ])
    func targets(target: String, path: String, query: String) throws {
        let head = try parsed("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n").head
        #expect(head.text(head.rawPath) == path)
        #expect(head.text(head.rawQuery) == query)
    }

    @Test("an asterisk is a target of OPTIONS only, and is given as a path")
    func asterisk() throws {
        let head = try parsed("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").head
        #expect(head.method == .options)
        #expect(head.text(head.rawPath) == "/")
        #expect(head.text(head.rawQuery) == "")
    }

    @Test("every served method is known", arguments: HTTPMethod.allCases)
    func methods(method: HTTPMethod) throws {
        #expect(try parsed("\(method.rawValue) / HTTP/1.1\r\nHost: h\r\n\r\n").head.method == method)
    }

    @Test(
        "the connection stays open unless somebody says otherwise",
        arguments: [
            ("HTTP/1.1", "a: b", true), ("HTTP/1.1", "Connection: close", false),
            ("HTTP/1.1", "Connection: TE , CLOSE", false), ("HTTP/1.1", "Connection: closed", true),
            ("HTTP/1.1", "Connection: keep-alive", true), ("HTTP/1.0", "a: b", false),
            ("HTTP/1.0", "Connection: keep-alive", false),
        ])
    func keepAlive(version: String, line: String, keepsAlive: Bool) throws {
        let request = try parsed("GET / \(version)\r\nHost: h\r\n\(line)\r\n\r\n")
        #expect(request.head.keepsAlive == keepsAlive)
        #expect(request.isHTTP10 == (version == "HTTP/1.0"))
    }

    @Test(
        "bodies are framed by length or by chunks",
        arguments: [
            ("Content-Length: 0", RequestHead.BodyFraming.length(0)),
            ("content-LENGTH: 0005", .length(5)), ("Content-Length: \t7 ", .length(7)),
            ("Content-Length: 9223372036854775807", .length(.max)),
            ("Transfer-Encoding: chunked", .chunked), ("transfer-encoding: Chunked", .chunked), ("a: b", .none),
        ])
    func framing(line: String, framing: RequestHead.BodyFraming) throws {
        #expect(try parsed("POST / HTTP/1.1\r\nHost: h\r\n\(line)\r\n\r\n").head.framing == framing)
    }

    @Test("HTTP/1.0 needs no Host and has no expectations")
    func http10() throws {
        let request = try parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
        #expect(!request.head.expectsContinue)
    }

    @Test("an empty line may stand before a request")
    func leadingEmptyLine() throws {
        let head = try parsed("\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nrest").head
        #expect(head.text(head.rawPath) == "/a")
        #expect(head.value("host") == "h")
    }

    @Test("the largest head that is allowed is accepted")
    func largestHead() throws {
        let fields = (1...99).map { "f\($0): \(String(repeating: "v", count: 480))" }.joined(separator: "\r\n")
        let head = try parsed("GET /\(String(repeating: "a", count: 16_000)) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n")
        #expect(head.head.fields.count == 100)
    }

    @Test("what is not plainly well-formed is refused", arguments: MaliciousHead.all)
    func malicious(head: MaliciousHead) throws {
        let result = try #require(HeadParsing.parse(Array(head.text.utf8)), "more input was asked for")
        guard case .failure(let refusal) = result else {
            Issue.record("the head was accepted")
            return
        }
        #expect(refusal.status == head.status, "\(refusal.reason)")
        #expect(!refusal.reason.isEmpty)
    }

    @Test("a head means the same however it is cut into pieces", arguments: 0..<40)
    func pieces(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let good = "GET /a?b HTTP/1.1\r\nHost: h\r\nX-Long: \(String(repeating: "v", count: 200))\r\nA: b\r\n\r\nbody"
        let texts = [good] + MaliciousHead.all.filter { $0.text.utf8.count < 2_000 }.map(\.text)
        for text in texts {
            let bytes = Array(text.utf8)
            let ends = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                Int.random(in: 0...bytes.count, using: &random)
            }
            let whole = HeadParsing.parse(bytes)
            let cut = HeadParsing.parse(bytes, piecesEndingAt: ends.sorted())
            switch (whole, cut) {
            case (.success(let one), .success(let other)): #expect(one.head.bytes == other.head.bytes)
            case (.failure(let one), .failure(let other)): #expect(one.status == other.status)
            case (nil, nil): break
            default: Issue.record("seed \(seed) and cuts \(ends) change the meaning of \(text)")
            }
        }
    }

    @Test("heads with random bytes changed are refused or understood, and nothing else", arguments: 0..<20)
    func mutations(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let good = Array("PUT /k?x=y HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\nX-A: some value\r\n\r\nabc".utf8)
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard case .success(let request) = HeadParsing.parse(bytes) else { continue }
            let head = request.head
            #expect(head.slice(head.rawPath).first == UInt8(ascii: "/"))
            for field in head.fields {
                #expect(head.slice(field.name).allSatisfy { ByteClass.isToken($0) && ByteClass.lowered($0) == $0 })
                #expect(head.slice(field.value).allSatisfy { ByteClass.isFieldValue($0) })
            }
        }
    }
}

/// A generator whose sequence a seed repeats (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
