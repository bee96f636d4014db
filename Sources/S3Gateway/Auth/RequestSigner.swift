// Why this file exists: the other end of signature version 4. The gateway is itself a client where it replicates to
// another endpoint, the command line signs URLs, and tests need requests that are right.

/// Signs requests and URLs with version 4.
public struct RequestSigner: Sendable {
    public var accessKey: String
    public var secret: Secret
    public var sessionToken: String?
    public var region: String
    public var service: String

    public init(
        accessKey: String, secret: Secret, sessionToken: String? = nil, region: String = "us-east-1",
        service: String = "s3"
    ) {
        self.accessKey = accessKey
        self.secret = secret
        self.sessionToken = sessionToken
        self.region = region
        self.service = service
    }

    /// The headers that make a request a signed one: `x-amz-date`, `x-amz-content-sha256`, perhaps
    /// `x-amz-security-token`, and `authorization`.
    /// - Parameters:
    ///   - method: the request's.
    ///   - path: percent-encoded by S3's rule, beginning with `/`.
    ///   - query: names and values, not encoded.
    ///   - headers: all other headers to be signed, names in lower case, `host` among them.
    ///   - payload: the value of `x-amz-content-sha256`.
    ///   - now: seconds since 1970.
    public func headers(
        method: HTTPMethod, path: String, query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)], payload: String, now: Int64
    ) -> [(name: String, value: String)] {
        let timestamp = WireDate.basic(now)
        var added = [(name: "x-amz-date", value: timestamp), (name: "x-amz-content-sha256", value: payload)]
        if let sessionToken { added.append(("x-amz-security-token", sessionToken)) }
        let signed = RequestSigner.sorted(headers + added)
        let signature = sign(
            method: method, path: path, query: RequestSigner.encoded(query), headers: signed, payload: payload,
            timestamp: timestamp)
        let names = signed.map(\.name).joined(separator: ";")
        let credential = "\(accessKey)/\(scope(timestamp))"
        added.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(names), Signature=\(signature)"
            ))
        return added
    }

    /// The query of a presigned URL, without the `?`.
    /// - Parameters:
    ///   - method: the request's.
    ///   - path: percent-encoded by S3's rule, beginning with `/`.
    ///   - query: names and values, not encoded.
    ///   - headers: headers that the user of the URL must send, names in lower case, `host` among them.
    ///   - lifetime: seconds.
    ///   - now: seconds since 1970.
    public func presignedQuery(
        method: HTTPMethod, path: String, query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)], lifetime: Int64, now: Int64
    ) -> String {
        let timestamp = WireDate.basic(now)
        let signed = RequestSigner.sorted(headers)
        var parameters = query
        parameters.append(("X-Amz-Algorithm", "AWS4-HMAC-SHA256"))
        parameters.append(("X-Amz-Credential", "\(accessKey)/\(scope(timestamp))"))
        parameters.append(("X-Amz-Date", timestamp))
        parameters.append(("X-Amz-Expires", String(lifetime)))
        parameters.append(("X-Amz-SignedHeaders", signed.map(\.name).joined(separator: ";")))
        if let sessionToken { parameters.append(("X-Amz-Security-Token", sessionToken)) }
        let encoded = RequestSigner.encoded(parameters)
        let signature = sign(
            method: method, path: path, query: encoded, headers: signed, payload: "UNSIGNED-PAYLOAD",
            timestamp: timestamp)
        return encoded + "&X-Amz-Signature=" + signature
    }

    private func scope(_ timestamp: String) -> String { "\(timestamp.prefix(8))/\(region)/\(service)/aws4_request" }

    private func sign(
        method: HTTPMethod, path: String, query: String, headers: [(name: String, value: String)], payload: String,
        timestamp: String
    ) -> String {
        var canonical = Array("\(method.rawValue)\n\(path)\n\(query)\n".utf8)
        for header in headers {
            canonical.append(contentsOf: "\(header.name):".utf8)
            RequestHead.appendCollapsed(Array(header.value.utf8)[...], to: &canonical)
            canonical.append(0x0A)
        }
        canonical.append(contentsOf: "\n\(headers.map(\.name).joined(separator: ";"))\n\(payload)".utf8)
        let key = SignatureV4.signingKey(
            secret: secret, date: timestamp.utf8.prefix(8), region: region.utf8, service: service.utf8)
        let toSign = SignatureV4.stringToSign(
            canonicalRequest: canonical, timestamp: Array(timestamp.utf8), scope: Array(scope(timestamp).utf8)[...])
        return String(decoding: SignatureV4.sign(toSign, with: key), as: UTF8.self)
    }

    private static func sorted(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        headers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func encoded(_ query: [(name: String, value: String?)]) -> String {
        var pieces = query.map { item in
            (
                name: PercentCoding.encoded(item.name.utf8, keepingSlash: false),
                value: PercentCoding.encoded((item.value ?? "").utf8, keepingSlash: false)
            )
        }
        pieces.sort { ($0.name, $0.value) < ($1.name, $1.value) }
        return pieces.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }
}
