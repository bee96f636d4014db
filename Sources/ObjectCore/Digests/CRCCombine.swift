// Why this file exists: a multipart object with a FULL_OBJECT checksum is never read again at completion; its
// checksum follows from those of the parts.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

/// The checksum of a concatenation, from the checksums of its pieces.
public enum CRCCombine {
    /// The checksum of A followed by B, in about a microsecond whatever the lengths.
    /// - Parameters:
    ///   - algorithm: one of the CRCs.
    ///   - first: checksum of A, big-endian.
    ///   - second: checksum of B, big-endian.
    ///   - secondLength: length of B in bytes.
    /// - Returns: nil when `algorithm` is no CRC, a checksum has the wrong length or `secondLength` is negative.
    public static func combine(
        algorithm: DigestAlgorithm, _ first: [UInt8], _ second: [UInt8], secondLength: Int64
    ) -> [UInt8]? {
        let code: CyclicCode
        switch algorithm {
        case .crc32: code = .crc32
        case .crc32c: code = .crc32c
        case .crc64nvme: code = .crc64nvme
        case .md5, .sha1, .sha256, .sha512, .xxhash64, .xxhash3, .xxhash128: return nil
        }
        let length = algorithm.length
        guard first.count == length, second.count == length, let zeros = UInt64(exactly: secondLength) else {
            return nil
        }
        // The start value and the final inversion cancel out: crc(AB) = crc(A) * x^(8|B|) + crc(B).
        let result = code.multiply(code.power(ofBytes: zeros), number(first)) ^ number(second)
        return (0..<length).map { UInt8(truncatingIfNeeded: result >> UInt64(8 * (length - 1 - $0))) }
    }

    private static func number(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
