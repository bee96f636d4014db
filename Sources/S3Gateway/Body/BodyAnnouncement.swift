// Why this file exists: what a client announces about the bytes of a body, read from the head before the first of
// them arrives, so that a malformed announcement is refused before anything is stored.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
import ObjectCore

/// What the head announces about the body's bytes.
struct BodyAnnouncement {
    /// The value of Content-MD5.
    var contentMD5: [UInt8]?
    /// From one `x-amz-checksum-*` header.
    var checksum: (algorithm: DigestAlgorithm, value: [UInt8])?
    /// Names in `x-amz-trailer`, in lower case.
    var trailerNames: [String] = []
    /// The algorithm of the checksum that the trailer will bring.
    var trailerAlgorithm: DigestAlgorithm?

    /// Names under `x-amz-checksum-` that carry no value of a checksum.
    private static let nonValues: Set<String> = ["algorithm", "type", "mode"]

    /// - Throws: InvalidDigest, InvalidRequest, NotImplemented.
    init(_ request: VerifiedRequest, describesBody: Bool, hasTrailer: Bool) throws(S3Error) {
        if let text = request.header("content-md5") {
            guard let value = Base64.decode(text), value.count == DigestAlgorithm.md5.length else {
                throw S3Error(.invalidDigest, fields: ["Content-MD5": text])
            }
            contentMD5 = value
        }
        guard describesBody else { return }
        for (name, text) in request.headers(prefix: "x-amz-checksum-")
        where !BodyAnnouncement.nonValues.contains(name) {
            let algorithm = try BodyAnnouncement.algorithm(name)
            guard checksum == nil else { throw BodyAnnouncement.several }
            checksum = (algorithm, try BodyAnnouncement.value(text, of: algorithm))
        }
        guard let names = request.header("x-amz-trailer") else { return }
        guard hasTrailer else {
            throw S3Error(
                .invalidRequest,
                "x-amz-trailer needs an x-amz-content-sha256 of the form STREAMING-...-TRAILER.")
        }
        trailerNames = names.lowercased().split(separator: ",").map { name in
            String(decoding: name.utf8.filter { !ASCII.isSpace($0) }, as: UTF8.self)
        }.filter { !$0.isEmpty }
        for name in trailerNames where name.hasPrefix("x-amz-checksum-") {
            let algorithm = try BodyAnnouncement.algorithm(String(name.dropFirst("x-amz-checksum-".count)))
            guard checksum == nil, trailerAlgorithm == nil else { throw BodyAnnouncement.several }
            trailerAlgorithm = algorithm
        }
    }

    /// Reads a checksum as it stands in a header or trailer.
    /// - Throws: InvalidRequest when it is not Base64 of the right length.
    static func value(_ text: String, of algorithm: DigestAlgorithm) throws(S3Error) -> [UInt8] {
        guard let value = Base64.decode(text), value.count == algorithm.length else {
            throw S3Error(
                .invalidRequest, "Value for x-amz-checksum-\(algorithm.s3Name.lowercased()) header is invalid.")
        }
        return value
    }

    private static func algorithm(_ name: String) throws(S3Error) -> DigestAlgorithm {
        guard let algorithm = DigestAlgorithm.allCases.first(where: { $0.s3Name.lowercased() == name }) else {
            throw S3Error(.notImplemented, "Checksums of kind x-amz-checksum-\(name) are not served.")
        }
        return algorithm
    }

    private static let several = S3Error(
        .invalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
}
