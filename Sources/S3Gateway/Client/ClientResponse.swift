// Why this file exists: what a server answers, read as a pure state machine: bytes go in, a response comes out. It is as
// strict about framing as the server's side, since a connection is used again after a response.
// See: RFC 9112 sections 4 to 6.

/// Why a request got no answer.
public enum ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name has no address, or nobody accepts there.
    case unreachable(String)
    /// The peer is not who it should be, or speaks no TLS.
    case insecure(String)
    case timedOut
    /// The peer ended the connection before its answer was complete.
    case closed
    /// What came is no HTTP.
    case malformed(String)
    /// What was to be sent cannot be read.
    case unreadable(String)
    /// The server is stopping.
    case cancelled

    public var description: String {
        switch self {
        case .unreachable(let reason): "cannot connect: \(reason)"
        case .insecure(let reason): "TLS: \(reason)"
        case .timedOut: "no answer in time"
        case .closed: "the connection ended before the answer"
        case .malformed(let reason): "the answer is no HTTP: \(reason)"
        case .unreadable(let reason): "what is to be sent cannot be read: \(reason)"
        case .cancelled: "stopping"
        }
    }
}

/// An answer.
public struct ClientResponse: Sendable {
    public var status = 0
    /// Names in lower case.
    public var headers: [(name: String, value: String)] = []
    /// At most `ClientResponseParser.bodyMaximum` bytes.
    public var body: [UInt8] = []
    /// Whether the body was longer than what is kept.
    public var isTruncated = false

    /// The first header of that name (lower case).
    public subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Reads one response.
struct ClientResponseParser {
    static let headMaximum = 64 << 10
    static let fieldsMaximum = 100
    /// Body bytes that are kept.
    static let bodyMaximum = 1 << 20

    private enum State {
        case head
        case length(Int64)
        case chunked(ChunkedDecoder)
        case untilClose
        case complete
    }

    private var state = State.head
    private var head: [UInt8] = []
    private(set) var response = ClientResponse()
    /// Whether another request may follow on the connection.
    private(set) var isReusable = true
    /// The answer to HEAD has no body, whatever its head says.
    private let answersHead: Bool

    init(answersHead: Bool = false) { self.answersHead = answersHead }

    var isComplete: Bool {
        if case .complete = state { return true }
        return false
    }

    /// Takes bytes as they arrive.
    mutating func feed(_ bytes: ArraySlice<UInt8>) throws(ClientError) {
        var rest = bytes
        while !rest.isEmpty || isEmptyLength {
            switch state {
            case .head: try takeHead(&rest)
            case .length(let left):
                let count = Int(min(left, Int64(rest.count)))
                keep(rest.prefix(count))
                rest = rest.dropFirst(count)
                state = left == Int64(count) ? .complete : .length(left - Int64(count))
            case .chunked(var decoder):
                try takeChunks(&rest, &decoder)
            case .untilClose:
                keep(rest)
                rest = []
            case .complete:
                // Bytes behind an answer belong to no request.
                if !rest.isEmpty { isReusable = false }
                return
            }
        }
    }

    /// The peer sends nothing more.
    mutating func end() throws(ClientError) {
        switch state {
        case .untilClose: state = .complete
        case .complete: return
        case .head, .length, .chunked: throw .closed
        }
    }

    private var isEmptyLength: Bool {
        if case .length(0) = state { return true }
        return false
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        let room = ClientResponseParser.bodyMaximum - response.body.count
        response.body.append(contentsOf: bytes.prefix(room))
        if bytes.count > room { response.isTruncated = true }
    }

    private mutating func takeChunks(
        _ rest: inout ArraySlice<UInt8>, _ decoder: inout ChunkedDecoder
    ) throws(ClientError) {
        while !rest.isEmpty {
            let (consumed, next) = rest.withUnsafeBytes { decoder.advance(over: $0) }
            rest = rest.dropFirst(consumed)
            switch next {
            case .needsInput: break
            case .data(let length):
                let count = Int(min(length, Int64(rest.count)))
                guard count > 0 else { break }
                keep(rest.prefix(count))
                rest = rest.dropFirst(count)
                decoder.took(count)
                continue
            case .finished:
                state = .complete
                return
            case .malformed: throw .malformed("chunked framing")
            }
            break
        }
        state = .chunked(decoder)
    }

    private mutating func takeHead(_ rest: inout ArraySlice<UInt8>) throws(ClientError) {
        // Byte by byte up to the empty line; heads are short.
        while let byte = rest.popFirst() {
            head.append(byte)
            guard head.count <= ClientResponseParser.headMaximum else { throw .malformed("a head without an end") }
            guard byte == 10, head.suffix(4) == [13, 10, 13, 10] else { continue }
            try readHead()
            head = []
            return
        }
    }

    private mutating func readHead() throws(ClientError) {
        guard let text = String(validating: head, as: UTF8.self) else { throw .malformed("a head that is no text") }
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)[...]
        guard let first = lines.popFirst(), first.hasPrefix("HTTP/1."), first.utf8.count >= 12,
            let status = Int(first.dropFirst(9).prefix(3)), (100...599).contains(status)
        else { throw .malformed("no status line") }
        guard lines.count <= ClientResponseParser.fieldsMaximum else { throw .malformed("too many fields") }
        response = ClientResponse(status: status)
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw .malformed("a field without a name")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            var trimmed = value
            while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
            response.headers.append((line[..<colon].lowercased(), String(trimmed)))
        }
        if first.hasPrefix("HTTP/1.0") || response["connection"]?.lowercased() == "close" { isReusable = false }
        try chooseFraming()
    }

    // See: RFC 9112 section 6.3.
    private mutating func chooseFraming() throws(ClientError) {
        let status = response.status
        if (100..<200).contains(status) {
            // 100 and its like announce the answer that follows; nobody asked for another protocol.
            guard status != 101 else { throw .malformed("101") }
            state = .head
            return
        }
        if answersHead || status == 204 || status == 304 {
            state = .complete
            return
        }
        if let coding = response["transfer-encoding"] {
            guard coding.lowercased() == "chunked", response["content-length"] == nil else {
                throw .malformed("transfer-encoding: \(coding)")
            }
            state = .chunked(ChunkedDecoder(limits: RequestLimits()))
            return
        }
        if let length = response["content-length"] {
            guard !length.isEmpty, length.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let count = Int64(length) else {
                throw .malformed("content-length: \(length)")
            }
            state = count == 0 ? .complete : .length(count)
            return
        }
        isReusable = false
        state = .untilClose
    }
}
