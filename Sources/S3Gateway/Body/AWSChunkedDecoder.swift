// Why this file exists: the aws-chunked framing, taken off a body as a pure state machine. Chunk borders have
// nothing to do with the borders of reads, so every byte may come alone.
// Invariants: nothing is releasable that the signature of its chunk does not vouch for, except in chunks of more
// than `holdBackMax`, of which always the last `holdBackMax` bytes wait for the signature; so no body can be read to
// the end of a chunk, and none completed, whose signature is wrong. The decoded length is met exactly. Memory is
// bounded by what was pushed and not taken, plus `holdBackMax`.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import ObjectCore

/// Decodes aws-chunked bodies, signed or not, with or without a trailer.
struct AWSChunkedDecoder {
    /// The longest line of a chunk header or trailer, in bytes.
    static let lineLengthMax = 1024
    /// The largest chunk, in bytes: as large as a whole upload may be.
    static let chunkLengthMax: Int64 = 5 * 1024 * 1024 * 1024
    static let trailersMax = 16
    /// How much of a signed chunk waits for its signature, in bytes. Clients send 64 KiB to 128 KiB.
    static let holdBackMax = 128 * 1024

    private enum State {
        case chunkHeader
        case data(remaining: Int64)
        case dataEnd
        case trailer
        /// The empty line after the trailer's signature.
        case lastLine
        case done
    }

    private let signing: ChunkSigning?
    private let hasTrailer: Bool
    private let decodedLength: Int64
    private var state = State.chunkHeader
    private var line: [UInt8] = []
    private var previousSignature: [UInt8]
    private var chunkSignature: [UInt8] = []
    private let chunkHasher: DigestHasher?
    private var received: Int64 = 0

    private var output: [UInt8] = []
    private var releasable = 0
    private var taken = 0

    /// The trailer's fields in the order in which they came, names in lower case, without the trailer's signature.
    private(set) var trailers: [(name: String, value: String)] = []

    /// - Parameter decodedLength: how many bytes the chunks must come to.
    init(signing: ChunkSigning?, hasTrailer: Bool, decodedLength: Int64) {
        self.signing = signing
        self.hasTrailer = hasTrailer
        self.decodedLength = decodedLength
        previousSignature = signing?.seedSignature ?? []
        chunkHasher = signing == nil ? nil : DigestHasher(.sha256)
    }

    /// Whether the last byte of the framing has been seen.
    var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// How many decoded bytes can be taken.
    var available: Int { releasable - taken }

    /// The next decoded bytes, or nil when none can be released yet.
    mutating func take(maximum: Int) -> [UInt8]? {
        guard available > 0, maximum > 0 else { return nil }
        if taken == 0, releasable == output.count, output.count <= maximum {
            let whole = output
            output = []
            releasable = 0
            return whole
        }
        let count = min(available, maximum)
        let part = Array(output[taken..<(taken + count)])
        taken += count
        // What was taken is dropped once it is the larger part, so that each byte moves at most twice.
        if taken * 2 >= output.count {
            output.removeFirst(taken)
            releasable -= taken
            taken = 0
        }
        return part
    }

    /// Reads on.
    /// - Throws: IncompleteBody, InvalidRequest, SignatureDoesNotMatch, MalformedTrailerError. The decoder must not be
    ///   used again after it has thrown.
    mutating func push(_ input: [UInt8]) throws(S3Error) {
        var position = 0
        while position < input.count {
            switch state {
            case .chunkHeader:
                guard let header = try takeLine(input, &position, allowsBareLineFeed: false) else { return }
                try beginChunk(header)
            case .data(let remaining):
                let count = Int(min(Int64(input.count - position), remaining))
                append(input[position..<(position + count)])
                position += count
                if remaining > Int64(count) {
                    state = .data(remaining: remaining - Int64(count))
                } else {
                    state = .dataEnd
                    try endChunk()
                }
            case .dataEnd:
                guard let rest = try takeLine(input, &position, allowsBareLineFeed: false) else { return }
                guard rest.isEmpty else { throw AWSChunkedDecoder.malformed }
                state = .chunkHeader
            case .trailer:
                // minio-go ends trailer fields by LF and sends CRLF before the trailer's signature.
                guard let field = try takeLine(input, &position, allowsBareLineFeed: hasTrailer) else { return }
                try readTrailer(field)
            case .lastLine:
                guard let rest = try takeLine(input, &position, allowsBareLineFeed: false) else { return }
                guard rest.isEmpty else { throw S3Error(.malformedTrailer) }
                state = .done
            case .done:
                throw S3Error(.invalidRequest, "The request body goes on after the end of its aws-chunked framing.")
            }
        }
    }

    /// To be called when the body has ended.
    /// - Throws: IncompleteBody when it ended too early, MalformedTrailerError when its trailer is not complete.
    mutating func finish() throws(S3Error) {
        switch state {
        case .done: return
        // The last CRLF is missing; everything that counts is there.
        case .lastLine where line.isEmpty: state = .done
        case .trailer where line.isEmpty: try endTrailer()
        case .chunkHeader, .data, .dataEnd, .trailer, .lastLine: throw AWSChunkedDecoder.incomplete
        }
    }

