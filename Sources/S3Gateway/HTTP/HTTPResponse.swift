// Why this file exists: what a handler gives back to the server, and the contract between the two. The server
// alone writes Date, Connection, Content-Length and Transfer-Encoding, so that framing is decided in one place.
public import ObjectCore

/// A response before it is put on the wire.
public struct HTTPResponse: Sendable {
    /// What follows the head.
    public enum Body: Sendable {
        /// No body; `Content-Length: 0` except for 204 and 304.
        case empty
        /// Bytes in memory.
        case bytes([UInt8])
        /// Bytes in files, sent with sendfile(2) where the connection allows it.
        case regions([FileRegion])
        /// The head says that a body of this many bytes would follow, but none does: the answer to HEAD.
        case absent(length: Int64)
        /// A body of unknown length, sent chunked. The closure pulls nothing: it pushes through the writer.
        case stream(@Sendable (any ResponseBodyWriter) async throws -> Void)
        /// A body of a known length that is made while it is sent. When fewer or more bytes are pushed than that, the
        /// connection ends.
        case sized(Int64, @Sendable (any ResponseBodyWriter) async throws -> Void)
    }

    /// The status code, such as 200.
    public var status: Int
    /// Header lines in wire form, each ended by CRLF. See ``add(_:_:)``.
    public private(set) var headerBytes: [UInt8] = []
    public var body: Body
    /// Set when the connection must not be used again, for instance after a refused body.
    public var closesConnection = false

    public init(status: Int, body: Body = .empty) {
        self.status = status
        self.body = body
        headerBytes.reserveCapacity(512)
    }

    /// Adds one header line. CR, LF and NUL in the value become spaces, so that no value can begin a new line.
    public mutating func add(_ name: StaticString, _ value: some StringProtocol) {
        name.withUTF8Buffer { headerBytes.append(contentsOf: $0) }
        appendValue(value.utf8)
    }

    /// Adds one header line whose name is only known at run time (user metadata). What cannot be in a name becomes a
    /// dash, so that no name can end its line.
    public mutating func add(name: String, _ value: some StringProtocol) {
        headerBytes.append(contentsOf: name.utf8.lazy.map { ByteClass.isToken($0) ? $0 : UInt8(ascii: "-") })
        appendValue(value.utf8)
    }

    private mutating func appendValue(_ value: some Sequence<UInt8>) {
        headerBytes.append(UInt8(ascii: ":"))
        headerBytes.append(UInt8(ascii: " "))
        let start = headerBytes.count
        // Text is mostly contiguous UTF-8, which is copied as a whole; a loop over an unspecialised sequence costs
        // a witness call for each byte.
        if value.withContiguousStorageIfAvailable({ headerBytes.append(contentsOf: $0) }) == nil {
            headerBytes.append(contentsOf: value)
        }
        for index in start..<headerBytes.count where Self.endsLine(headerBytes[index]) { headerBytes[index] = 32 }
        headerBytes.append(13)
        headerBytes.append(10)
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 13 || byte == 10 || byte == 0 }
}

/// Where a streamed response body goes. Not Sendable: it belongs to one connection.
public protocol ResponseBodyWriter {
    /// Writes bytes; returns when the connection has taken them.
    func write(_ bytes: [UInt8]) async throws
    /// Writes bytes that lie in a file.
    func write(_ region: FileRegion) async throws
}

/// Why a body could not be read to its end.
public enum BodyError: Error, Sendable, Equatable {
    /// The peer closed or reset the connection before the body was complete.
    case truncated
    /// The chunked framing is malformed. See: RFC 9112 section 7.1.
    case malformed
    /// Nothing arrived for longer than the server allows.
    case timedOut
    /// The server is shutting down and its grace period is over.
    case cancelled
}

/// The body of a request, pulled by the handler. `100 Continue` goes out before the first byte is waited for.
/// Not Sendable: it belongs to one connection and is read by one task.
public protocol RequestBody: AnyObject {
    /// The length that the head announced, or nil for a chunked body.
    var announcedLength: Int64? { get }
    /// The next bytes of the body (HTTP framing removed), nil at its end; never empty.
    /// - Parameter maximum: at most so many bytes at once. The array is handed over, so it can cross threads.
    func next(maximum: Int) async throws(BodyError) -> [UInt8]?
}

/// What happened to one exchange, told to the handler after the last byte was taken by the socket.
public struct ExchangeSummary: Sendable {
    public var status: Int
    /// Body bytes that were sent.
    public var bytesSent: Int64
    /// Body bytes that were received.
    public var bytesReceived: Int64
    /// From the first byte of the head to the last byte of the response, in nanoseconds.
    public var totalNanoseconds: Int64
    /// From the complete head to the first byte of the response, in nanoseconds.
    public var turnaroundNanoseconds: Int64
    /// Whether the whole response was taken by the socket.
    public var isComplete: Bool

    public init(
        status: Int, bytesSent: Int64, bytesReceived: Int64, totalNanoseconds: Int64, turnaroundNanoseconds: Int64,
        isComplete: Bool
    ) {
        self.status = status
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
        self.totalNanoseconds = totalNanoseconds
        self.turnaroundNanoseconds = turnaroundNanoseconds
        self.isComplete = isComplete
    }
}

/// A response and what is to be done once it has been sent (access log, metrics). The closure runs on the
/// connection's event loop and must not block.
public struct HandledResponse: Sendable {
    public var response: HTTPResponse
    public var whenSent: (@Sendable (ExchangeSummary) -> Void)?

    public init(_ response: HTTPResponse, whenSent: (@Sendable (ExchangeSummary) -> Void)? = nil) {
        self.response = response
        self.whenSent = whenSent
    }
}

/// Answers requests. Runs on the connection's event loop, so it must never block.
public protocol HTTPHandler: Sendable {
    /// Answers one request. A body that is left unread is drained or the connection is closed, by the server.
    func respond(to head: RequestHead, body: any RequestBody) async -> HandledResponse
    /// The body to send when the server itself refuses a request (malformed head, too many fields, time-out), so
    /// that even these answers have the protocol's error form.
    func refusal(status: Int, reason: String) -> HTTPResponse
}
