// Why this file exists: a client that says exactly the bytes it is told to and reads responses strictly, so that the
// server's framing is judged by something that does not forgive. It blocks; every wait has a limit.
import Glibc

struct TestClientError: Error, CustomStringConvertible {
    let description: String
}

struct TestResponse: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// One plain connection.
final class TestClient {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private var used = 0

    /// Connects to a port of 127.0.0.1.
    init(port: Int, timeoutSeconds: Int = 10) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try prepare(result, timeoutSeconds: timeoutSeconds)
    }

    /// Connects to a Unix socket.
    init(path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try prepare(result, timeoutSeconds: 10)
    }

    private func prepare(_ result: Int32, timeoutSeconds: Int) throws {
        guard result == 0 else { throw TestClientError(description: "connect: errno \(errno)") }
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw TestClientError(description: "send: errno \(errno)") }
            done += count
        }
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var rude = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &rude, socklen_t(MemoryLayout<linger>.size))
    }

    /// Receives more; false at the end of the connection.
    private func fill() throws -> Bool {
        if used > 0 {
            buffer.removeFirst(used)
            used = 0
        }
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: 262_144) { space, count in
            let received = recv(descriptor, space.baseAddress, space.count, 0)
            failure = received < 0 ? errno : 0
            count = max(0, received)
        }
        // A reset ends a connection as well as a FIN does.
        if failure != 0 && failure != ECONNRESET { throw TestClientError(description: "recv: errno \(failure)") }
        buffer += piece
        return !piece.isEmpty
    }

    private func line() throws -> String {
        while true {
            if let end = buffer[used...].firstIndex(of: 10) {
                let bytes = buffer[used..<end]
                used = end + 1
                guard bytes.last == 13 else { throw TestClientError(description: "a line ends without CR") }
                return String(decoding: bytes.dropLast(), as: UTF8.self)
            }
            guard try fill() else { throw TestClientError(description: "the connection ended within a head") }
        }
    }

    private func exactly(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let taken = min(count - bytes.count, buffer.count - used)
            bytes += buffer[used..<(used + taken)]
            used += taken
            if bytes.count < count, try !fill() {
                throw TestClientError(description: "the connection ended after \(bytes.count) of \(count) bytes")
            }
        }
        return bytes
    }

    /// Whatever comes until the connection ends.
    func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { buffer = [] }
        return Array(buffer[used...])
    }

    /// Whether the connection ends without a further byte.
    func isAtEnd() throws -> Bool { try readToEnd().isEmpty }

    /// One response.
    func response(toHead: Bool = false) throws -> TestResponse {
        let statusLine = try line()
        guard statusLine.hasPrefix("HTTP/1.1 "), let status = Int(statusLine.dropFirst(9).prefix(3)) else {
            throw TestClientError(description: "not a status line: \(statusLine)")
        }
        var headers: [String: String] = [:]
        while true {
            let field = try line()
            if field.isEmpty { break }
            let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw TestClientError(description: "not a field: \(field)") }
            let name = parts[0].lowercased()
            guard headers[name] == nil else { throw TestClientError(description: "two fields called \(name)") }
            headers[name] = String(parts[1].drop { $0 == " " })
        }
        var response = TestResponse(status: status, headers: headers, body: [])
        if toHead || status < 200 || status == 204 || status == 304 { return response }
        if headers["transfer-encoding"] == "chunked" {
            while true {
                guard let size = Int(try line(), radix: 16) else {
                    throw TestClientError(description: "not a chunk size")
                }
                response.body += try exactly(size)
                guard try line() == "" else { throw TestClientError(description: "a chunk does not end with CRLF") }
                if size == 0 { return response }
            }
        } else if let length = headers["content-length"].flatMap({ Int($0) }) {
            response.body = try exactly(length)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    /// Sends a GET and reads the answer.
    func get(_ path: String) throws -> TestResponse {
        try send("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
        return try response()
    }
}
