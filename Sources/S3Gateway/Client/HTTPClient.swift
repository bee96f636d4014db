// Why this file exists: requests that the gateway itself makes, over a connection that is kept while it is used often.
// Redirects are answers like others: who sends to an address chose that address, and a peer may not choose another.

/// A body that is read while it is sent.
protocol ClientBodyStream: AnyObject {
    /// Some bytes, or nil at the end.
    func next() throws(ClientError) -> [UInt8]?
}

/// The body of a request.
enum ClientBody {
    case bytes([UInt8])
    /// As many bytes as it says; opened anew for each attempt.
    case stream(length: Int64, open: () throws(ClientError) -> any ClientBodyStream)

    var length: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .stream(let length, _): length
        }
    }

    /// What is in memory already.
    var inMemory: [UInt8] {
        if case .bytes(let bytes) = self { return bytes }
        return []
    }
}

/// What is sent.
struct ClientRequest {
    var method: HTTPMethod
    /// Path and query as they go over the wire.
    var target: String
    /// All but `host` and `content-length`.
    var headers: [(name: String, value: String)] = []
    var body = ClientBody.bytes([])
}

/// Sends requests to one address, one after the other. Belongs to one thread.
final class HTTPClient {
    private static let bufferLength = 64 << 10
    /// Body bytes given to the socket at once.
    private static let pieceLength = 256 << 10

    let endpoint: EndpointURL
    private let tls: TLSClientContext?
    private let reach: ClientReach
    private let isCancelled: () -> Bool
    private var kept: ClientConnection?
    private lazy var buffer = [UInt8](repeating: 0, count: HTTPClient.bufferLength)

    /// - Parameter tls: needed for `https`.
    init(
        endpoint: EndpointURL, tls: TLSClientContext?, reach: ClientReach = .anywhere,
        isCancelled: @escaping () -> Bool = { false }
    ) {
        self.endpoint = endpoint
        self.reach = reach
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
            to: endpoint, tls: tls, deadline: deadline, reach: reach, isCancelled: isCancelled)
        return try exchange(request, over: connection, deadline: deadline)
    }

    private func exchange(
        _ request: ClientRequest, over connection: ClientConnection, deadline: Int64
    ) throws(ClientError) -> ClientResponse {
        var head = "\(request.method.rawValue) \(request.target) HTTP/1.1\r\nhost: \(endpoint.authority)\r\n"
        for header in request.headers {
            // Metadata of an object comes from its writer, who must not write lines of this request.
            guard header.name.utf8.allSatisfy(ByteClass.isToken), header.value.utf8.allSatisfy(ByteClass.isFieldValue)
            else { throw .unreadable("the header \(header.name.prefix(64).debugDescription) cannot be sent") }
            head += "\(header.name): \(header.value)\r\n"
        }
        if request.body.length > 0 || request.method == .put || request.method == .post {
            head += "content-length: \(request.body.length)\r\n"
        }
        head += "\r\n"
        switch request.body {
        // Head and a small body leave in one packet.
        case .bytes(let bytes) where bytes.count <= HTTPClient.pieceLength:
            try connection.send(Array(head.utf8) + bytes, deadline: deadline)
        case .bytes(let bytes):
            try connection.send(Array(head.utf8), deadline: deadline)
            try connection.send(bytes, deadline: deadline)
        case .stream(let length, let open):
            let stream = try open()
            try connection.send(Array(head.utf8), deadline: deadline)
            var left = length
            while left > 0 {
                guard let bytes = try stream.next(), Int64(bytes.count) <= left else {
                    throw .unreadable("it is not as long as was said")
                }
                try connection.send(bytes, deadline: deadline)
                left -= Int64(bytes.count)
            }
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
