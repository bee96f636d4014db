// Why this file exists: the request line, the one line of a head whose parts are told apart by position.
// Exactly one space stands between them; nothing else is accepted. See: RFC 9112 section 3.
private import Glibc

/// A parsed request line.
struct RequestLine {
    typealias Slice = RequestHead.Slice

    let method: HTTPMethod
    let path: Slice
    let query: Slice
    /// The authority of a target in absolute form. See: RFC 9112 section 3.2.2.
    let authority: Slice?
    let isHTTP10: Bool

    /// Parses the first `end` bytes.
    init(_ bytes: UnsafeMutableBufferPointer<UInt8>, end: Int, limits: RequestLimits) throws(RequestRefusal) {
        var methodEnd = 0
        while methodEnd < end, ByteClass.isToken(bytes[methodEnd]) { methodEnd += 1 }
        guard methodEnd > 0, methodEnd < end, bytes[methodEnd] == ByteClass.space else {
            throw .malformed("The request line is malformed.")
        }
        let targetStart = methodEnd + 1
        var targetEnd = targetStart
        while targetEnd < end, ByteClass.isTarget(bytes[targetEnd]) { targetEnd += 1 }
        guard targetEnd > targetStart, targetEnd < end, bytes[targetEnd] == ByteClass.space else {
            throw .malformed("The request target is malformed.")
        }
        if targetEnd - targetStart > limits.maximumTargetBytes { throw .targetTooLong }
        isHTTP10 = try Self.parseVersion(bytes, start: targetEnd + 1, end: end)
        method = try Self.parseMethod(bytes, end: methodEnd)

        if bytes[targetStart] == UInt8(ascii: "/") {
            (path, query) = Self.split(bytes, start: targetStart, end: targetEnd)
            authority = nil
        } else if targetEnd - targetStart == 1, bytes[targetStart] == UInt8(ascii: "*"), method == .options {
            // A path always begins with `/`; the one in `HTTP/1.1` serves.
            path = Slice(start: targetEnd + 5, count: 1)
            query = Slice(start: targetEnd, count: 0)
            authority = nil
        } else {
            let start = try Self.authorityStart(bytes, start: targetStart, end: targetEnd)
            var authorityEnd = start
            while authorityEnd < targetEnd, ByteClass.isHost(bytes[authorityEnd]) { authorityEnd += 1 }
            guard authorityEnd > start else { throw .malformed("The request target is malformed.") }
            authority = Slice(start: start, count: authorityEnd - start)
            if authorityEnd == targetEnd || bytes[authorityEnd] == UInt8(ascii: "?") {
                // No path: the second slash of `http://` serves.
                path = Slice(start: start - 1, count: 1)
                query = Self.split(bytes, start: authorityEnd, end: targetEnd).query
            } else if bytes[authorityEnd] == UInt8(ascii: "/") {
                (path, query) = Self.split(bytes, start: authorityEnd, end: targetEnd)
            } else {
                throw .malformed("The request target is malformed.")
            }
        }
    }

    private static func split(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, start: Int, end: Int
    ) -> (path: Slice, query: Slice) {
        guard let base = bytes.baseAddress, let mark = memchr(base + start, Int32(UInt8(ascii: "?")), end - start)
        else { return (Slice(start: start, count: end - start), Slice(start: end, count: 0)) }
        let offset = UnsafeRawPointer(mark) - UnsafeRawPointer(base)
        return (Slice(start: start, count: offset - start), Slice(start: offset + 1, count: end - offset - 1))
    }

    /// After `http://` or `https://`.
    private static func authorityStart(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, start: Int, end: Int
    ) throws(RequestRefusal) -> Int {
        for length in [7, 8] where start + length <= end {
            let scheme: StaticString = length == 7 ? "http://" : "https://"
            if ByteClass.equal(bytes[start..<(start + length)], ignoringCase: scheme) { return start + length }
        }
        throw .malformed("The request target is malformed.")
    }

    /// `HTTP/1.1` or `HTTP/1.0`, case-sensitive. See: RFC 9112 section 2.3.
    private static func parseVersion(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, start: Int, end: Int
    ) throws(RequestRefusal) -> Bool {
        guard end - start == 8, let base = bytes.baseAddress, memcmp(base + start, "HTTP/", 5) == 0,
            ByteClass.isDigit(bytes[start + 5]), bytes[start + 6] == UInt8(ascii: "."),
            ByteClass.isDigit(bytes[start + 7])
        else { throw .malformed("The protocol version is malformed.") }
        switch (bytes[start + 5], bytes[start + 7]) {
        case (49, 49): return false
        case (49, 48): return true
        default: throw RequestRefusal(505, "Only HTTP/1.1 and HTTP/1.0 are served.")
        }
    }

    private static func parseMethod(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, end: Int
    ) throws(RequestRefusal) -> HTTPMethod {
        func isMethod(_ name: StaticString) -> Bool {
            name.utf8CodeUnitCount == end && memcmp(bytes.baseAddress!, name.utf8Start, end) == 0
        }
        switch end {
        case 3 where isMethod("GET"): return .get
        case 3 where isMethod("PUT"): return .put
        case 4 where isMethod("HEAD"): return .head
        case 4 where isMethod("POST"): return .post
        case 6 where isMethod("DELETE"): return .delete
        case 7 where isMethod("OPTIONS"): return .options
        case 5 where isMethod("PATCH") || isMethod("TRACE"), 7 where isMethod("CONNECT"):
            throw RequestRefusal(405, "The method is not served.")
        default:
            throw RequestRefusal(501, "The method is unknown.")
        }
    }
}
