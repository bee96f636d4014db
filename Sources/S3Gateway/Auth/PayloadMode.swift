// Why this file exists: `x-amz-content-sha256` alone decides how a body is framed and what is promised about it
// (not Content-Encoding, which real clients leave out).
import ObjectCore

extension PayloadMode {
    /// Reads the header's value.
    /// - Parameter signing: makes the context of chunk signatures; nil where the request's own signature cannot
    ///   seed them.
    /// - Throws: InvalidArgument, NotImplemented, InvalidRequest.
    init(contentSHA256 value: ArraySlice<UInt8>, signing: ChunkSigning?) throws(S3Error) {
        if value.count == 64, let digest = Hex.decode(value) {
            self = .digest(digest)
            return
        }
        switch value {
        case let value where ASCII.equal(value, "UNSIGNED-PAYLOAD"): self = .unsigned
        case let value where ASCII.equal(value, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
            self = .chunks(signing: nil, hasTrailer: true)
        case let value where ASCII.equal(value, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"):
            self = .chunks(signing: try PayloadMode.required(signing), hasTrailer: false)
        case let value where ASCII.equal(value, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"):
            self = .chunks(signing: try PayloadMode.required(signing), hasTrailer: true)
        case let value where ASCII.hasPrefix(value, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"):
            throw S3Error(
                .notImplemented, "Payloads of kind \(String(decoding: value, as: UTF8.self)) are not served.")
        default:
            throw S3Error.invalidArgument(
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                    + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid "
                    + "sha256 value.",
                name: "x-amz-content-sha256", value: String(decoding: value.prefix(128), as: UTF8.self))
        }
    }

    private static func required(_ signing: ChunkSigning?) throws(S3Error) -> ChunkSigning {
        guard let signing else {
            throw S3Error(
                .invalidRequest,
                "A payload with signed chunks needs a request signed by AWS4-HMAC-SHA256 in its Authorization header.")
        }
        return signing
    }
}
