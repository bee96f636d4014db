// Why this file exists: tells which kind of signature a request carries and has it checked. Exactly one kind may be
// present, and a request that carries any of it is never taken for anonymous.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html

/// Believes or refuses signatures.
public struct Authenticator: Sendable {
    /// Which regions a scope may name.
    public enum RegionRule: Sendable {
        /// The configured one only, as AWS does.
        case configured
        /// The configured one, `us-east-1` and `auto`: what clients without a configuration write.
        case lenient
        /// Whatever the client writes.
        case any
        /// The same, and also nothing: for services without regions, and stores that were given none.
        case global
    }

    /// What an operator can choose.
    public struct Configuration: Sendable {
        public var region: String
        public var regionRule: RegionRule
        /// The services that a scope may name, `s3` unless said otherwise.
        public var services: [String]

        public init(region: String = "us-east-1", regionRule: RegionRule = .lenient, services: [String] = ["s3"]) {
            self.region = region
            self.regionRule = regionRule
            self.services = services
        }
    }

    let credentials: any CredentialSource
    let configuration: Configuration
    let signingKeys = SigningKeyCache()

    public init(credentials: any CredentialSource, configuration: Configuration = Configuration()) {
        self.credentials = credentials
        self.configuration = configuration
    }

    func authenticate(_ request: S3Request, now: Int64, bodyDigest: [UInt8]?) throws(S3Error) -> Authentication {
        let head = request.head
        // A browser asks about a signed request before it sends it: the preflight has that request's query, and no
        // signature of its own. Its answer depends on the bucket's rules alone, whoever asks.
        if head.method == .options { return try anonymous(request) }
        let queryKind = Authenticator.kind(of: request.query)
        guard let slice = head.first("authorization") else {
            switch queryKind {
            case .queryV4: return try authenticatePresignedV4(request, now: now, bodyDigest: bodyDigest)
            case .queryV2: return try authenticatePresignedV2(request, now: now)
            default: return try anonymous(request)
            }
        }
        guard queryKind == .anonymous, head.count("authorization") == 1 else {
            throw S3Error(
                .invalidArgument,
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                    + "parameter or the Authorization header should be specified",
                fields: ["ArgumentName": "Authorization"])
        }
        let value = head.slice(slice)
        if value.isEmpty { throw S3Error(.accessDenied) }
        if let rest = Authenticator.rest(of: value, after: "AWS4-HMAC-SHA256") {
            return try authenticateHeaderV4(request, value: rest, now: now, bodyDigest: bodyDigest)
        }
        if Authenticator.rest(of: value, after: "AWS4-ECDSA-P256-SHA256") != nil {
            throw S3Error(.notImplemented, "Signatures of algorithm AWS4-ECDSA-P256-SHA256 are not served.")
        }
        if let rest = Authenticator.rest(of: value, after: "AWS") {
            return try authenticateHeaderV2(request, value: rest, now: now)
        }
        // The value may be somebody's password for something else: it is not told back.
        throw S3Error(.invalidArgument, "Unsupported Authorization Type", fields: ["ArgumentName": "Authorization"])
    }

    private func anonymous(_ request: S3Request) throws(S3Error) -> Authentication {
        var payload = PayloadMode.unsigned
        if let value = request.head.joinedValue("x-amz-content-sha256") {
            payload = try PayloadMode(contentSHA256: value[...], signing: nil)
        }
        return Authentication(principal: .anonymous, kind: .anonymous, payload: payload, signedAt: nil)
    }

    // One parameter of a signature makes the request a signed one, so that removing another does not make it
    // anonymous.
    private static func kind(of query: QueryItems) -> AuthenticationKind {
        for item in query.items {
            if query.isNamedIgnoringCase(item, "x-amz-algorithm")
                || query.isNamedIgnoringCase(item, "x-amz-credential")
                || query.isNamedIgnoringCase(item, "x-amz-signature")
            {
                return .queryV4
            }
            if query.isNamedIgnoringCase(item, "awsaccesskeyid") || query.isNamedIgnoringCase(item, "signature") {
                return .queryV2
            }
        }
        return .anonymous
    }

    private static func rest(of value: ArraySlice<UInt8>, after scheme: StaticString) -> ArraySlice<UInt8>? {
        guard ASCII.hasPrefix(value, scheme) else { return nil }
        let rest = value.dropFirst(scheme.utf8CodeUnitCount)
        guard let first = rest.first else { return rest }
        return ASCII.isSpace(first) ? rest.dropFirst() : nil
    }

    /// The record of a key, which must not have ended and whose session token, if any, must be the one given.
    func record(for accessKey: String) throws(S3Error) -> AccessKeyRecord {
        guard let record = credentials.credential(for: accessKey) else {
            throw S3Error(.invalidAccessKeyId, fields: ["AWSAccessKeyId": accessKey])
        }
        return record
    }

    /// Asked last, after the signature, so that only the holder of a secret learns about its session.
    func checkSession(of record: AccessKeyRecord, token: [UInt8]?, now: Int64) throws(S3Error) {
        if let expected = record.sessionToken {
            // Without its token a temporary key is no key at all.
            guard let token else {
                throw S3Error(.invalidAccessKeyId, fields: ["AWSAccessKeyId": record.accessKey])
            }
            guard Secret(token) == expected else { throw S3Error(.invalidToken) }
        } else if token != nil {
            throw S3Error(.invalidToken)
        }
        if let end = record.expiresAt, now >= end { throw S3Error(.expiredToken) }
        if record.sessionToken == nil {
            credentials.noteUse(of: record.accessKey, service: configuration.services.first ?? "s3", seconds: now)
        }
    }

    func checkSkew(of signedAt: Int64, text: String, now: Int64) throws(S3Error) {
        guard abs(signedAt - now) > SignatureV4.skewMax else { return }
        throw S3Error(
            .requestTimeTooSkewed,
            fields: [
                "RequestTime": text, "ServerTime": WireDate.extended(now),
                "MaxAllowedSkewMilliseconds": String(SignatureV4.skewMax * 1000),
            ])
    }

    static let missingDate = S3Error(
        .accessDenied, "AWS authentication requires a valid Date or x-amz-date header")
}
