// Why this file exists: heads and requests for tests, without a socket and without the parser.
import ObjectCore
import S3Gateway

/// Makes the head that the parser would make of these parts.
func makeHead(
    _ method: HTTPMethod, _ target: String, _ headers: [(String, String)] = [("host", "s3.example.test")],
    framing: RequestHead.BodyFraming = .none
) -> RequestHead {
    var bytes = Array("\(method.rawValue) ".utf8)
    func append(_ text: some Collection<UInt8>) -> RequestHead.Slice {
        let start = bytes.count
        bytes.append(contentsOf: text)
        return RequestHead.Slice(start: start, count: text.count)
    }
    let parts = Array(target.utf8).split(
        separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    let path = append(parts[0])
    var query = RequestHead.Slice(start: bytes.count, count: 0)
    if parts.count > 1 {
        _ = append("?".utf8)
        query = append(parts[1])
    }
    _ = append(" HTTP/1.1\r\n".utf8)
    var fields: [RequestHead.Field] = []
    for (name, value) in headers {
        let name = append(Array(name.lowercased().utf8))
        _ = append(": ".utf8)
        let value = append(Array(value.utf8))
        _ = append("\r\n".utf8)
        fields.append(RequestHead.Field(name: name, value: value))
    }
    return RequestHead(
        method: method, bytes: bytes, rawPath: path, rawQuery: query, fields: fields, framing: framing,
        keepsAlive: true, expectsContinue: false, remoteAddress: "127.0.0.1", isSecure: false)
}

/// Makes a request as ``makeHead(_:_:_:framing:)`` does.
func makeRequest(
    _ method: HTTPMethod, _ target: String, _ headers: [(String, String)] = [("host", "s3.example.test")],
    domains: [String] = []
) throws(S3Error) -> S3Request {
    try S3Request(
        makeHead(method, target, headers), configuration: S3Request.Configuration(virtualHostDomains: domains))
}

/// A body that comes in the given pieces.
final class PiecedBody: RequestBody {
    let announcedLength: Int64?
    private var pieces: [[UInt8]]
    private let failure: BodyError?

    init(_ pieces: [[UInt8]], announcedLength: Int64?, failure: BodyError? = nil) {
        self.pieces = pieces.filter { !$0.isEmpty }
        self.announcedLength = announcedLength
        self.failure = failure
    }

    /// The whole at once, its length announced.
    convenience init(_ bytes: [UInt8]) { self.init([bytes], announcedLength: Int64(bytes.count)) }

    func next(maximum: Int) async throws(BodyError) -> [UInt8]? {
        guard let first = pieces.first else {
            if let failure { throw failure }
            return nil
        }
        if first.count <= maximum {
            pieces.removeFirst()
            return first
        }
        pieces[0] = Array(first.dropFirst(maximum))
        return Array(first.prefix(maximum))
    }
}

/// Random numbers that a failing test can repeat.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    // SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// The S3Error that `body` throws.
func refusal(_ body: () throws -> Void) -> S3Error? {
    do {
        try body()
        return nil
    } catch let error as S3Error {
        return error
    } catch {
        return nil
    }
}

/// The S3Error that `body` throws.
func asyncRefusal(_ body: () async throws -> Void) async -> S3Error? {
    do {
        try await body()
        return nil
    } catch let error as S3Error {
        return error
    } catch {
        return nil
    }
}
