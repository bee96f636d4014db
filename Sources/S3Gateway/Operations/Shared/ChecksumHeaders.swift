// Why this file exists: S3's checksums in headers: which one a request announces or asks for, and how a stored one is
// given back. See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
import ObjectCore

/// The names under which a checksum travels.
struct ChecksumName: Sendable {
    let algorithm: DigestAlgorithm
    let header: StaticString
    /// The element in XML.
    let element: StaticString

    /// Every checksum that is served.
    static let all: [ChecksumName] = [
        ChecksumName(algorithm: .crc32, header: "x-amz-checksum-crc32", element: "ChecksumCRC32"),
        ChecksumName(algorithm: .crc32c, header: "x-amz-checksum-crc32c", element: "ChecksumCRC32C"),
        ChecksumName(algorithm: .crc64nvme, header: "x-amz-checksum-crc64nvme", element: "ChecksumCRC64NVME"),
        ChecksumName(algorithm: .sha1, header: "x-amz-checksum-sha1", element: "ChecksumSHA1"),
        ChecksumName(algorithm: .sha256, header: "x-amz-checksum-sha256", element: "ChecksumSHA256"),
        ChecksumName(algorithm: .sha512, header: "x-amz-checksum-sha512", element: "ChecksumSHA512"),
        ChecksumName(algorithm: .md5, header: "x-amz-checksum-md5", element: "ChecksumMD5"),
        ChecksumName(algorithm: .xxhash64, header: "x-amz-checksum-xxhash64", element: "ChecksumXXHASH64"),
        ChecksumName(algorithm: .xxhash3, header: "x-amz-checksum-xxhash3", element: "ChecksumXXHASH3"),
        ChecksumName(algorithm: .xxhash128, header: "x-amz-checksum-xxhash128", element: "ChecksumXXHASH128"),
    ]

    static func of(_ algorithm: DigestAlgorithm) -> ChecksumName? { all.first { $0.algorithm == algorithm } }
}

/// What a request says about checksums of its body or of the object that it makes.
enum ChecksumHeaders {
    /// The value of `x-amz-checksum-algorithm` or `x-amz-sdk-checksum-algorithm`.
    static func algorithm(named text: String, header: String) throws(S3Error) -> DigestAlgorithm {
        let name = text.uppercased()
        if let known = ChecksumName.all.first(where: { $0.algorithm.s3Name == name }) { return known.algorithm }
        throw S3Error(
            .invalidRequest,
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                + "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128]",
            fields: ["Header": header])
    }

    /// The algorithm that a request asks for by name, if it does.
    static func requestedAlgorithm(_ request: VerifiedRequest) throws(S3Error) -> DigestAlgorithm? {
        if let text = request.header("x-amz-checksum-algorithm") {
            return try algorithm(named: text, header: "x-amz-checksum-algorithm")
        }
        if let text = request.header("x-amz-sdk-checksum-algorithm") {
            return try algorithm(named: text, header: "x-amz-sdk-checksum-algorithm")
        }
        return nil
    }

    /// The checksum that a request gives in a header, if it gives one. Two are refused.
    /// - Parameter kind: how it is to be read: a composite one has its number of parts behind a dash.
    static func given(_ request: VerifiedRequest, kind: Checksum.Kind = .fullObject) throws(S3Error) -> Checksum? {
        var found: Checksum?
        for name in ChecksumName.all {
            guard let text = request.header(name.header) else { continue }
            guard found == nil else {
                throw S3Error(
                    .invalidRequest,
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
            }
            guard let checksum = decode(text, algorithm: name.algorithm, kind: kind) else {
                throw S3Error(.invalidRequest, "Value for \(name.header) header is invalid.")
            }
            found = checksum
        }
        return found
    }

    /// A checksum as text; nil when it is none of this algorithm.
    static func decode(_ text: String, algorithm: DigestAlgorithm, kind: Checksum.Kind) -> Checksum? {
        let digits = text.prefix { $0 != "-" }
        guard let value = Base64.decode(String(digits)), value.count == algorithm.length else { return nil }
        if digits.utf8.count != text.utf8.count {
            guard kind == .composite, ASCII.decimal(text.dropFirst(digits.count + 1).utf8) != nil else { return nil }
        }
        return Checksum(algorithm, value, kind: kind)
    }

    /// `x-amz-checksum-type`.
    static func kind(_ request: VerifiedRequest) throws(S3Error) -> Checksum.Kind? {
        switch request.header("x-amz-checksum-type")?.uppercased() {
        case nil: return nil
        case "COMPOSITE": return .composite
        case "FULL_OBJECT": return .fullObject
        case .some(let other):
            throw .invalidArgument(
                "Value for x-amz-checksum-type header is invalid.", name: "x-amz-checksum-type", value: other)
        }
    }

    /// A checksum as headers and XML show it: `…-N` when it is one of parts.
    static func text(_ checksum: Checksum, partCount: Int) -> String {
        let digits = Base64.encode(checksum.value)
        return checksum.kind == .composite ? "\(digits)-\(partCount)" : digits
    }

    static func name(of kind: Checksum.Kind) -> String {
        switch kind {
        case .fullObject: "FULL_OBJECT"
        case .composite: "COMPOSITE"
        }
    }
}

extension HTTPResponse {
    /// The checksums of an object, and their type.
    mutating func addChecksums(_ checksums: [Checksum], partCount: Int, withKind: Bool = true) {
        for checksum in checksums {
            guard let name = ChecksumName.of(checksum.algorithm) else { continue }
            add(name.header, ChecksumHeaders.text(checksum, partCount: partCount))
        }
        if withKind, let kind = checksums.first?.kind { add("x-amz-checksum-type", ChecksumHeaders.name(of: kind)) }
    }
}

extension XMLWriter {
    /// The checksums of an object, and their type.
    mutating func checksums(_ checksums: [Checksum], partCount: Int, withKind: Bool = true) {
        for checksum in checksums {
            guard let name = ChecksumName.of(checksum.algorithm) else { continue }
            leaf(name.element, ChecksumHeaders.text(checksum, partCount: partCount))
        }
        if withKind, let kind = checksums.first?.kind { leaf("ChecksumType", ChecksumHeaders.name(of: kind)) }
    }
}
