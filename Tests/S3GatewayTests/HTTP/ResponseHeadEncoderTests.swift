// Why this file exists: the framing of responses, without a socket.
import Testing

@testable import S3Gateway

@Suite struct ResponseHeadEncoderTests {
    private func encode(
        _ response: HTTPResponse, isHead: Bool = false, isHTTP10: Bool = false, closes: Bool = false
    ) -> (text: String, sendsBody: Bool, closes: Bool) {
        let head = ResponseHeadEncoder(response, isHead: isHead, isHTTP10: isHTTP10, closes: closes)
        let output = OutputBuffer(capacity: 8)
        head.encode(response.headerBytes, date: Array("Date: D\r\n".utf8), into: output)
        return (String(decoding: output.bytes, as: UTF8.self), head.sendsBody, head.closes)
    }

    @Test("a body in memory is framed by its length")
    func bytes() {
        var response = HTTPResponse(status: 200, body: .bytes([1, 2, 3]))
        response.add("ETag", "\"x\"\r\nEvil: 1")
        response.add(name: "x-a\r\nb: c", "1")
        let encoded = encode(response)
        #expect(
            encoded.text == "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 3\r\nETag: \"x\"  Evil: 1\r\n"
                + "x-a--b--c: 1\r\n\r\n")
        #expect(encoded.sendsBody && !encoded.closes)
    }

    @Test("204 and 304 have neither a body nor a length", arguments: [204, 304])
    func bodyless(status: Int) {
        let encoded = encode(HTTPResponse(status: status, body: .bytes([1])))
        #expect(!encoded.text.contains("Content-Length"))
        #expect(!encoded.sendsBody)
    }

    @Test("HEAD says the length and sends nothing")
    func head() {
        let encoded = encode(HTTPResponse(status: 200, body: .absent(length: 5_000_000_000)), isHead: true)
        #expect(encoded.text.contains("Content-Length: 5000000000\r\n"))
        #expect(!encoded.sendsBody && !encoded.closes)
        #expect(!encode(HTTPResponse(status: 200, body: .bytes([1])), isHead: true).sendsBody)
    }

    @Test("a length that no body follows ends the connection of anything but HEAD")
    func absentBody() {
        #expect(encode(HTTPResponse(status: 200, body: .absent(length: 5))).closes)
    }

    @Test("a stream is chunked, or ends with the connection in HTTP/1.0")
    func stream() {
        let response = HTTPResponse(status: 200, body: .stream { _ in })
        #expect(encode(response).text.contains("Transfer-Encoding: chunked\r\n"))
        let old = encode(response, isHTTP10: true)
        #expect(!old.text.contains("Transfer-Encoding"))
        #expect(old.text.contains("Connection: close\r\n") && old.closes)
    }

    @Test("statuses that are no final answers become 500", arguments: [0, 100, 199, 600, -1, Int.max])
    func impossibleStatus(status: Int) {
        #expect(encode(HTTPResponse(status: status)).text.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
    }

    @Test(
        "numbers are written in either radix",
        arguments: [
            (UInt64(0), "0", "0"), (7, "7", "7"), (10, "10", "a"), (65_535, "65535", "ffff"),
            (.max, "18446744073709551615", "ffffffffffffffff"),
        ])
    func numbers(number: UInt64, decimal: String, hexadecimal: String) {
        let output = OutputBuffer(capacity: 1)
        output.append(number: number)
        output.append("-")
        output.append(number: number, radix: 16)
        #expect(String(decoding: output.bytes, as: UTF8.self) == "\(decimal)-\(hexadecimal)")
    }

    @Test(
        "the date line has the form of RFC 9110",
        arguments: [
            (784_111_777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), (0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
            (1_709_164_800, "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n"),
        ])
    func date(second: Int, line: String) {
        var date = HTTPDateLine()
        date.set(second: second)
        #expect(String(decoding: date.bytes, as: UTF8.self) == line)
    }
}
