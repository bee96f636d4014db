// Why this file exists: everything after authentication reads the request through this type, and this type is made
// in this file only, by a successful verification. A header that the signature had to cover and does not cannot be
// read, because such a request never becomes a VerifiedRequest.
// Invariant: what `header` and `query` return is exactly what was signed: several fields of one name come joined by
// commas, as the signature joins them, so that splitting a signed field in transit changes nothing.

/// A request whose sender is known (or known to be nobody).
public final class VerifiedRequest: Sendable {
    /// The id under which the exchange is logged and answered.
    public let id: String
    public let principal: Principal
    public let resource: Resource
    public let authenticationKind: AuthenticationKind
    /// When the request was signed, in seconds since 1970, where the form of signing tells it.
    public let signedAt: Int64?
    /// The sizes that the policy of a form upload allows, in bytes.
    public let formLengthRange: ClosedRange<Int64>?

    let payload: PayloadMode
    private let request: S3Request
    /// The fields of a form upload, which take the place of headers; nil for every other request.
    private let form: [FormField]?

    fileprivate init(_ request: S3Request, id: String, authentication: Authentication) {
        self.id = id
        self.request = request
        resource = request.resource
        principal = authentication.principal
        authenticationKind = authentication.kind
        signedAt = authentication.signedAt
        payload = authentication.payload
        form = nil
        formLengthRange = nil
    }

    fileprivate init(_ request: VerifiedRequest, form: VerifiedForm) {
        id = request.id
        self.request = request.request
        resource = .object(bucket: form.bucket, key: form.key)
        principal = form.authentication.principal
        authenticationKind = form.authentication.kind
        signedAt = form.authentication.signedAt
        payload = .unsigned
        self.form = form.fields
        formLengthRange = form.lengthRange
    }

    public var method: HTTPMethod { request.head.method }
    /// The address of the peer's socket.
    public var remoteAddress: String { request.head.remoteAddress }
    /// Whether the request came over TLS.
    public var isSecure: Bool { request.head.isSecure }
    /// Whether the bucket was named by the Host header.
    public var isVirtualHost: Bool { request.isVirtualHost }
    /// The path as it was sent, for logs and `<Resource>`.
    public var rawPath: String { request.head.text(request.head.rawPath) }
    /// The query as it was sent, for logs.
    public var rawQuery: String { request.head.text(request.head.rawQuery) }
    /// How the body is framed by HTTP.
    public var framing: RequestHead.BodyFraming { request.head.framing }

    /// Content-Encoding as it is to be stored: without `aws-chunked`, which says how this body travelled; nil when
    /// nothing is left.
    public var contentEncoding: String? {
        guard let value = header("content-encoding") else { return nil }
        let codings = value.split(separator: ",").map { coding in
            String(decoding: ASCII.trimmed(Array(coding.utf8)[...]), as: UTF8.self)
        }
        let rest = codings.filter { !ASCII.equalIgnoringCase($0, "aws-chunked") && !$0.isEmpty }
        if rest.isEmpty { return nil }
        return rest.count == codings.count ? value : rest.joined(separator: ", ")
    }

    /// The value of a header, or nil when it is absent.
    /// - Parameter name: in lower case.
    public func header(_ name: StaticString) -> String? {
        if let form {
            for field in form where ASCII.equalIgnoringCase(field.name, name) { return field.value }
            if VerifiedRequest.belongsToForm(name) { return nil }
        }
        if let value = request.head.joinedValue(name) { return String(decoding: value, as: UTF8.self) }
        guard isHoistable(name), let item = request.query.firstIgnoringCase(name) else { return nil }
        return hoistedValue(of: item)
    }

    private func hoistedValue(of item: QueryItems.Item) -> String {
        String(decoding: request.query.headerValue(of: item), as: UTF8.self)
    }

    /// A field of a form upload that is no header, such as `success_action_status` or `tagging`; nil when it is
    /// absent or the request is no verified form.
    /// - Parameter name: in lower case.
    public func formField(_ name: StaticString) -> String? {
        form?.first { ASCII.equalIgnoringCase($0.name, name) }?.value
    }

    /// Whether the header is present.
    /// - Parameter name: in lower case.
    public func hasHeader(_ name: StaticString) -> Bool { header(name) != nil }

    /// The decoded value of a query parameter: nil when it is absent, "" when it has no value.
    public func query(_ name: String) -> String? { request.query.first(name) }

    /// Whether there is a query parameter of this name, with or without a value.
    public func hasQuery(_ name: String) -> Bool { request.query.contains(name) }

    /// All query parameters, decoded, in order.
    public var queryItems: [(name: String, value: String?)] { request.query.decoded }

    /// User metadata: names without `x-amz-meta-`, in lower case, in the order in which they were sent.
    public var metadataHeaders: [(name: String, value: String)] { headers(prefix: "x-amz-meta-") }

