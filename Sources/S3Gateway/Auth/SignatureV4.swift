// Why this file exists: the arithmetic of signature version 4, shared by the verifier, the chunk decoder, form
// uploads and the signer, so that there is one place to be right.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import ObjectCore

enum SignatureV4 {
    static let algorithm: StaticString = "AWS4-HMAC-SHA256"
    /// What requests may be off, in seconds.
    static let skewMax: Int64 = 15 * 60
    /// The longest life of a presigned URL, in seconds.
    static let lifetimeMax: Int64 = 7 * 24 * 3600

    /// The key that signs for one day, region and service.
    static func signingKey(
        secret: Secret, date: some Sequence<UInt8>, region: some Sequence<UInt8>, service: some Sequence<UInt8>
    ) -> Secret {
        var key = Digest.hmacSHA256(key: Array("AWS4".utf8) + secret.bytes, message: Array(date))
        key = Digest.hmacSHA256(key: key, message: Array(region))
        key = Digest.hmacSHA256(key: key, message: Array(service))
        return Secret(Digest.hmacSHA256(key: key, message: Array("aws4_request".utf8)))
    }

    static func stringToSign(
        canonicalRequest: [UInt8], timestamp: [UInt8], scope: ArraySlice<UInt8>
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(192)
        algorithm.withUTF8Buffer { output.append(contentsOf: $0) }
        output.append(0x0A)
        output.append(contentsOf: timestamp)
        output.append(0x0A)
        output.append(contentsOf: scope)
        output.append(0x0A)
        appendHexadecimal(Digest.sha256(canonicalRequest), to: &output)
        return output
    }

    /// The string to sign of one chunk.
    static func chunkStringToSign(_ signing: ChunkSigning, previous: [UInt8], chunkDigest: [UInt8]) -> [UInt8] {
        var output = chunkPrefix("AWS4-HMAC-SHA256-PAYLOAD\n", signing, previous: previous)
        output.append(contentsOf: emptyDigest)
        output.append(0x0A)
        appendHexadecimal(chunkDigest, to: &output)
        return output
    }

    /// The string to sign of the trailer.
    static func trailerStringToSign(_ signing: ChunkSigning, previous: [UInt8], trailerDigest: [UInt8]) -> [UInt8] {
        var output = chunkPrefix("AWS4-HMAC-SHA256-TRAILER\n", signing, previous: previous)
        appendHexadecimal(trailerDigest, to: &output)
        return output
    }

    private static func chunkPrefix(_ label: String, _ signing: ChunkSigning, previous: [UInt8]) -> [UInt8] {
        var output = Array(label.utf8)
        output.append(contentsOf: signing.timestamp)
        output.append(0x0A)
        output.append(contentsOf: signing.scope)
        output.append(0x0A)
        output.append(contentsOf: previous)
        output.append(0x0A)
        return output
    }

    /// The signature of `stringToSign`: 64 lower-case hexadecimal digits.
    static func sign(_ stringToSign: [UInt8], with key: Secret) -> [UInt8] {
        var signature: [UInt8] = []
        signature.reserveCapacity(64)
        appendHexadecimal(Digest.hmacSHA256(key: key.bytes, message: stringToSign), to: &signature)
        return signature
    }

    // Here and not in ObjectCore, because a generic function of another module is not specialised: a tenth of a
    // verification went there.
    private static func appendHexadecimal(_ bytes: [UInt8], to output: inout [UInt8]) {
        for byte in bytes {
            output.append(digit(byte >> 4))
            output.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 - 10 + value }

    /// SHA-256 of nothing, in hexadecimal.
    static let emptyDigest = Hex.encodeASCII(Digest.sha256([]))

    /// Whether a query parameter (in lower case) belongs to the signature itself.
    static func isParameter(_ name: String) -> Bool { parameters.contains(name) }

    static func isParameter(_ name: StaticString) -> Bool { isParameter(String(describing: name)) }

    // The session token is not among them: it is a header like any other that may stand in the query.
    private static let parameters: Set<String> = [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
        "x-amz-signature",
    ]
}
