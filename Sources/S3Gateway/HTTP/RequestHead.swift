// Why this file exists: the head of a request as every later room reads it: the received bytes once, plus where
// each part lies in them. Nothing becomes a String until somebody needs one.
// Invariants kept by the parser: names are lower case, values are trimmed, offsets lie inside `bytes`.

/// An HTTP request method that the gateway knows.
public enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
    case options = "OPTIONS"
}

/// The request line and the header fields, parsed and within limits.
public struct RequestHead: Sendable {
    /// Where a run of bytes lies in ``bytes``.
    public struct Slice: Sendable, Equatable {
        public var start: Int
        public var count: Int
        public init(start: Int, count: Int) {
            self.start = start
            self.count = count
        }
        public var range: Range<Int> { start..<(start + count) }
    }

    /// One header field: the name in lower case, the value without surrounding white space.
    public struct Field: Sendable {
        public var name: Slice
        public var value: Slice
        public init(name: Slice, value: Slice) {
            self.name = name
            self.value = value
        }
    }

    /// How the body is framed. See: RFC 9112 section 6.
    public enum BodyFraming: Sendable, Equatable {
        case none
        case length(Int64)
        case chunked
    }

    public var method: HTTPMethod
    /// The head as received, header names lowered in place.
    public var bytes: [UInt8]
    /// The path exactly as it was sent (percent-encoded), always beginning with `/`.
    public var rawPath: Slice
    /// The query exactly as it was sent, without the `?`; empty when there is none.
    public var rawQuery: Slice
    public var fields: [Field]
    public var framing: BodyFraming
    /// Whether the connection stays open after the response. See: RFC 9112 section 9.3.
    public var keepsAlive: Bool
    /// Whether the client waits for `100 Continue`. See: RFC 9110 section 10.1.1.
    public var expectsContinue: Bool
    /// The peer's address in text (`127.0.0.1`, `::1`, or `unix`), of the socket itself, never of a header.
    public var remoteAddress: String
    /// Whether the request came over TLS.
    public var isSecure: Bool

    public init(
        method: HTTPMethod, bytes: [UInt8], rawPath: Slice, rawQuery: Slice, fields: [Field], framing: BodyFraming,
        keepsAlive: Bool, expectsContinue: Bool, remoteAddress: String, isSecure: Bool
    ) {
        self.method = method
        self.bytes = bytes
        self.rawPath = rawPath
        self.rawQuery = rawQuery
        self.fields = fields
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.expectsContinue = expectsContinue
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
    }

    /// The bytes of a slice, without a copy.
    public func slice(_ slice: Slice) -> ArraySlice<UInt8> { bytes[slice.range] }

    /// A slice as text; bytes that are not UTF-8 become U+FFFD.
    public func text(_ slice: Slice) -> String { String(decoding: bytes[slice.range], as: UTF8.self) }

    /// Whether the field's name is `name`, which must be given in lower case.
    public func isNamed(_ field: Field, _ name: StaticString) -> Bool {
        guard field.name.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { wanted in
            for index in 0..<wanted.count where bytes[field.name.start + index] != wanted[index] { return false }
            return true
        }
    }

    /// The value of the first field called `name` (lower case), or nil.
    public func first(_ name: StaticString) -> Slice? {
        for field in fields where isNamed(field, name) { return field.value }
        return nil
    }

    /// The value of the first field called `name` (lower case) as text, or nil.
    public func value(_ name: StaticString) -> String? { first(name).map(text) }

    /// How many fields are called `name` (lower case).
    public func count(_ name: StaticString) -> Int {
        var found = 0
        for field in fields where isNamed(field, name) { found += 1 }
        return found
    }
}
