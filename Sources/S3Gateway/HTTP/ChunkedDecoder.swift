// Why this file exists: the chunked transfer coding as a pure state machine. It is the second place after the
// head where request smuggling lives, so it accepts the grammar and nothing beside it: CRLF only, 1*HEXDIG sizes
// that fit 63 bits, no white space around a size. Chunk extensions and trailers are checked, counted and dropped.
// See: RFC 9112 section 7.1.

/// Removes the chunked transfer coding. Bytes of chunks are never copied: the decoder says how many may be taken.
struct ChunkedDecoder {
    /// What follows after the bytes that ``advance(over:)`` consumed.
    enum Next: Equatable {
        /// More input is needed to know.
        case needsInput
        /// So many bytes of the body follow; say with ``took(_:)`` how many of them were taken.
        case data(Int64)
        /// The body is complete; what follows belongs to the next request.
        case finished
        /// The framing is broken; nothing after it can be trusted.
        case malformed
    }

    private enum State {
        case sizeStart, size, sizeExtension, sizeLineFeed
        case data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case finished, malformed
    }

    /// Hexadecimal digits of a size, leading zeros included.
    private static let maximumSizeDigits = 16

    private var state = State.sizeStart
    private var remaining: Int64 = 0
    private var digits = 0
    private var extensionBytesLeft: Int
    private var trailerBytesLeft: Int

    init(limits: RequestLimits) {
        extensionBytesLeft = limits.maximumChunkExtensionBytes
        trailerBytesLeft = limits.maximumTrailerBytes
    }

    var isFinished: Bool { state == .finished }

    /// Consumes framing up to the next byte of the body, the end of the body, or the end of the input.
    mutating func advance(over bytes: UnsafeRawBufferPointer) -> (consumed: Int, next: Next) {
        var index = 0
        while true {
            switch state {
            case .data: return (index, .data(remaining))
            case .finished: return (index, .finished)
            case .malformed: return (index, .malformed)
            default:
                guard index < bytes.count else { return (index, .needsInput) }
                state = step(bytes[index])
                index += 1
            }
        }
    }

    /// Notes that `count` bytes of the body were taken, at most as many as `.data` offered.
    mutating func took(_ count: Int) {
        precondition(state == .data && count >= 0 && Int64(count) <= remaining, "more was taken than offered")
        remaining -= Int64(count)
        if remaining == 0 { state = .dataReturn }
    }

    private mutating func step(_ byte: UInt8) -> State {
        switch state {
        case .sizeStart, .size: return stepSize(byte)
        case .sizeExtension:
            if byte == ByteClass.carriageReturn { return .sizeLineFeed }
            extensionBytesLeft -= 1
            return ByteClass.isFieldValue(byte) && extensionBytesLeft >= 0 ? .sizeExtension : .malformed
        case .sizeLineFeed:
            guard byte == ByteClass.lineFeed else { return .malformed }
            return remaining == 0 ? .trailerStart : .data
        case .dataReturn: return byte == ByteClass.carriageReturn ? .dataLineFeed : .malformed
        case .dataLineFeed:
            guard byte == ByteClass.lineFeed else { return .malformed }
            digits = 0
            return .sizeStart
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed: return stepTrailer(byte)
        case .data, .finished, .malformed: return state
        }
    }

    private mutating func stepSize(_ byte: UInt8) -> State {
        if let digit = ByteClass.hexadecimal(byte) {
            digits += 1
            guard digits <= Self.maximumSizeDigits, remaining <= Int64.max >> 4 else { return .malformed }
            remaining = remaining << 4 | Int64(digit)
            return .size
        }
        guard state == .size else { return .malformed }
        switch byte {
        case ByteClass.carriageReturn: return .sizeLineFeed
        case UInt8(ascii: ";"): return .sizeExtension
        default: return .malformed
        }
    }

    private mutating func stepTrailer(_ byte: UInt8) -> State {
        trailerBytesLeft -= 1
        // The two bytes of the closing empty line are free.
        guard trailerBytesLeft >= -2 else { return .malformed }
        switch state {
        case .trailerStart:
            if byte == ByteClass.carriageReturn { return .lastLineFeed }
            return ByteClass.isToken(byte) ? .trailerName : .malformed
        case .trailerName:
            if byte == UInt8(ascii: ":") { return .trailerValue }
            return ByteClass.isToken(byte) ? .trailerName : .malformed
        case .trailerValue:
            if byte == ByteClass.carriageReturn { return .trailerLineFeed }
            return ByteClass.isFieldValue(byte) ? .trailerValue : .malformed
        case .trailerLineFeed: return byte == ByteClass.lineFeed ? .trailerStart : .malformed
        default: return byte == ByteClass.lineFeed ? .finished : .malformed
        }
    }
}
