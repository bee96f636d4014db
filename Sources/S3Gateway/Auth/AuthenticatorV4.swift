// Why this file exists: verification of signature version 4, in the Authorization header and in the query.
// Invariants: every x-amz-* and x-cairn-* header that is present is covered by the signature, and so is Host; the comparison takes
// constant time; nothing of the body is read before the head's signature is right.
import ObjectCore

extension Authenticator {
    func authenticateHeaderV4(
        _ request: S3Request, value: ArraySlice<UInt8>, now: Int64, bodyDigest: [UInt8]?
    ) throws(S3Error) -> Authentication {
        let head = request.head
        let claim = try SignatureV4Claim(header: value)
        let record = try record(for: claim.accessKey)
        try checkScope(of: claim)
        let (signedAt, timestamp) = try signingTime(of: head, now: now)
        guard timestamp.prefix(8).elementsEqual(claim.scopeDate) else {
            throw SignatureV4Claim.error(
                false,
                "Invalid credential date \"\(String(decoding: claim.scopeDate, as: UTF8.self))\". This date is not "
                    + "the same as X-Amz-Date: \"\(String(decoding: timestamp.prefix(8), as: UTF8.self))\".")
        }
        try checkCoverage(of: head, by: claim)

        let payloadHash: [UInt8]
        if let given = head.joinedValue("x-amz-content-sha256") {
            payloadHash = given
        } else if let bodyDigest {
            payloadHash = Hex.encodeASCII(bodyDigest)
        } else {
            throw S3Error(.invalidRequest, "Missing required header for this request: x-amz-content-sha256")
        }
        let key = signingKeys.signingKey(for: record, claim: claim)
        try checkSignature(
            request, claim: claim, payloadHash: payloadHash, timestamp: timestamp, key: key,
            accessKey: record.accessKey)
        try checkSession(of: record, token: head.joinedValue("x-amz-security-token"), now: now)

        let signing = ChunkSigning(
            signingKey: key, timestamp: timestamp, scope: Array(claim.scope), seedSignature: claim.signature)
        return Authentication(
            principal: .account(Identity(record)), kind: .headerV4,
            payload: try PayloadMode(contentSHA256: payloadHash[...], signing: signing), signedAt: signedAt)
    }

    func authenticatePresignedV4(
        _ request: S3Request, now: Int64, bodyDigest: [UInt8]?
    ) throws(S3Error) -> Authentication {
        let head = request.head
        let parameters = try PresignedV4Parameters(request.query)
        let claim = try SignatureV4Claim(
            credential: parameters.credential, signedHeaders: parameters.signedHeaders,
            signature: parameters.signature)
        let record = try record(for: claim.accessKey)
        try checkScope(of: claim)
        guard parameters.date.prefix(8).elementsEqual(claim.scopeDate) else {
            throw SignatureV4Claim.error(
                true,
                "Invalid credential date \"\(String(decoding: claim.scopeDate, as: UTF8.self))\". This date is not "
                    + "the same as X-Amz-Date: \"\(String(decoding: parameters.date.prefix(8), as: UTF8.self))\".")
        }
        try checkLifetime(of: parameters, now: now)
        try checkCoverage(of: head, by: claim)

        // A header says it before the query does; both are signed. Only S3 leaves the body of a presigned URL open.
        let payloadHash =
            head.joinedValue("x-amz-content-sha256")
            ?? request.query.firstIgnoringCase("x-amz-content-sha256").map(request.query.valueBytes)
            ?? bodyDigest.map(Hex.encodeASCII) ?? Array("UNSIGNED-PAYLOAD".utf8)
        let key = signingKeys.signingKey(for: record, claim: claim)
        try checkSignature(
            request, claim: claim, payloadHash: payloadHash, timestamp: parameters.date, key: key,
            accessKey: record.accessKey)
        let token =
            head.joinedValue("x-amz-security-token")
            ?? request.query.firstIgnoringCase("x-amz-security-token").map(request.query.valueBytes)
        try checkSession(of: record, token: token, now: now)
        return Authentication(
            principal: .account(Identity(record)), kind: .queryV4,
            payload: try PayloadMode(contentSHA256: payloadHash[...], signing: nil), signedAt: parameters.signedAt)
    }