    // A line without its end, or nil when its end has not come yet.
    private mutating func takeLine(
        _ input: [UInt8], _ position: inout Int, allowsBareLineFeed: Bool
    ) throws(S3Error) -> [UInt8]? {
        while position < input.count {
            let byte = input[position]
            position += 1
            guard byte != 0x0A else {
                if line.last == 0x0D {
                    line.removeLast()
                } else if !allowsBareLineFeed {
                    throw AWSChunkedDecoder.malformed
                }
                let whole = line
                line.removeAll(keepingCapacity: true)
                guard !whole.contains(0x0D) else { throw AWSChunkedDecoder.malformed }
                return whole
            }
            guard line.count < AWSChunkedDecoder.lineLengthMax else { throw AWSChunkedDecoder.malformed }
            line.append(byte)
        }
        return nil
    }

    private mutating func beginChunk(_ header: [UInt8]) throws(S3Error) {
        let semicolon = header.firstIndex(of: UInt8(ascii: ";")) ?? header.endIndex
        guard let length = AWSChunkedDecoder.hexadecimal(header[..<semicolon]),
            length <= AWSChunkedDecoder.chunkLengthMax
        else { throw AWSChunkedDecoder.malformed }
        if signing != nil {
            let extensions = header[semicolon...]
            let name: StaticString = ";chunk-signature="
            guard ASCII.hasPrefix(extensions, name), extensions.count == name.utf8CodeUnitCount + 64 else {
                throw AWSChunkedDecoder.malformed
            }
            chunkSignature = Array(extensions.dropFirst(name.utf8CodeUnitCount))
        }
        guard length <= decodedLength - received else {
            throw S3Error(
                .incompleteBody, "The request body is longer than x-amz-decoded-content-length announced.")
        }
        if length == 0 {
            try checkChunkSignature()
            guard received == decodedLength else { throw AWSChunkedDecoder.incomplete }
            state = .trailer
        } else {
            state = .data(remaining: length)
        }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        received += Int64(bytes.count)
        output.append(contentsOf: bytes)
        guard let chunkHasher else {
            releasable = output.count
            return
        }
        chunkHasher.update(bytes)
        releasable = max(releasable, output.count - AWSChunkedDecoder.holdBackMax)
    }

    private mutating func endChunk() throws(S3Error) {
        try checkChunkSignature()
        releasable = output.count
    }

    private mutating func checkChunkSignature() throws(S3Error) {
        guard let signing, let chunkHasher else { return }
        let digest = chunkHasher.finalize()
        chunkHasher.reset()
        let toSign = SignatureV4.chunkStringToSign(signing, previous: previousSignature, chunkDigest: digest)
        try check(chunkSignature, of: toSign, signing)
    }

    private mutating func check(_ given: [UInt8], of toSign: [UInt8], _ signing: ChunkSigning) throws(S3Error) {
        guard ConstantTime.equal(SignatureV4.sign(toSign, with: signing.signingKey), given) else {
            throw S3Error(
                .signatureDoesNotMatch,
                fields: [
                    "StringToSign": String(decoding: toSign, as: UTF8.self),
                    "SignatureProvided": String(decoding: given, as: UTF8.self),
                ])
        }
        previousSignature = given
    }

    private mutating func readTrailer(_ field: [UInt8]) throws(S3Error) {
        if field.isEmpty {
            // The empty line that minio-go sends before the signature is not the end.
            if signing != nil, hasTrailer, !trailers.isEmpty { return }
            try endTrailer()
            return
        }
        guard hasTrailer, let colon = field.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            trailers.count < AWSChunkedDecoder.trailersMax, field.allSatisfy({ $0 >= 0x20 || $0 == 0x09 })
        else { throw S3Error(.malformedTrailer) }
        let name = String(decoding: field[..<colon].map(ASCII.lowercased), as: UTF8.self)
        var value: [UInt8] = []
        RequestHead.appendCollapsed(field[(colon + 1)...], to: &value)
        if name == "x-amz-trailer-signature" {
            guard let signing else { throw S3Error(.malformedTrailer) }
            try checkTrailerSignature(value, signing)
            state = .lastLine
            return
        }
        guard !trailers.contains(where: { $0.name == name }) else { throw S3Error(.malformedTrailer) }
        trailers.append((name, String(decoding: value, as: UTF8.self)))
    }

    private mutating func checkTrailerSignature(_ given: [UInt8], _ signing: ChunkSigning) throws(S3Error) {
        var canonical: [UInt8] = []
        for (name, value) in trailers {
            canonical.append(contentsOf: name.utf8)
            canonical.append(UInt8(ascii: ":"))
            canonical.append(contentsOf: value.utf8)
            canonical.append(0x0A)
        }
        let toSign = SignatureV4.trailerStringToSign(
            signing, previous: previousSignature, trailerDigest: Digest.sha256(canonical))
        try check(given, of: toSign, signing)
    }

    // The trailer ended without a signature.
    private mutating func endTrailer() throws(S3Error) {
        guard signing == nil || !hasTrailer else { throw S3Error(.malformedTrailer) }
        state = .done
    }

    // `1*HEXDIG`, at most 16 of them.
    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x41...0x46: value = value << 4 | UInt64(digit - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return Int64(exactly: value)
    }

    private static let malformed = S3Error(.invalidRequest, "The aws-chunked framing of the request body is malformed.")
    private static let incomplete = S3Error(.incompleteBody, "The request body terminated unexpectedly")
}
