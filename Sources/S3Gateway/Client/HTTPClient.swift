// Why this file exists: requests that the gateway itself makes, over a connection that is kept while it is used often.
// Redirects are answers like others: who sends to an address chose that address, and a peer may not choose another.

/// What is sent.
struct ClientRequest {
    var method: HTTPMethod
    /// Path and query as they go over the wire.
    var target: String
    /// All but `host` and `content-length`.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
}

/// Sends requests to one address, one after the other. Belongs to one thread.
final class HTTPClient {
    private static let bufferLength = 64 << 10
    /// Body bytes given to the socket at once.
    private static let pieceLength = 256 << 10

    let endpoint: EndpointURL
    private let tls: TLSClientContext?
    private let isCancelled: () -> Bool
    private var kept: ClientConnection?
    private lazy var buffer = [UInt8](repeating: 0, count: HTTPClient.bufferLength)

    /// - Parameter tls: needed for `https`.
    init(endpoint: EndpointURL, tls: TLSClientContext?, isCancelled: @escaping () -> Bool = { false }) {
        self.endpoint = endpoint
        self.tls = endpoint.isSecure ? tls : nil
        self.isCancelled = isCancelled
    }

    /// Sends a request and waits for its answer.
    /// - Parameter timeout: for all of it, in nanoseconds.
    func exchange(_ request: ClientRequest, timeout: Int64) throws(ClientError) -> ClientResponse {
        let deadline = MonotonicClock.now() + timeout
        guard !endpoint.isSecure || tls != nil else { throw .insecure("no trusted authorities") }
        if let connection = kept, !connection.isStale {
            kept = nil
            do throws(ClientError) {
                return try exchange(request, over: connection, deadline: deadline)
            } catch {
                // The peer may have ended the idle connection while the request was under way.
                guard error == .closed else { throw error }
            }
        }
        kept = nil
        let connection = try ClientConnection(
            to: endpoint, tls: tls, deadline: deadline, isCancelled: isCancelled)
        return try exchange(request, over: connection, deadline: deadline)
    }

    private func exchange(
        _ request: ClientRequest, over connection: ClientConnection, deadline: Int64
    ) throws(ClientError) -> ClientResponse {
        var head = "\(request.method.rawValue) \(request.target) HTTP/1.1\r\nhost: \(endpoint.authority)\r\n"
        for header in request.headers { head += "\(header.name): \(header.value)\r\n" }
        if !request.body.isEmpty || request.method == .put || request.method == .post {
            head += "content-length: \(request.body.count)\r\n"
        }
        head += "\r\n"
        if request.body.count <= HTTPClient.pieceLength {
            try connection.send(Array(head.utf8) + request.body, deadline: deadline)
        } else {
            try connection.send(Array(head.utf8), deadline: deadline)
            try connection.send(request.body, deadline: deadline)
        }
        var parser = ClientResponseParser(answersHead: request.method == .head)
        while !parser.isComplete {
            guard let count = try connection.receive(&buffer, deadline: deadline) else {
                try parser.end()
                break
            }
            try parser.feed(buffer[..<count])
            // What nobody wants to read is not waited for.
            if parser.response.isTruncated { return parser.response }
        }
        if parser.isReusable { kept = connection }
        return parser.response
    }
}