    /// Region and service of the scope.
    func checkScope(of claim: SignatureV4Claim) throws(S3Error) {
        let isKnownRegion =
            switch configuration.regionRule {
            case .any: !claim.region.isEmpty
            case .global: true
            case .configured: claim.region.elementsEqual(configuration.region.utf8)
            case .lenient:
                claim.region.elementsEqual(configuration.region.utf8) || ASCII.equal(claim.region, "us-east-1")
                    || ASCII.equal(claim.region, "auto")
            }
        guard isKnownRegion else {
            throw SignatureV4Claim.error(
                claim.isPresigned,
                "the region '\(String(decoding: claim.region, as: UTF8.self))' is wrong; expecting "
                    + "'\(configuration.region)'"
            ).adding("Region", configuration.region)
        }
        guard configuration.services.contains(where: { claim.service.elementsEqual($0.utf8) }) else {
            // Clients sign what is about directory buckets for a service of its own, whatever endpoint they are given.
            if claim.service.elementsEqual("s3express".utf8) {
                throw S3Error(
                    .notImplemented, "Directory buckets (ListDirectoryBuckets, CreateSession, …) are not implemented.")
            }
            throw SignatureV4Claim.error(
                claim.isPresigned,
                "incorrect service \"\(String(decoding: claim.service, as: UTF8.self))\". This endpoint belongs to "
                    + "\"\(configuration.services.joined(separator: "\", \""))\".")
        }
    }

    // Both spellings of the date end up in the string to sign, so neither can be changed in transit.
    private func signingTime(of head: RequestHead, now: Int64) throws(S3Error) -> (Int64, [UInt8]) {
        guard let given = head.joinedValue("x-amz-date") ?? head.joinedValue("date") else {
            throw Authenticator.missingDate
        }
        let text = String(decoding: given, as: UTF8.self)
        guard let seconds = WireDate.parseBasic(given) ?? HTTPDate.parse(text)?.seconds else {
            throw Authenticator.missingDate
        }
        try checkSkew(of: seconds, text: text, now: now)
        return (seconds, given.count == 16 ? given : Array(WireDate.basic(seconds).utf8))
    }

    private func checkLifetime(of parameters: PresignedV4Parameters, now: Int64) throws(S3Error) {
        if parameters.lifetime > SignatureV4.lifetimeMax { throw S3Error(.presignedLifetimeOutOfRange) }
        let end = parameters.signedAt + parameters.lifetime
        let problem: String
        if parameters.signedAt - now > SignatureV4.skewMax {
            problem = "Request is not valid yet"
        } else if parameters.lifetime < 1 || now > end {
            problem = "Request has expired"
        } else {
            return
        }
        throw S3Error(
            .accessDenied, problem,
            fields: [
                "X-Amz-Expires": String(parameters.lifetime), "Expires": WireDate.extended(end),
                "ServerTime": WireDate.extended(now),
            ])
    }

    /// Host and every x-amz-* and x-cairn-* header must be signed.
    private func checkCoverage(of head: RequestHead, by claim: SignatureV4Claim) throws(S3Error) {
        var missing: [String] = []
        if !claim.covers("host") { missing.append("host") }
        for field in head.fields
        where ASCII.hasPrefix(head.slice(field.name), "x-amz-") || ASCII.hasPrefix(head.slice(field.name), "x-cairn-") {
            if !claim.covers(head.slice(field.name)) { missing.append(head.text(field.name)) }
        }
        guard !missing.isEmpty else { return }
        throw S3Error(
            .accessDenied, "There were headers present in the request which were not signed",
            fields: ["HeadersNotSigned": missing.joined(separator: ", ")])
    }

    private func checkSignature(
        _ request: S3Request, claim: SignatureV4Claim, payloadHash: [UInt8], timestamp: [UInt8], key: Secret,
        accessKey: String
    ) throws(S3Error) {
        let canonical = CanonicalRequest.build(request, claim: claim, payloadHash: payloadHash, form: .canonical)
        let toSign = SignatureV4.stringToSign(
            canonicalRequest: canonical, timestamp: timestamp, scope: claim.scope)
        if ConstantTime.equal(SignatureV4.sign(toSign, with: key), claim.signature) { return }
        if !CanonicalRequest.formsAgree(request) {
            let asSent = CanonicalRequest.build(request, claim: claim, payloadHash: payloadHash, form: .asSent)
            let toSign = SignatureV4.stringToSign(
                canonicalRequest: asSent, timestamp: timestamp, scope: claim.scope)
            if ConstantTime.equal(SignatureV4.sign(toSign, with: key), claim.signature) { return }
        }
        // What was hashed is told back, as AWS does: it is the client's own request and helps to find the mistake.
        throw S3Error(
            .signatureDoesNotMatch,
            fields: [
                "AWSAccessKeyId": accessKey, "StringToSign": String(decoding: toSign, as: UTF8.self),
                "SignatureProvided": String(decoding: claim.signature.prefix(128), as: UTF8.self),
                "CanonicalRequest": String(decoding: canonical, as: UTF8.self),
            ])
    }
}

/// The parameters of a presigned URL of version 4.
struct PresignedV4Parameters {
    let credential: [UInt8]
    let signedHeaders: [UInt8]
    let signature: [UInt8]
    /// `YYYYMMDDTHHMMSSZ`.
    let date: [UInt8]
    let signedAt: Int64
    /// Seconds; may be out of range.
    let lifetime: Int64

    /// - Throws: AuthorizationQueryParametersError, NotImplemented.
    init(_ query: QueryItems) throws(S3Error) {
        func single(_ name: StaticString) throws(S3Error) -> [UInt8] {
            var found: [UInt8]?
            for item in query.items where query.isNamedIgnoringCase(item, name) {
                guard found == nil else { throw PresignedV4Parameters.missing }
                found = query.valueBytes(of: item)
            }
            guard let found else { throw PresignedV4Parameters.missing }
            return found
        }
        let algorithm = try single("x-amz-algorithm")
        if ASCII.equal(algorithm[...], "AWS4-ECDSA-P256-SHA256") {
            throw S3Error(.notImplemented, "Signatures of algorithm AWS4-ECDSA-P256-SHA256 are not served.")
        }
        guard ASCII.equal(algorithm[...], "AWS4-HMAC-SHA256") else {
            throw S3Error(
                .authorizationQueryParametersError, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
        }
        credential = try single("x-amz-credential")
        signedHeaders = try single("x-amz-signedheaders")
        signature = try single("x-amz-signature")
        date = try single("x-amz-date")
        let expires = try single("x-amz-expires")
        guard let signedAt = WireDate.parseBasic(date) else {
            throw S3Error(
                .authorizationQueryParametersError,
                "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        self.signedAt = signedAt
        let isNegative = expires.first == UInt8(ascii: "-")
        guard let number = ASCII.decimal(isNegative ? expires.dropFirst() : expires[...]), number <= Int64(Int32.max)
        else {
            throw S3Error(.authorizationQueryParametersError, "X-Amz-Expires should be a number")
        }
        lifetime = isNegative ? -number : number
    }

    private static let missing = S3Error(
        .authorizationQueryParametersError,
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            + "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
}
