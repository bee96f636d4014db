// Why this file exists: verification of signature version 2. boto3 still makes such URLs for custom endpoints, and
// old clients such header signatures.
// Invariant: version 2 covers only the sub-resources it knows; in a URL, which is given to others, a parameter that
// names a newer sub-resource would therefore be unsigned and is refused.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
import ObjectCore

extension Authenticator {
    func authenticateHeaderV2(
        _ request: S3Request, value: ArraySlice<UInt8>, now: Int64
    ) throws(S3Error) -> Authentication {
        let head = request.head
        guard let colon = value.lastIndex(of: UInt8(ascii: ":")), colon > value.startIndex else {
            throw S3Error(
                .invalidArgument, "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
                fields: ["ArgumentName": "Authorization"])
        }
        let amzDate = head.joinedValue("x-amz-date")
        guard let given = amzDate ?? head.joinedValue("date") else { throw Authenticator.missingDate }
        let text = String(decoding: given, as: UTF8.self)
        guard let signedAt = HTTPDate.parse(text)?.seconds ?? WireDate.parseBasic(given), signedAt >= 0 else {
            throw Authenticator.missingDate
        }
        let record = try record(for: String(decoding: value[..<colon], as: UTF8.self))
        try checkSkew(of: signedAt, text: text, now: now)
        // The Date line is empty when x-amz-date, which is among the signed headers, takes its place.
        try checkSignatureV2(
            request, record: record, signature: value[(colon + 1)...], dateLine: amzDate == nil ? given : [],
            isPresigned: false)
        try checkSession(of: record, token: head.joinedValue("x-amz-security-token"), now: now)
        return try authenticationV2(request, record: record, kind: .headerV2, signedAt: signedAt)
    }

