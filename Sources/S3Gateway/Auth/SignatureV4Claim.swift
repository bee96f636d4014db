// Why this file exists: what a signature of version 4 claims, read from the Authorization header or from the query,
// before anything of it is believed. Both readers end in the same value, so that there is one verification.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

/// A claim of version 4: who signs, for what scope, over which headers. A class, because it is handed around and
/// would otherwise cost a retain for each of its slices every time.
final class SignatureV4Claim: Sendable {
    let accessKey: String
    /// `YYYYMMDD`, `region`, `service` as the client wrote them.
    let scopeDate: ArraySlice<UInt8>
    let region: ArraySlice<UInt8>
    let service: ArraySlice<UInt8>
    /// The scope as it is signed: `date/region/service/aws4_request`.
    let scope: ArraySlice<UInt8>
    /// The list as it was given, and split.
    let signedHeaderList: ArraySlice<UInt8>
    private let signedHeaderRanges: [Range<Int>]
    /// As given: 64 hexadecimal digits when it is right.
    let signature: [UInt8]
    let isPresigned: Bool

    /// The most headers that a signature may cover; a head has no more fields.
    static let signedHeadersMax = 100

    /// Reads what follows `AWS4-HMAC-SHA256` in the Authorization header.
    /// - Throws: AuthorizationHeaderMalformed.
    convenience init(header: ArraySlice<UInt8>) throws(S3Error) {
        var credential: ArraySlice<UInt8>?
        var headers: ArraySlice<UInt8>?
        var signature: ArraySlice<UInt8>?
        for part in header.split(separator: UInt8(ascii: ",")) {
            let part = ASCII.trimmed(part)
            if part.isEmpty { continue }
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else {
                throw SignatureV4Claim.malformed("missing equal-sign")
            }
            let value = part[(equals + 1)...]
            switch part[..<equals] {
            case let name where ASCII.equal(name, "Credential") && credential == nil: credential = value
            case let name where ASCII.equal(name, "SignedHeaders") && headers == nil: headers = value
            case let name where ASCII.equal(name, "Signature") && signature == nil: signature = value
            default: throw SignatureV4Claim.malformed("unknown or repeated component")
            }
        }
        guard let credential else { throw SignatureV4Claim.malformed("missing Credential") }
        guard let headers, !headers.isEmpty else { throw SignatureV4Claim.malformed("missing SignedHeaders") }
        guard let signature else { throw SignatureV4Claim.malformed("missing Signature") }
        try self.init(credential, headers: headers, signature: Array(signature), isPresigned: false)
    }

    /// Takes the three parameters of a presigned URL, decoded.
    /// - Throws: AuthorizationQueryParametersError.
    convenience init(credential: [UInt8], signedHeaders: [UInt8], signature: [UInt8]) throws(S3Error) {
        try self.init(credential[...], headers: signedHeaders[...], signature: signature, isPresigned: true)
    }

    private init(
        _ credential: ArraySlice<UInt8>, headers: ArraySlice<UInt8>, signature: [UInt8], isPresigned: Bool
    ) throws(S3Error) {
        // An access key may contain slashes, the other four parts may not: count from the end.
        var slashes: [Int] = []
        for index in credential.indices.reversed() where credential[index] == UInt8(ascii: "/") {
            slashes.append(index)
            if slashes.count == 4 { break }
        }
        guard slashes.count == 4, slashes[3] > credential.startIndex else {
            throw SignatureV4Claim.error(
                isPresigned,
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        }
        accessKey = String(decoding: credential[..<slashes[3]], as: UTF8.self)
        scope = credential[(slashes[3] + 1)...]
        scopeDate = credential[(slashes[3] + 1)..<slashes[2]]
        region = credential[(slashes[2] + 1)..<slashes[1]]
        service = credential[(slashes[1] + 1)..<slashes[0]]
        guard ASCII.equal(credential[(slashes[0] + 1)...], "aws4_request") else {
            throw SignatureV4Claim.error(
                isPresigned,
                "incorrect terminal \"\(String(decoding: credential[(slashes[0] + 1)...], as: UTF8.self))\". "
                    + "This endpoint uses \"aws4_request\".")
        }
        guard scopeDate.count == 8, scopeDate.allSatisfy(ASCII.isDigit) else {
            throw SignatureV4Claim.error(
                isPresigned,
                "incorrect date format \"\(String(decoding: scopeDate, as: UTF8.self))\". "
                    + "This date in the credential must be in the format \"yyyyMMdd\".")
        }
        signedHeaderList = headers
        signedHeaderRanges = SignatureV4Claim.split(headers)
        guard signedHeaderRanges.count <= SignatureV4Claim.signedHeadersMax else {
            throw SignatureV4Claim.error(isPresigned, "too many SignedHeaders")
        }
        self.signature = signature
        self.isPresigned = isPresigned
    }

    /// Whether the signature covers the header `name`.
    func covers(_ name: ArraySlice<UInt8>) -> Bool {
        signedHeaderRanges.contains { $0.count == name.count && signedHeaderList[$0].elementsEqual(name) }
    }

    func covers(_ name: StaticString) -> Bool {
        signedHeaderRanges.contains { ASCII.equal(signedHeaderList[$0], name) }
    }

    /// Calls `body` with each name of SignedHeaders in the order in which they were given.
    func forEachSignedHeader(_ body: (ArraySlice<UInt8>) -> Void) {
        for range in signedHeaderRanges { body(signedHeaderList[range]) }
    }

    // Between semicolons; empty names mean nothing.
    private static func split(_ list: ArraySlice<UInt8>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = list.startIndex
        for index in list.indices where list[index] == UInt8(ascii: ";") {
            if index > start { ranges.append(start..<index) }
            start = index + 1
        }
        if list.endIndex > start { ranges.append(start..<list.endIndex) }
        return ranges
    }

    /// The error for a claim that cannot be read, by the place where it stood.
    static func error(_ isPresigned: Bool, _ detail: String) -> S3Error {
        isPresigned
            ? S3Error(.authorizationQueryParametersError, "Error parsing the X-Amz-Credential parameter; \(detail)")
            : malformed(detail)
    }

    private static func malformed(_ detail: String) -> S3Error {
        S3Error(.authorizationHeaderMalformed, "The authorization header is malformed; \(detail)")
    }
}
