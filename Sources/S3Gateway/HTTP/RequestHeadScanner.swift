// Why this file exists: finds where a request head ends, over input that arrives in any pieces, without looking
// at a byte twice and without keeping more than the limits allow. What the lines say is RequestHeadParser's
// business.
// Invariant: every recorded line end is the offset of a CR that is followed by LF; a bare LF never ends a line.
private import Glibc

/// The incremental half of reading a request head. A value without I/O: the same bytes give the same answer.
struct RequestHeadScanner {
    /// What is known after the bytes so far.
    enum Progress: Equatable {
        case incomplete
        /// The head lies in `start ..< end` of the bytes, its closing empty line included.
        case complete(start: Int, end: Int)
        case refused(RequestRefusal)
    }

    /// Empty lines that may stand before a request line. See: RFC 9112 section 2.2.
    static let maximumLeadingLines = 2
    /// Method, version and two spaces beside the target.
    private static let requestLineAllowance = 64

    /// The offsets of the CRs that end the lines found so far.
    private(set) var lineEnds: [Int] = []
    private var scanned = 0
    private var lineStart = 0
    private var leadingLines = 0

    init() { lineEnds.reserveCapacity(32) }

    /// Forgets the head that was found, for the next one.
    mutating func reset() {
        lineEnds.removeAll(keepingCapacity: true)
        scanned = 0
        lineStart = 0
        leadingLines = 0
    }

    /// Looks at the bytes that were not there at the call before.
    /// - Parameter bytes: all input from the same first byte on as at the call before.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, limits: RequestLimits) -> Progress {
        guard let base = bytes.baseAddress else { return .incomplete }
        while scanned < bytes.count {
            guard let found = memchr(base + scanned, Int32(ByteClass.lineFeed), bytes.count - scanned) else { break }
            let lineFeed = UnsafeRawPointer(found) - base
            scanned = lineFeed + 1
            guard lineFeed > lineStart, bytes[lineFeed - 1] == ByteClass.carriageReturn else {
                return .refused(.bareLineFeed)
            }
            let lineEnd = lineFeed - 1
            if lineEnd == lineStart {
                if !lineEnds.isEmpty { return finish(end: scanned, limits: limits) }
                leadingLines += 1
                if leadingLines > Self.maximumLeadingLines {
                    return .refused(.malformed("The request begins with empty lines."))
                }
            } else {
                if lineEnds.isEmpty, let refusal = refusalOfRequestLine(bytes, end: lineEnd, limits: limits) {
                    return .refused(refusal)
                }
                lineEnds.append(lineEnd)
                if lineEnds.count > limits.maximumFields + 1 { return .refused(.tooManyFields) }
            }
            lineStart = scanned
        }
        scanned = bytes.count
        if lineEnds.isEmpty, let refusal = refusalOfRequestLine(bytes, end: bytes.count, limits: limits) {
            return .refused(refusal)
        }
        return bytes.count > limits.maximumHeadBytes ? .refused(.headTooLong) : .incomplete
    }

    private func finish(end: Int, limits: RequestLimits) -> Progress {
        let start = leadingLines * 2
        return end - start > limits.maximumHeadBytes ? .refused(.headTooLong) : .complete(start: start, end: end)
    }

    /// What can be said of a request line before its end is seen: that something else than HTTP is spoken here (a
    /// TLS greeting, for instance), or that it is already too long.
    private func refusalOfRequestLine(
        _ bytes: UnsafeRawBufferPointer, end: Int, limits: RequestLimits
    ) -> RequestRefusal? {
        guard end > lineStart else { return nil }
        let first = bytes[lineStart]
        if !ByteClass.isToken(first) && first != ByteClass.carriageReturn {
            return .malformed("The request line does not begin with a method.")
        }
        return end - lineStart > limits.maximumTargetBytes + Self.requestLineAllowance ? .targetTooLong : nil
    }
}
