// Why this file exists: IAM and STS on the address of S3. A call becomes parameters, a sender, an action, a permission
// and an answer, in this order; every refusal becomes the services' own error document in one place.
// Invariants: the body is part of the signature, and is held to it before anything in it is done; nothing is done for a
// sender without the permission. Who needs no signature has to bring a proof of another kind.
public import ObjectCore

/// Answers the AWS Query protocol of IAM and STS.
public final class IdentityService: CompanionService {
    /// The longest form, in bytes: a policy of 10,240 characters, each sent as nine, and room.
    static let bodyBytesMax = 256 << 10

    let store: ObjectStore
    let policies: IdentityPolicies
    let providerKeys: ProviderKeys
    let region: String
    private let iam: Authenticator
    private let sts: Authenticator

    /// - Parameters:
    ///   - store: whose identities these are.
    ///   - credentials: as S3 has them.
    ///   - policies: likewise.
    ///   - region: the server's. Scopes may name any, as these services belong to none.
    ///   - authorities: a PEM file of certificates that identity providers may lead to beside the system's; nil for none.
    ///   - log: told rare things, one line each.
    public convenience init(
        store: ObjectStore, credentials: any CredentialSource, policies: IdentityPolicies, region: String,
        authorities: String? = nil, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            store: store, credentials: credentials, policies: policies, region: region,
            providerKeys: ProviderKeys(log: log, authorities: authorities))
    }

    init(
        store: ObjectStore, credentials: any CredentialSource, policies: IdentityPolicies, region: String,
        providerKeys: ProviderKeys
    ) {
        self.providerKeys = providerKeys
        self.region = region
        self.store = store
        self.policies = policies
        iam = Authenticator(
            credentials: credentials,
            configuration: .init(region: region, regionRule: .global, services: [IdentityAPI.iam.name]))
        sts = Authenticator(
            credentials: credentials,
            configuration: .init(region: region, regionRule: .global, services: [IdentityAPI.sts.name]))
    }

    /// A form to `/` without a query, or a request of `/` whose query names an action and a version of ours. S3 has
    /// neither: it posts other kinds of content, and its parameters are spelt otherwise.
    public func claims(_ head: RequestHead) -> Bool {
        guard head.rawPath.count == 1, head.method == .post || head.method == .get else { return false }
        guard head.rawQuery.count > 0 else { return head.method == .post && IdentityService.isForm(head) }
        guard let items = try? QueryItems(head.bytes, in: head.rawQuery.range) else { return false }
        return items.contains("Action") && IdentityAPI(rawValue: items.first("Version") ?? "") != nil
    }

    private static func isForm(_ head: RequestHead) -> Bool {
        guard let type = head.first("content-type") else { return false }
        return ASCII.hasPrefix(
            head.slice(type).prefix(33).map(ASCII.lowercased)[...], "application/x-www-form-urlencoded")
    }

    public func respond(
        to head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp, notes: ExchangeNotes?
    ) async -> HTTPResponse {
        var api = IdentityAPI.iam
        notes?.action = "Unknown"
        do throws(IdentityError) {
            let bytes = try await IdentityService.read(body)
            let parameters = try IdentityService.parameters(of: head, body: bytes)
            if let version = parameters.version, let known = IdentityAPI(rawValue: version) { api = known }
            if let label = parameters.action.flatMap({ IdentityActionTable.label($0, of: api) }) {
                notes?.action = label
            }
            let caller = try authenticate(head, body: bytes, for: api, ids: ids, now: now, notes: notes)
            return try await answer(parameters, api: api, caller: caller, head: head, ids: ids, now: now)
        } catch {
            notes?.errorCode = error.code.rawValue
            return IdentityService.refusal(error, api: api, ids: ids)
        }
    }

    // MARK: The call

    private static func read(_ body: any RequestBody) async throws(IdentityError) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(BodyError) {
            while let more = try await body.next(maximum: bodyBytesMax) {
                bytes.append(contentsOf: more)
                guard bytes.count <= bodyBytesMax else { break }
            }
        } catch {
            throw IdentityError(.malformedQueryString, "The request body did not arrive completely.")
        }
        guard bytes.count <= bodyBytesMax else {
            throw IdentityError(.requestEntityTooLarge, "The request has more than \(bodyBytesMax) bytes.")
        }
        return bytes
    }

    private static func parameters(
        of head: RequestHead, body: [UInt8]
    ) throws(IdentityError) -> QueryParameters {
        var parameters = QueryParameters()
        do throws(S3Error) {
            try parameters.add(QueryItems(head.bytes, in: head.rawQuery.range))
            if isForm(head) { try parameters.add(QueryItems(body, in: 0..<body.count)) }
        } catch {
            throw IdentityError(.malformedQueryString, error.message ?? "The parameters are not well-formed.")
        }
        return parameters
    }

    private func authenticate(
        _ head: RequestHead, body: [UInt8], for api: IdentityAPI, ids: RequestIDs, now: Timestamp,
        notes: ExchangeNotes?
    ) throws(IdentityError) -> IdentityCaller? {
        let digest = Digest.sha256(body)
        let request: VerifiedRequest
        do throws(S3Error) {
            let authenticator =
                switch api {
                case .iam: iam
                case .sts: sts
                }
            request = try authenticator.verify(
                S3Request(head), id: ids.request, now: now.seconds, bodyDigest: digest)
        } catch {
            throw IdentityError(error)
        }
        notes?.request = request
        guard let identity = request.principal.identity else { return nil }
        guard request.authenticationKind == .headerV4 || request.authenticationKind == .queryV4,
            case .digest(let signed) = request.payload
        else { throw IdentityError(.incompleteSignature, "The signature must be of version 4 and cover the body.") }
        guard ConstantTime.equal(signed, digest) else {
            throw IdentityError(.signatureDoesNotMatch, "The body is not the one that was signed.")
        }
        guard let caller = IdentityCaller(identity, store: store, policies: policies) else {
            throw IdentityError(.invalidClientTokenId, "The security token included in the request is invalid.")
        }
        return caller
    }

    private func answer(
        _ parameters: QueryParameters, api: IdentityAPI, caller: IdentityCaller?, head: RequestHead, ids: RequestIDs,
        now: Timestamp
    ) async throws(IdentityError) -> HTTPResponse {
        guard let name = parameters.action else {
            throw IdentityError(.missingAction, "The request is missing an action parameter.")
        }
        guard parameters.version.flatMap(IdentityAPI.init) != nil else {
            throw IdentityError(
                .invalidAction, "Could not find operation \(name.prefix(128)) for this version of the interface.")
        }
        if let type = IdentityActionTable.unsigned(name, of: api) {
            return try await answer(type, parameters, head: head, ids: ids, now: now)
        }
        let type = try IdentityActionTable.action(name, of: api)
        guard let caller else {
            throw IdentityError(.missingAuthenticationToken, "Request is missing Authentication Token")
        }
        var parameters = parameters
        let action = try type.init(&parameters, caller: caller)
        try parameters.finish()
        let context = IdentityContext(
            service: self, caller: caller, now: now,
            origin: ChangeOrigin(
                account: caller.account, accessKey: caller.accessKey, remoteAddress: head.remoteAddress,
                requestID: ids.request, run: run(of: caller)),
            conditions: IdentityConditions(
                subject: caller.access.subject, sourceAddress: head.remoteAddress, isSecure: head.isSecure,
                userAgent: head.value("user-agent"), now: now, own: action.conditions,
                requestTags: action.requestTags))
        if let resource = action.resource(in: context) { try context.checkMay("\(api.name):\(name)", on: resource) }
        return IdentityService.answer(try await action.perform(in: context), name, api: api, ids: ids)
    }

    private func answer(
        _ type: any UnsignedIdentityAction.Type, _ parameters: QueryParameters, head: RequestHead, ids: RequestIDs,
        now: Timestamp
    ) async throws(IdentityError) -> HTTPResponse {
        var parameters = parameters
        let action = try type.init(&parameters)
        try parameters.finish()
        let context = UnsignedContext(
            service: self, now: now, sourceAddress: head.remoteAddress, isSecure: head.isSecure,
            userAgent: head.value("user-agent"), requestID: ids.request)
        return IdentityService.answer(
            try await action.perform(in: context), type.name, api: type.api, ids: ids)
    }

    /// The run that the caller's session is bound to, once it has begun for its account. Nobody begins one here, and
    /// nobody's changes are told as those of another account's run.
    private func run(of caller: IdentityCaller) -> RunID? {
        guard let run = caller.session?.grant.run else { return nil }
        return (try? store.accounts(ofRuns: [run]))?[run] == caller.account ? run : nil
    }

    // MARK: The answer

    private static func answer(
        _ result: IdentityResult, _ name: String, api: IdentityAPI, ids: RequestIDs
    ) -> HTTPResponse {
        var response = HTTPResponse(status: 200)
        addHeaders(to: &response, ids: ids)
        response.body = .bytes(document(name, api: api, result: result, ids: ids))
        return response
    }

    private static func document(
        _ name: String, api: IdentityAPI, result: IdentityResult, ids: RequestIDs
    ) -> [UInt8] {
        var writer = XMLWriter()
        writer.element(name: "\(name)Response", namespace: api.namespace) { writer in
            if let result { writer.element(name: "\(name)Result", result) }
            writer.element("ResponseMetadata") { $0.leaf("RequestId", ids.request) }
        }
        return writer.bytes
    }

    private static func refusal(_ error: IdentityError, api: IdentityAPI, ids: RequestIDs) -> HTTPResponse {
        var writer = XMLWriter()
        writer.element(name: "ErrorResponse", namespace: api.namespace) { writer in
            writer.element("Error") { writer in
                writer.leaf("Type", error.code.status < 500 ? "Sender" : "Receiver")
                writer.leaf("Code", error.code.rawValue)
                writer.leaf("Message", error.message)
            }
            writer.leaf("RequestId", ids.request)
        }
        var response = HTTPResponse(status: error.code.status)
        addHeaders(to: &response, ids: ids)
        response.body = .bytes(writer.bytes)
        return response
    }

    private static func addHeaders(to response: inout HTTPResponse, ids: RequestIDs) {
        response.add("x-amzn-requestid", ids.request)
        response.add("content-type", "text/xml")
    }
}