    /// The headers whose names begin with `prefix` (lower case), which is taken off their names.
    public func headers(prefix: StaticString) -> [(name: String, value: String)] {
        if let form { return VerifiedRequest.fields(of: form, prefix: prefix) }
        var found: [(name: String, value: String)] = []
        let head = request.head
        for field in head.fields where ASCII.hasPrefix(head.slice(field.name), prefix) {
            let name = String(
                decoding: head.slice(field.name).dropFirst(prefix.utf8CodeUnitCount), as: UTF8.self)
            let value = head.text(field.value)
            if let known = found.firstIndex(where: { $0.name == name }) {
                found[known].value += "," + value
            } else {
                found.append((name, value))
            }
        }
        guard isHoistable(prefix) else { return found }
        for item in request.query.items {
            let name = ASCII.lowercased(request.query.name(of: item))
            let start = String(describing: prefix)
            guard name.hasPrefix(start), !SignatureV4.isParameter(name) else { continue }
            let rest = String(name.dropFirst(start.count))
            if !found.contains(where: { $0.name == rest }) { found.append((rest, hoistedValue(of: item))) }
        }
        return found
    }

    /// Refuses values about the object that are no UTF-8: they are kept as text, and what was replaced in them could
    /// not be given back as it was sent.
    /// - Throws: InvalidArgument.
    public func checkDescriptionIsText() throws(S3Error) {
        guard form == nil else { return }
        let head = request.head
        for field in head.fields where VerifiedRequest.describesObject(head.slice(field.name)) {
            let value = head.slice(field.value)
            guard value.allSatisfy({ $0 < 0x80 }) || String(validating: value, as: UTF8.self) != nil else {
                throw .invalidArgument(
                    "Header values must be UTF-8.", name: head.text(field.name), value: head.text(field.value))
            }
        }
    }

    private static func describesObject(_ name: ArraySlice<UInt8>) -> Bool {
        ASCII.hasPrefix(name, "x-amz-") || ASCII.hasPrefix(name, "content-") || ASCII.equal(name, "cache-control")
            || ASCII.equal(name, "expires")
    }

    /// The body as the operation reads it: framing and signatures removed and checked.
    /// - Throws: InvalidRequest, InvalidDigest, MissingContentLength, NotImplemented for what the headers announce.
    public func body(
        over raw: any RequestBody, checksumHeaders: S3Body.ChecksumHeaders = .describeBody
    ) throws(S3Error) -> S3Body {
        try S3Body(raw, of: self, payload: payload, checksumHeaders: checksumHeaders)
    }

    // SDKs move x-amz-* headers into the query of a presigned URL; AWS reads them from there. A query signature of
    // either version covers them.
    private func isHoistable(_ name: StaticString) -> Bool {
        switch authenticationKind {
        case .queryV4:
            return ASCII.hasPrefix(name, "x-amz-") && !SignatureV4.isParameter(name)
        case .queryV2:
            return ASCII.hasPrefix(name, "x-amz-") || ASCII.equal(name, "content-type")
                || ASCII.equal(name, "content-md5")
        case .anonymous, .headerV4, .headerV2, .formV4, .formV2: return false
        }
    }

    // In a form upload these describe the object and come from the form alone.
    private static func belongsToForm(_ name: StaticString) -> Bool {
        ASCII.hasPrefix(name, "x-amz-") || ASCII.hasPrefix(name, "content-") || ASCII.equal(name, "cache-control")
            || ASCII.equal(name, "expires")
    }

    private static func fields(of form: [FormField], prefix: StaticString) -> [(name: String, value: String)] {
        let start = String(describing: prefix)
        return form.compactMap { field in
            let name = ASCII.lowercased(field.name)
            return name.hasPrefix(start) ? (String(name.dropFirst(start.count)), field.value) : nil
        }
    }
}

extension Authenticator {
    /// Finds out who sent a request.
    /// - Parameters:
    ///   - request: whose address was understood.
    ///   - id: the id of the exchange.
    ///   - now: seconds since 1970.
    ///   - bodyDigest: the SHA-256 of the body, for services that sign it without saying so in a header.
    /// - Throws: why the signature is not believed, in AWS's code.
    public func verify(
        _ request: S3Request, id: String, now: Int64, bodyDigest: [UInt8]? = nil
    ) throws(S3Error) -> VerifiedRequest {
        VerifiedRequest(
            request, id: id, authentication: try authenticate(request, now: now, bodyDigest: bodyDigest))
    }

    /// Takes a request for nobody's, whatever it says: websites are for everybody, and believe no signature.
    func anonymous(_ request: S3Request, id: String) -> VerifiedRequest {
        VerifiedRequest(
            request, id: id,
            authentication: Authentication(principal: .anonymous, kind: .anonymous, payload: .unsigned, signedAt: nil))
    }

    /// Finds out who signed a form upload, and holds the form to its policy.
    /// - Parameters:
    ///   - form: all fields before the file, in order.
    ///   - fileName: takes the place of `${filename}` in the key.
    ///   - request: the request that carried the form.
    ///   - now: seconds since 1970.
    /// - Throws: InvalidArgument (a field is missing or repeated), InvalidAccessKeyId, SignatureDoesNotMatch,
    ///   InvalidPolicyDocument, AccessDenied (the policy has expired or does not allow a field), KeyTooLongError.
    public func verify(
        form: [FormField], fileName: String, of request: VerifiedRequest, now: Int64
    ) throws(S3Error) -> VerifiedRequest {
        guard case .bucket(let bucket) = request.resource, request.method == .post else {
            throw S3Error(.methodNotAllowed)
        }
        return VerifiedRequest(
            request, form: try authenticate(form, fileName: fileName, bucket: bucket, now: now))
    }
}
