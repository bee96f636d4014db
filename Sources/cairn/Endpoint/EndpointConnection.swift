// Why this file exists: one HTTP exchange with an endpoint over TCP or TLS, for the command line. It blocks, which a
// command may.
// Invariant: what the server sends is bounded before it is kept; a body that is streamed is handed on as it comes.
private import Glibc
import S3Gateway

/// Why there was no answer.
enum EndpointFailure: Error {
    case unreachable(String)
    case broken(String)
}

/// One request.
struct EndpointRequest: Sendable {
    var method: HTTPMethod
    /// Percent-encoded.
    var path: String
    /// Percent-encoded, without the `?`.
    var query: String
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []
}

/// One answer.
struct EndpointAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    var isSuccess: Bool { (200..<300).contains(status) }
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Talks to an endpoint.
struct EndpointConnection: Sendable {
    /// The longest answer that is kept whole, in bytes.
    static let bodyBytesMax = 1 << 30
    /// How long nothing may come, in seconds.
    private static let silenceSeconds = 660

    let address: EndpointAddress
    /// A PEM file of authorities to believe instead of the system's.
    var authorities: String?

    /// Sends one request and reads its answer.
    /// - Parameter sink: takes the body of a successful answer piece by piece; the answer's own is then empty.
    func exchange(
        _ request: EndpointRequest, sink: (([UInt8]) throws(EndpointFailure) -> Void)? = nil
    ) throws(EndpointFailure) -> EndpointAnswer {
        let descriptor = try connect()
        defer { close(descriptor) }
        var tls: TLSClient?
        if address.isSecure {
            do throws(TLSError) {
                tls = try TLSClient(descriptor: descriptor, host: address.host, authorities: authorities)
            } catch {
                throw .unreachable("\(error)")
            }
        }
        try send(head(of: request) + request.body, descriptor, tls)
        var reader = ControlResponseReader(
            bodyBytesMax: sink == nil ? EndpointConnection.bodyBytesMax : Int.max, ignoresBody: request.method == .head)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while !reader.isComplete {
            let count = try receive(&buffer, descriptor, tls)
            if count == 0 { break }
            guard reader.take(buffer[..<count]) else { throw .broken("the answer is malformed or too long") }
            if let sink, reader.isSuccess {
                let piece = reader.takeBody()
                if !piece.isEmpty { try sink(piece) }
            }
        }
        guard reader.isComplete, let status = reader.status else { throw .broken("the answer was cut off") }
        return EndpointAnswer(status: status, headers: reader.headers, body: reader.body)
    }

    private func head(of request: EndpointRequest) -> [UInt8] {
        let target = request.query.isEmpty ? request.path : "\(request.path)?\(request.query)"
        var text = "\(request.method.rawValue) \(target) HTTP/1.1\r\nConnection: close\r\n"
        for header in request.headers { text += "\(header.name): \(header.value)\r\n" }
        if !request.body.isEmpty || request.method == .post || request.method == .put {
            text += "Content-Length: \(request.body.count)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    // MARK: Sockets

    private func connect() throws(EndpointFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &list)
        guard code == 0 else { throw .unreachable("\(address.host): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(list) }
        var problem = "no address"
        var next = list
        while let candidate = next?.pointee {
            next = candidate.ai_next
            let descriptor = socket(candidate.ai_family, candidate.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else {
                problem = String(cString: strerror(errno))
                continue
            }
            if Glibc.connect(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0 {
                var one: Int32 = 1
                setsockopt(
                    descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
                var limit = timeval(tv_sec: EndpointConnection.silenceSeconds, tv_usec: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                return descriptor
            }
            problem = String(cString: strerror(errno))
            close(descriptor)
        }
        throw .unreachable("\(address.text): \(problem)")
    }

    private func send(_ bytes: [UInt8], _ descriptor: Int32, _ tls: TLSClient?) throws(EndpointFailure) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[start...])
                return tls?.write(rest) ?? Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .broken("sending failed: \(String(cString: strerror(errno)))") }
            start += count
        }
    }

    private func receive(
        _ buffer: inout [UInt8], _ descriptor: Int32, _ tls: TLSClient?
    ) throws(EndpointFailure) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes { room in
                tls?.read(room) ?? Glibc.read(descriptor, room.baseAddress, room.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .broken("receiving failed: \(String(cString: strerror(errno)))") }
            return count
        }
    }
}
