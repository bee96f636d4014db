// Why this file exists: the control client must read an answer however the socket cuts it up.
import Testing

@testable import cairn

@Suite struct ControlResponseReaderTests {
    private static let chunked =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: x\r\n\r\n"
        + "4\r\n{a}\n\r\n6;x=y\r\n{b}\n{c\r\n2\r\n}\n\r\n0\r\n\r\n"

    @Test("a chunked answer is the same in pieces of every size", arguments: 1...40)
    func pieces(size: Int) {
        let bytes = Array(Self.chunked.utf8)
        var reader = ControlResponseReader()
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            #expect(!reader.isComplete)
            let isTaken = reader.take(bytes[start..<min(start + size, bytes.count)])
            #expect(isTaken)
            lines += reader.takeLines().map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(reader.isComplete)
        #expect(reader.status == 200)
        #expect(lines == ["{a}", "{b}", "{c}"])
    }

    @Test("an answer with a length ends with it; one without a body ends with its head")
    func lengths() {
        var reader = ControlResponseReader()
        let isTaken = reader.take(Array("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc".utf8)[...])
        #expect(isTaken && reader.isComplete && !reader.isSuccess)
        #expect(reader.body == Array("abc".utf8))
        var empty = ControlResponseReader()
        let isEmptyTaken = empty.take(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)[...])
        #expect(isEmptyTaken && empty.isComplete)
    }

    @Test("a cut answer is not complete")
    func cut() {
        var reader = ControlResponseReader()
        let isTaken = reader.take(Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab".utf8)[...])
        #expect(isTaken && !reader.isComplete)
    }

    @Test(
        "what no server of ours sends is refused",
        arguments: [
            "HTTP/2 200\r\n\r\n", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "HTTP/1.1 200 OK\r\nbad\r\n\r\n",
        ])
    func refused(text: String) {
        var reader = ControlResponseReader()
        let isTaken = reader.take(Array(text.utf8)[...])
        #expect(!isTaken)
    }

    @Test("a head without end is refused")
    func endlessHead() {
        var reader = ControlResponseReader()
        let isTaken = reader.take(Array(repeating: UInt8(ascii: "a"), count: 17 << 10)[...])
        #expect(!isTaken)
    }
}
