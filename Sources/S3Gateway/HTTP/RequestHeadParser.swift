// Why this file exists: turns the lines of a complete request head into a RequestHead, strictly. Where HTTP lets
// a recipient be lenient, two recipients can disagree, and a disagreement about where a request ends is request
// smuggling; so whatever is not plainly well-formed is refused.
// Invariants: only the bytes of the head are looked at; field names are lowered in place; nothing becomes a
// String on the way of a well-formed request.
private import Glibc

/// A parsed head and what the server needs beside it.
struct ParsedRequest: Sendable {
    var head: RequestHead
    /// HTTP/1.0: no chunked responses, no interim responses, and the connection closes. See: RFC 9112 section C.2.2.
    var isHTTP10: Bool
}

/// The strict half of reading a request head. Known methods that the gateway never serves (PATCH, CONNECT, TRACE)
/// are refused with 405, unknown ones with 501, versions other than 1.0 and 1.1 with 505.
struct RequestHeadParser {
    typealias Slice = RequestHead.Slice

    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let limits: RequestLimits
    private var fields: [RequestHead.Field] = []

    private var host: Slice?
    private var contentLength: Int64?
    private var isChunked = false
    private var closes = false
    private var expectsContinue = false

    private init(_ bytes: UnsafeMutableBufferPointer<UInt8>, limits: RequestLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Parses one head.
    /// - Parameters:
    ///   - raw: the input; the head lies in `start ..< end`.
    ///   - lineEnds: where the lines end in `raw`, as ``RequestHeadScanner`` found them; at least one.
    static func parse(
        _ raw: UnsafeRawBufferPointer, start: Int, end: Int, lineEnds: [Int], limits: RequestLimits,
        remoteAddress: String, isSecure: Bool
    ) throws(RequestRefusal) -> ParsedRequest {
        var bytes = [UInt8](raw[start..<end])
        var parsed = try bytes.withUnsafeMutableBufferPointer {
            (buffer: inout UnsafeMutableBufferPointer<UInt8>) throws(RequestRefusal) -> ParsedRequest in
            var parser = RequestHeadParser(buffer, limits: limits)
            return try parser.parse(
                offset: start, lineEnds: lineEnds, remoteAddress: remoteAddress, isSecure: isSecure)
        }
        parsed.head.bytes = bytes
        return parsed
    }

    private mutating func parse(
        offset: Int, lineEnds: [Int], remoteAddress: String, isSecure: Bool
    ) throws(RequestRefusal) -> ParsedRequest {
        guard let firstEnd = lineEnds.first else { throw .malformed("The request has no request line.") }
        let line = try RequestLine(bytes, end: firstEnd - offset, limits: limits)

        fields.reserveCapacity(lineEnds.count - 1)
        var lineStart = firstEnd - offset + 2
        for index in 1..<max(1, lineEnds.count) {
            let lineEnd = lineEnds[index] - offset
            try parseField(start: lineStart, end: lineEnd)
            lineStart = lineEnd + 2
        }

        // See: RFC 9112 section 3.2.
        if host == nil && !line.isHTTP10 { throw .malformed("The request has no Host.") }
        if let authority = line.authority {
            guard let host, equalIgnoringCase(host, authority) || line.isHTTP10 else {
                throw .malformed("Host differs from the request target.")
            }
        }
        // See: RFC 9112 section 6.1 and 6.3: both, or Transfer-Encoding from before HTTP/1.1, means that somebody on
        // the way understood another framing than we would.
        if isChunked && contentLength != nil {
            throw .malformed("The request has both Content-Length and Transfer-Encoding.")
        }
        if isChunked && line.isHTTP10 { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        let framing: RequestHead.BodyFraming =
            if isChunked { .chunked } else if let contentLength { .length(contentLength) } else { .none }

        let head = RequestHead(
            method: line.method, bytes: [], rawPath: line.path, rawQuery: line.query, fields: fields,
            framing: framing, keepsAlive: !closes && !line.isHTTP10,
            expectsContinue: expectsContinue && !line.isHTTP10, remoteAddress: remoteAddress, isSecure: isSecure)
        return ParsedRequest(head: head, isHTTP10: line.isHTTP10)
    }

    // MARK: Fields

    private mutating func parseField(start: Int, end: Int) throws(RequestRefusal) {
        var colon = start
        while colon < end {
            let byte = bytes[colon]
            guard ByteClass.isToken(byte) else { break }
            bytes[colon] = ByteClass.lowered(byte)
            colon += 1
        }
        // Nothing before the colon, white space before it, or a folded line (which begins with white space).
        // See: RFC 9112 section 5.1 and 5.2.
        guard colon > start, colon < end, bytes[colon] == UInt8(ascii: ":") else {
            throw .malformed("A header field is malformed.")
        }
        var valueStart = colon + 1
        var valueEnd = end
        while valueStart < valueEnd, isBlank(bytes[valueStart]) { valueStart += 1 }
        while valueEnd > valueStart, isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
        guard isFieldValue(start: valueStart, end: valueEnd) else {
            throw .malformed("A header field's value contains a control character.")
        }
        let value = Slice(start: valueStart, count: valueEnd - valueStart)
        try noteFraming(nameStart: start, nameCount: colon - start, value)
        fields.append(.init(name: Slice(start: start, count: colon - start), value: value))
    }

    /// Remembers what the server itself must know of a field.
    private mutating func noteFraming(nameStart: Int, nameCount: Int, _ value: Slice) throws(RequestRefusal) {
        switch nameCount {
        case 4 where matches(nameStart, "host"):
            if host != nil { throw .malformed("The request has more than one Host.") }
            guard value.count > 0, value.range.allSatisfy({ ByteClass.isHost(bytes[$0]) }) else {
                throw .malformed("Host is malformed.")
            }
            host = value
        case 6 where matches(nameStart, "expect"):
            // Other expectations may be refused or ignored (RFC 9110 section 10.1.1); S3 ignores them.
            if equals(value, "100-continue") { expectsContinue = true }
        case 10 where matches(nameStart, "connection"):
            if hasListMember(value, "close") { closes = true }
        case 14 where matches(nameStart, "content-length"):
            // A second one, even with the same value, is a sign of a confused sender. See: RFC 9112 section 6.3.
            if contentLength != nil { throw .malformed("The request has more than one Content-Length.") }
            contentLength = try decimal(value)
        case 17 where matches(nameStart, "transfer-encoding"):
            if isChunked { throw .malformed("The request has more than one Transfer-Encoding.") }
            guard equals(value, "chunked") else { throw RequestRefusal(501, "The transfer coding is not served.") }
            isChunked = true
        default:
            break
        }
    }

    /// 1*DIGIT that fits 63 bits.
    private func decimal(_ value: Slice) throws(RequestRefusal) -> Int64 {
        var number: Int64 = 0
        for index in value.range {
            guard ByteClass.isDigit(bytes[index]) else { throw .malformed("Content-Length is not a number.") }
            let (tenfold, overflowed) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowedToo) = tenfold.addingReportingOverflow(Int64(bytes[index] &- 48))
            if overflowed || overflowedToo { throw .malformed("Content-Length is too large.") }
            number = sum
        }
        if value.count == 0 { throw .malformed("Content-Length is empty.") }
        return number
    }

    // MARK: Bytes

    @inline(__always)
    private func isBlank(_ byte: UInt8) -> Bool { byte == ByteClass.space || byte == ByteClass.tab }

    /// Eight bytes at a time; only a word that holds a control character or DEL is looked at byte by byte.
    private func isFieldValue(start: Int, end: Int) -> Bool {
        let base = UnsafeRawPointer(bytes.baseAddress!)
        var index = start
        while index + 8 <= end {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let ones: UInt64 = 0x0101_0101_0101_0101
            let highs: UInt64 = 0x8080_8080_8080_8080
            let below32 = (word &- ones &* 32) & ~word & highs
            let flipped = word ^ (ones &* 127)
            let deletes = (flipped &- ones) & ~flipped & highs
            if below32 | deletes != 0 {
                for offset in index..<(index + 8) where !ByteClass.isFieldValue(bytes[offset]) { return false }
            }
            index += 8
        }
        while index < end {
            if !ByteClass.isFieldValue(bytes[index]) { return false }
            index += 1
        }
        return true
    }

    /// Whether the name at `start`, already lowered and of the right length, is `name`.
    @inline(__always)
    private func matches(_ start: Int, _ name: StaticString) -> Bool {
        memcmp(bytes.baseAddress! + start, name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    private func equals(_ value: Slice, _ text: StaticString) -> Bool {
        ByteClass.equal(bytes[value.range], ignoringCase: text)
    }

    private func equalIgnoringCase(_ one: Slice, _ other: Slice) -> Bool {
        one.count == other.count
            && zip(bytes[one.range], bytes[other.range]).allSatisfy { ByteClass.lowered($0) == ByteClass.lowered($1) }
    }

    /// Whether a comma-separated list has `text` as a member, in any case.
    private func hasListMember(_ value: Slice, _ text: StaticString) -> Bool {
        var start = value.start
        let end = value.start + value.count
        while start < end {
            var memberEnd = start
            while memberEnd < end, bytes[memberEnd] != UInt8(ascii: ",") { memberEnd += 1 }
            var first = start
            var last = memberEnd
            while first < last, isBlank(bytes[first]) { first += 1 }
            while last > first, isBlank(bytes[last - 1]) { last -= 1 }
            if ByteClass.equal(bytes[first..<last], ignoringCase: text) { return true }
            start = memberEnd + 1
        }
        return false
    }
}
