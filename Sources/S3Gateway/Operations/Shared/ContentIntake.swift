// Why this file exists: the way of a body into the store, the same for objects, parts and forms: everything is
// digested while it streams, and nothing that was announced about it goes unchecked before it is handed on.
// Invariant: no staged content leaves here whose length or digests differ from what the client said.
import ObjectCore

/// Content that arrived and was checked.
struct ContentIntake {
    /// The largest body of one PUT or one part: 5 GiB.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    static let lengthMaximum: Int64 = 5 << 30

    var content: StagedContent
    /// The checksum to store and to give back.
    var checksum: Checksum?

    /// Reads a body to its end.
    /// - Parameters:
    ///   - algorithm: the checksum to compute when the client announces none; nil for none.
    ///   - key: what the content is sealed with; nil leaves it plain.
    ///   - isPart: whether it becomes a part, of which nobody asks for the SHA-256.
    /// - Throws: before a byte is read, MissingContentLength, and EntityTooLarge when the announced length is too
    /// large;
    ///   then what the body and the store throw.
    static func take(
        _ body: S3Body, algorithm: DigestAlgorithm?, key: DataKey?, isPart: Bool = false, in context: OperationContext
    ) async throws(S3Error) -> ContentIntake {
        // HTTP reads a request without either header as one without a body; S3 wants to be told.
        guard context.request.hasHeader("content-length") || context.request.hasHeader("transfer-encoding") else {
            throw S3Error(.missingContentLength)
        }
        // Chunked framing by HTTP alone tells no length.
        guard let length = body.decodedLength else { throw S3Error(.missingContentLength) }
        guard length <= lengthMaximum else { throw tooLarge(length) }
        let chosen = body.announcedAlgorithm ?? algorithm
        var digests = body.requiredDigests
        if let chosen { digests.insert(chosen) }
        let writer = context.store.stage(digests: digests, expectedLength: length, key: key, isPart: isPart)
        var received: Int64 = 0
        while let piece = try await body.next(maximum: writer.pieceLength) {
            received += Int64(piece.count)
            try await context.stored { () async throws(StoreError) in try await writer.write(piece) }
        }
        let content = try await context.stored { () async throws(StoreError) in try await writer.finish() }
        try body.verify(digests: content.digests, length: received)
        return ContentIntake(content: content, checksum: checksum(chosen, of: content))
    }

    /// The digest of `content` that is stored as its checksum.
    static func checksum(_ algorithm: DigestAlgorithm?, of content: StagedContent) -> Checksum? {
        guard let algorithm, let value = content.digests[algorithm] else { return nil }
        return Checksum(algorithm, value)
    }

    static func tooLarge(_ length: Int64) -> S3Error {
        S3Error(
            .entityTooLarge, fields: ["ProposedSize": String(length), "MaxSizeAllowed": String(lengthMaximum)])
    }

    /// Refuses a checksum that is not of the algorithm which the request names.
    static func check(_ body: S3Body, requested: DigestAlgorithm?) throws(S3Error) {
        guard let requested, let announced = body.announcedAlgorithm, announced != requested else { return }
        throw S3Error(.invalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    }
}
