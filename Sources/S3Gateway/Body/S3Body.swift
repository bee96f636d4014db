// Why this file exists: the body as an operation reads it, whatever framing the client chose: payload bytes only,
// signatures of chunks checked, and a list of the digests that the storing side must compute and have compared.
// Invariants: `next` returns nil only after the framing, its signatures and its trailer were complete and right;
// `verify` compares every digest that was announced anywhere.
public import ObjectCore

/// A request's payload. Not Sendable: it belongs to one connection and is read by one task.
public final class S3Body {
    /// What `x-amz-checksum-*` headers are about.
    public enum ChecksumHeaders: Sendable {
        /// The bytes of this body.
        case describeBody
        /// An object that this body is not, as in CompleteMultipartUpload: they are the operation's to read.
        case describeObject
    }

    /// The length of the payload in bytes, or nil when the client does not say.
    public let decodedLength: Int64?
    /// The value of Content-MD5.
    public let contentMD5: [UInt8]?
    /// The checksum that the client gave: from a header at once, from the trailer after the end.
    public private(set) var expectedChecksum: (algorithm: DigestAlgorithm, value: [UInt8])?
    /// The digests that ``verify(digests:length:)`` will want: known before the first byte.
    public let requiredDigests: Set<DigestAlgorithm>
    /// The algorithm of the checksum that header or trailer announce, known before the first byte.
    public let announcedAlgorithm: DigestAlgorithm?

    private let raw: any RequestBody
    private let payloadSHA256: [UInt8]?
    private let trailerNames: [String]
    private let trailerAlgorithm: DigestAlgorithm?
    private var decoder: AWSChunkedDecoder?
    private var received: Int64 = 0
    private var isEnded = false

    /// How much is asked of the connection at once, in bytes.
    private static let readLength = 64 * 1024

    init(
        _ raw: any RequestBody, of request: VerifiedRequest, payload: PayloadMode, checksumHeaders: ChecksumHeaders
    ) throws(S3Error) {
        self.raw = raw
        var hasTrailer = false
        var digest: [UInt8]?
        switch payload {
        case .unsigned: decodedLength = raw.announcedLength
        case .digest(let value):
            digest = value
            decodedLength = raw.announcedLength
        case .chunks(let signing, let trailer):
            hasTrailer = trailer
            guard let text = request.header("x-amz-decoded-content-length") else {
                throw S3Error(
                    .missingContentLength, "You must provide the x-amz-decoded-content-length HTTP header.")
            }
            guard let length = ASCII.decimal(text.utf8) else {
                throw S3Error.invalidArgument(
                    "x-amz-decoded-content-length must be a decimal number.", name: "x-amz-decoded-content-length",
                    value: text)
            }
            decodedLength = length
            decoder = AWSChunkedDecoder(signing: signing, hasTrailer: trailer, decodedLength: length)
        }
        let announcement = try BodyAnnouncement(
            request, describesBody: checksumHeaders == .describeBody, hasTrailer: hasTrailer)
        payloadSHA256 = digest
        contentMD5 = announcement.contentMD5
        expectedChecksum = announcement.checksum
        trailerNames = announcement.trailerNames
        trailerAlgorithm = announcement.trailerAlgorithm
        announcedAlgorithm = announcement.checksum?.algorithm ?? announcement.trailerAlgorithm
        var required: Set<DigestAlgorithm> = []
        if digest != nil { required.insert(.sha256) }
        if contentMD5 != nil { required.insert(.md5) }
        if let announcedAlgorithm { required.insert(announcedAlgorithm) }
        requiredDigests = required
    }

    /// The next payload bytes, nil at the end; never empty.
    /// - Parameter maximum: at most so many bytes.
    /// - Throws: IncompleteBody, InvalidRequest, SignatureDoesNotMatch, MalformedTrailerError, RequestTimeout,
    ///   ServiceUnavailable. The body must not be read on after that.
    public func next(maximum: Int) async throws(S3Error) -> [UInt8]? {
        guard decoder != nil else { return try await nextPlain(maximum: maximum) }
        while true {
            if let part = decoder?.take(maximum: maximum) {
                received += Int64(part.count)
                return part
            }
            if isEnded { return nil }
            guard let bytes = try await pull(maximum: max(maximum, S3Body.readLength)) else {
                try decoder?.finish()
                try checkTrailers()
                isEnded = true
                continue
            }
            try decoder?.push(bytes)
        }
    }

