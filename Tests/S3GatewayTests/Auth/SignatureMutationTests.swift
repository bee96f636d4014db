// Why this file exists: every byte of a signed head is changed, in every mode of signing. Either the head is refused, or
// nobody is believed, or it still means what was signed: another case of a header's name, another spelling of a percent sign.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct SignatureMutationTests {
    enum Mode: String, CaseIterable, Sendable {
        case unsignedPayload, hashedPayload, signedChunks, unsignedTrailer, presigned, versionTwo, versionTwoPresigned

        var isVersionTwo: Bool { self == .versionTwo || self == .versionTwoPresigned }

        func request() throws -> S3Request {
            let query: [(name: String, value: String?)] = [("versionId", "a/b"), ("tagging", nil)]
            let headers = [(name: "range", value: "bytes=0-9"), (name: "x-amz-meta-a", value: "two words")]
            func signed(_ payload: String, _ more: [(name: String, value: String)] = []) throws -> S3Request {
                try signedRequest(.put, "/bucket/k%20y", query: query, headers: headers + more, payload: payload)
            }
            let length = [(name: "x-amz-decoded-content-length", value: "5")]
            switch self {
            case .unsignedPayload: return try signed("UNSIGNED-PAYLOAD")
            case .hashedPayload: return try signed(Hex.encode(Digest.sha256(Array("hello".utf8))))
            case .signedChunks: return try signed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", length)
            case .unsignedTrailer:
                return try signed(
                    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                    length + [(name: "x-amz-trailer", value: "x-amz-checksum-crc32")])
            case .presigned: return try presignedRequest(.get, "/bucket/k%20y", query: query, headers: headers)
            case .versionTwo:
                let date = "Fri, 24 May 2013 00:00:00 GMT"
                let signature = Self.versionTwo("GET\n\n\n\(date)\nx-amz-meta-a:b\n/bucket/k?tagging")
                return try makeRequest(
                    .get, "/bucket/k?tagging",
                    [
                        ("host", "s3.example.test"), ("date", date), ("x-amz-meta-a", "b"),
                        ("authorization", "AWS AKIAIOSFODNN7EXAMPLE:\(signature)"),
                    ])
            case .versionTwoPresigned:
                let signature = Self.versionTwo("GET\n\n\n1369353700\n/bucket/k?tagging")
                let encoded = PercentCoding.encoded(signature.utf8, keepingSlash: false)
                return try makeRequest(
                    .get,
                    "/bucket/k?tagging&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1369353700&Signature=\(encoded)")
            }
        }

        private static func versionTwo(_ toSign: String) -> String {
            Base64.encode(
                Digest.hmacSHA1(key: TestCredentials.example.secret.bytes, message: Array(toSign.utf8)))
        }
    }

    /// The request as a client would send it.
    private func bytes(of request: S3Request) -> [UInt8] {
        let head = request.head
        let query = head.text(head.rawQuery)
        var lines = ["\(head.method.rawValue) \(head.text(head.rawPath))\(query.isEmpty ? "" : "?" + query) HTTP/1.1"]
        lines += head.fields.map { "\(head.text($0.name)): \(head.text($0.value))" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Whom a head is believed to be from; nil when it is refused or from nobody.
    private func believed(_ bytes: [UInt8]) -> S3Request? {
        guard case .success(let parsed)? = HeadParsing.parse(bytes), let request = try? S3Request(parsed.head),
            let answer = try? authenticator().authenticate(request, now: exampleTime, bodyDigest: nil),
            answer.principal.identity != nil
        else { return nil }
        return request
    }

    private static let signing: Set<String> = [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
        "awsaccesskeyid", "expires", "signature",
    ]

    /// What a request asks for, whatever its spelling.
    private func meaning(_ request: S3Request, _ mode: Mode) -> [String] {
        let head = request.head
        var parts = ["\(head.method)", "\(request.resource)"]
        parts += request.query.items.map { item in
            func text(_ range: Range<Int>) -> String {
                String(decoding: PercentCoding.decode(head.bytes[range]) ?? [], as: UTF8.self)
            }
            // The names of what signs are read in any case, and no value is the same as an empty one.
            let name = text(item.name)
            let isOfSignature = Self.signing.contains(name.lowercased())
            return "?" + (isOfSignature ? name.lowercased() : name) + "=" + (item.value.map(text) ?? "")
        }.sorted()
        parts += head.fields.compactMap { field in
            let (name, value) = (head.text(field.name), head.text(field.value))
            // Version 2 does not sign the host; which bucket it names is in the resource.
            if name == "host", mode.isVersionTwo { return nil }
            // White space between the parts of a claim means nothing.
            return name + ":" + (name == "authorization" ? value.filter { $0 != " " } : value)
        }.sorted()
        return parts
    }

    @Test("no changed byte of a signed head is believed to mean something else", arguments: Mode.allCases)
    func mutations(_ mode: Mode) throws {
        let original = bytes(of: try mode.request())
        let wanted = meaning(try #require(believed(original)), mode)
        var refused = 0
        for index in original.indices {
            for bit: UInt8 in [1, 2, 4, 0x20, 0x80] {
                var changed = original
                changed[index] ^= bit
                guard let request = believed(changed) else {
                    refused += 1
                    continue
                }
                let line = String(decoding: changed[max(0, index - 20)..<min(changed.count, index + 20)], as: UTF8.self)
                #expect(meaning(request, mode) == wanted, "byte \(index), bit \(bit): \(line)")
            }
            var shorter = original
            shorter.remove(at: index)
            if let request = believed(shorter) { #expect(meaning(request, mode) == wanted, "without byte \(index)") }
        }
        // Nearly all must be refused; a head that was never believed would pass as well.
        #expect(refused > original.count * 3)
    }
}
