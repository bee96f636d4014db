// Why this file exists: one HTTP exchange over a unix socket, for the command line. It blocks, which a command may.
// Invariant: what the server sends is bounded before it is kept; lines of a stream are handed on one by one.
private import Glibc

/// Talks to a running server.
struct ControlClient: Sendable {
    /// Why there was no answer.
    enum Failure: Error {
        /// Nobody listens.
        case unreachable
        case broken(String)
    }

    /// A whole answer.
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
    }

    private let data: String

    init(data: String) { self.data = data }

    /// As messages show it.
    var socketPath: String { "\(data)/\(ControlSocket.name)" }

    /// Sends one request and reads its answer.
    /// - Parameter line: takes each line of a successful answer as it comes; the body is then empty.
    func exchange(
        _ method: String, _ path: String, body: [UInt8], line: (([UInt8]) -> Void)?
    ) throws(Failure) -> Answer {
        let descriptor = try connect()
        defer { close(descriptor) }
        var request = Array("\(method) \(path) HTTP/1.1\r\nHost: control\r\nConnection: close\r\n".utf8)
        if !body.isEmpty || method == "POST" { request += Array("Content-Length: \(body.count)\r\n".utf8) }
        try send(request + Array("\r\n".utf8) + body, to: descriptor)
        var reader = ControlResponseReader()
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while !reader.isComplete {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .broken(String(cString: strerror(errno))) }
            if count == 0 { break }
            guard reader.take(buffer[..<count]) else { throw .broken("the answer is malformed") }
            if let line, reader.isSuccess {
                for text in reader.takeLines() { line(text) }
            }
        }
        guard reader.isComplete, let status = reader.status else { throw .broken("the answer was cut off") }
        return Answer(status: status, body: reader.body)
    }

    private func connect() throws(Failure) -> Int32 {
        guard let socketFile = ControlSocket(data: data) else { throw .unreachable }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketFile.path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .broken(String(cString: strerror(errno))) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw .unreachable
        }
        return descriptor
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress! + start, buffer.count - start, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .broken(String(cString: strerror(errno))) }
            start += count
        }
    }
}