    private func nextPlain(maximum: Int) async throws(S3Error) -> [UInt8]? {
        if isEnded { return nil }
        guard let bytes = try await pull(maximum: maximum) else {
            if let decodedLength, received != decodedLength { throw S3Error(.incompleteBody) }
            isEnded = true
            return nil
        }
        received += Int64(bytes.count)
        return bytes
    }

    private func pull(maximum: Int) async throws(S3Error) -> [UInt8]? {
        do {
            return try await raw.next(maximum: maximum)
        } catch {
            throw S3Error(error)
        }
    }

    /// A field of the trailer, after the end.
    /// - Parameter name: in lower case.
    public func trailer(_ name: String) -> String? {
        isEnded ? decoder?.trailers.first { $0.name == name }?.value : nil
    }

    /// The whole of a small control body, with every announced digest compared.
    /// - Parameters:
    ///   - limit: the most bytes to take.
    ///   - requiresIntegrity: refuse a body that comes with neither Content-MD5 nor a checksum.
    /// - Throws: MaxMessageLengthExceeded, InvalidRequest, BadDigest and what ``next(maximum:)`` throws.
    public func collect(limit: Int, requiresIntegrity: Bool = false) async throws(S3Error) -> [UInt8] {
        if requiresIntegrity { try requireIntegrity() }
        if let decodedLength, decodedLength > Int64(limit) { throw S3Error(.maxMessageLengthExceeded) }
        var whole: [UInt8] = []
        while let part = try await next(maximum: S3Body.readLength) {
            guard part.count <= limit - whole.count else { throw S3Error(.maxMessageLengthExceeded) }
            whole.append(contentsOf: part)
        }
        var digests: [DigestAlgorithm: [UInt8]] = [:]
        for algorithm in requiredDigests {
            let hasher = DigestHasher(algorithm)
            hasher.update(whole)
            digests[algorithm] = hasher.finalize()
        }
        try verify(digests: digests, length: Int64(whole.count))
        return whole
    }

    /// Refuses a body that comes with neither Content-MD5 nor a checksum.
    /// - Throws: InvalidRequest.
    public func requireIntegrity() throws(S3Error) {
        guard contentMD5 == nil, announcedAlgorithm == nil else { return }
        throw S3Error(
            .invalidRequest, "Missing required header for this request: Content-MD5")
    }

    /// Compares what was computed over the payload with everything that the client announced. To be called after
    /// ``next(maximum:)`` has returned nil and before anything becomes visible.
    /// - Parameters:
    ///   - digests: at least those of ``requiredDigests``.
    ///   - length: how many bytes were taken.
    /// - Throws: IncompleteBody, XAmzContentSHA256Mismatch, BadDigest; InternalError when the caller left one out.
    public func verify(digests: [DigestAlgorithm: [UInt8]], length: Int64) throws(S3Error) {
        guard isEnded, length == received else { throw S3Error(.incompleteBody) }
        if let decodedLength, decodedLength != length { throw S3Error(.incompleteBody) }
        for algorithm in requiredDigests where digests[algorithm]?.count != algorithm.length {
            throw S3Error(.internalError, "The \(algorithm.s3Name) of the payload was not computed.")
        }
        if let payloadSHA256, let actual = digests[.sha256], actual != payloadSHA256 {
            throw S3Error(
                .contentSHA256Mismatch,
                fields: [
                    "ClientComputedContentSHA256": Hex.encode(payloadSHA256),
                    "S3ComputedContentSHA256": Hex.encode(actual),
                ])
        }
        if let contentMD5, let actual = digests[.md5], actual != contentMD5 {
            throw S3Error(
                .badDigest,
                fields: [
                    "ExpectedDigest": Base64.encode(contentMD5), "CalculatedDigest": Base64.encode(actual),
                ])
        }
        if let expectedChecksum, digests[expectedChecksum.algorithm] != expectedChecksum.value {
            throw S3Error.badDigest(expectedChecksum.algorithm)
        }
    }

    // What came must have been announced and what was announced must have come.
    private func checkTrailers() throws(S3Error) {
        let trailers = decoder?.trailers ?? []
        for (name, _) in trailers where !trailerNames.contains(name) { throw S3Error(.malformedTrailer) }
        for name in trailerNames where !trailers.contains(where: { $0.name == name }) {
            throw S3Error(.malformedTrailer)
        }
        guard let trailerAlgorithm else { return }
        let name = "x-amz-checksum-\(trailerAlgorithm.s3Name.lowercased())"
        guard let text = trailers.first(where: { $0.name == name })?.value else { throw S3Error(.malformedTrailer) }
        expectedChecksum = (trailerAlgorithm, try BodyAnnouncement.value(text, of: trailerAlgorithm))
    }
}