    func authenticatePresignedV2(_ request: S3Request, now: Int64) throws(S3Error) -> Authentication {
        let query = request.query
        guard let accessKey = query.firstIgnoringCase("awsaccesskeyid"),
            let signature = query.firstIgnoringCase("signature"), let expires = query.firstIgnoringCase("expires")
        else {
            throw S3Error(
                .accessDenied,
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
        }
        let record = try record(for: query.value(of: accessKey))
        let dateLine = query.valueBytes(of: expires)
        guard let end = ASCII.decimal(dateLine) else {
            throw S3Error(
                .accessDenied,
                "Invalid date (should be seconds since epoch): \(query.value(of: expires))")
        }
        guard now <= end else {
            throw S3Error(
                .accessDenied, "Request has expired",
                fields: ["Expires": WireDate.extended(end), "ServerTime": WireDate.extended(now)])
        }
        for item in query.items where SignatureV2.uncoveredSubresources.contains(query.name(of: item)) {
            throw S3Error(
                .accessDenied, "There were parameters present in the request which were not signed",
                fields: ["ParametersNotSigned": query.name(of: item)])
        }
        try checkSignatureV2(
            request, record: record, signature: query.valueBytes(of: signature)[...], dateLine: dateLine,
            isPresigned: true)
        let token =
            request.head.joinedValue("x-amz-security-token")
            ?? query.firstIgnoringCase("x-amz-security-token").map(query.valueBytes)
        try checkSession(of: record, token: token, now: now)
        return try authenticationV2(request, record: record, kind: .queryV2, signedAt: nil)
    }

    private func authenticationV2(
        _ request: S3Request, record: AccessKeyRecord, kind: AuthenticationKind, signedAt: Int64?
    ) throws(S3Error) -> Authentication {
        let given =
            request.head.joinedValue("x-amz-content-sha256")
            ?? (kind == .queryV2
                ? request.query.firstIgnoringCase("x-amz-content-sha256").map(request.query.valueBytes) : nil)
        return Authentication(
            principal: .account(Identity(record)), kind: kind,
            payload: try given.map { value throws(S3Error) in
                try PayloadMode(contentSHA256: value[...], signing: nil)
            } ?? .unsigned, signedAt: signedAt)
    }

    private func checkSignatureV2(
        _ request: S3Request, record: AccessKeyRecord, signature: ArraySlice<UInt8>, dateLine: [UInt8],
        isPresigned: Bool
    ) throws(S3Error) {
        let toSign = SignatureV2.stringToSign(request, dateLine: dateLine, isPresigned: isPresigned)
        let given = Base64.decode(signature)
        func isRight(_ text: [UInt8]) -> Bool {
            given.map { ConstantTime.equal(Digest.hmacSHA1(key: record.secret.bytes, message: text), $0) } ?? false
        }
        if isRight(toSign) { return }
        // botocore signs `/bucket/` and sends `/bucket`, which name the same thing.
        if SignatureV2.isBareBucket(request),
            isRight(
                SignatureV2.stringToSign(request, dateLine: dateLine, isPresigned: isPresigned, endsBucket: true))
        {
            return
        }
        throw S3Error(
            .signatureDoesNotMatch,
            fields: [
                "AWSAccessKeyId": record.accessKey, "StringToSign": String(decoding: toSign, as: UTF8.self),
                "SignatureProvided": String(decoding: signature.prefix(128), as: UTF8.self),
            ])
    }
}

/// The text that a signature of version 2 covers.
enum SignatureV2 {
    /// The parameters that are part of the signed resource.
    private static let coveredSubresources: Set<String> = [
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location",
        "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment",
        "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore", "select", "select-type",
        "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    ]

    /// The parameters that choose an operation but came after version 2.
    static let uncoveredSubresources: Set<String> = [
        "annotation", "annotations", "attributes", "cairn-batch", "encryption", "intelligent-tiering", "legal-hold",
        "metadataConfiguration", "metadataTable", "ownershipControls", "policyStatus", "publicAccessBlock",
        "renameObject", "retention", "session",
    ]

    static func stringToSign(
        _ request: S3Request, dateLine: [UInt8], isPresigned: Bool,
        endsBucket: Bool = false
    ) -> [UInt8] {
        let head = request.head
        var output = Array(head.method.rawValue.utf8)
        output.append(0x0A)
        output.append(contentsOf: value(of: "content-md5", request, isPresigned: isPresigned))
        output.append(0x0A)
        output.append(contentsOf: value(of: "content-type", request, isPresigned: isPresigned))
        output.append(0x0A)
        output.append(contentsOf: dateLine)
        output.append(0x0A)
        appendAmazonHeaders(request, isPresigned: isPresigned, to: &output)
        appendResource(request, endsBucket: endsBucket, to: &output)
        return output
    }

    // boto3 moves these headers into the URL; they are signed as if they still were headers.
    private static func value(of name: StaticString, _ request: S3Request, isPresigned: Bool) -> [UInt8] {
        if let value = request.head.joinedValue(name) { return value }
        guard isPresigned, let item = request.query.firstIgnoringCase(name) else { return [] }
        return request.query.headerValue(of: item)
    }

    // Values are trimmed (the parser did that) but, unlike in version 4, not collapsed.
    private static func appendAmazonHeaders(_ request: S3Request, isPresigned: Bool, to output: inout [UInt8]) {
        let head = request.head
        var values: [String: [UInt8]] = [:]
        for field in head.fields where ASCII.hasPrefix(head.slice(field.name), "x-amz-") {
            let name = head.text(field.name)
            if values[name] != nil { values[name]?.append(UInt8(ascii: ",")) }
            values[name, default: []].append(contentsOf: head.slice(field.value))
        }
        if isPresigned {
            for item in request.query.items {
                let name = ASCII.lowercased(request.query.name(of: item))
                guard name.hasPrefix("x-amz-"), values[name] == nil else { continue }
                values[name] = request.query.headerValue(of: item)
            }
        }
        for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            output.append(contentsOf: name.utf8)
            output.append(UInt8(ascii: ":"))
            output.append(contentsOf: value)
            output.append(0x0A)
        }
    }

    /// Whether the path is a bucket's name and nothing behind it, not even a slash.
    static func isBareBucket(_ request: S3Request) -> Bool {
        guard !request.isVirtualHost, case .bucket = request.resource else { return false }
        return request.head.slice(request.head.rawPath).last != UInt8(ascii: "/")
    }

    private static func appendResource(_ request: S3Request, endsBucket: Bool, to output: inout [UInt8]) {
        let head = request.head
        if request.isVirtualHost, let bucket = request.resource.bucket {
            output.append(UInt8(ascii: "/"))
            output.append(contentsOf: bucket.utf8)
        }
        output.append(contentsOf: head.slice(head.rawPath))
        if endsBucket { output.append(UInt8(ascii: "/")) }
        var parameters = request.query.decoded.filter { coveredSubresources.contains($0.name) }
        parameters.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var separator = UInt8(ascii: "?")
        for parameter in parameters {
            output.append(separator)
            separator = UInt8(ascii: "&")
            output.append(contentsOf: parameter.name.utf8)
            if let value = parameter.value {
                output.append(UInt8(ascii: "="))
                output.append(contentsOf: value.utf8)
            }
        }
    }
}
