// Why this file exists: IAM and STS over a store of their own, called as clients call them, at a time that the test
// chooses.
import Foundation
import ObjectCore

@testable import S3Gateway

/// Who calls.
struct Caller {
    var id: String
    var secret: String
    var token: String?

    init(_ key: AccessKey) {
        id = key.id
        secret = key.secret
    }

    /// From an answer with `<Credentials>`.
    init(_ answer: Received) {
        id = answer.xml("AccessKeyId") ?? ""
        secret = answer.xml("SecretAccessKey") ?? ""
        token = answer.xml("SessionToken")
    }
}

final class IdentityHarness {
    let store: ObjectStore
    let root: AccessKey
    let credentials: StoreCredentials
    let policies: IdentityPolicies
    let service: IdentityService
    /// Seconds since 1970.
    var now = Int64(Date().timeIntervalSince1970)
    private let folder: String

    init() async throws {
        folder = NSTemporaryDirectory() + "cairn-identity-" + UUID().uuidString
        store = try ObjectStore.open(folder)
        root = try await store.createAccessKey(displayName: "owner")
        credentials = StoreCredentials(store)
        policies = IdentityPolicies(store: store)
        service = IdentityService(
            store: store, credentials: credentials, policies: policies, region: "us-east-1",
            providerKeys: ProviderKeys(fetch: { issuer, _ throws(ProviderFault) in
                guard issuer == SampleTokens.issuer else { throw ProviderFault("nobody is there") }
                return SampleTokens.keys
            }))
    }

    /// Runs `work` on a fresh harness.
    static func run(_ work: (IdentityHarness) async throws -> Void) async throws {
        let harness = try await IdentityHarness()
        do {
            try await work(harness)
        } catch {
            await harness.close()
            throw error
        }
        await harness.close()
    }

    func close() async {
        await store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Calls an action with a form.
    func call(
        _ action: String, _ parameters: KeyValuePairs<String, String> = [:], as caller: Caller? = nil
    ) async -> Received {
        await call(action, parameters.map { ($0.key, $0.value) }, as: caller)
    }

    func call(
        _ action: String, _ parameters: [(name: String, value: String)], as caller: Caller? = nil
    ) async -> Received {
        let isOfSTS =
            IdentityActionTable.names(of: .sts).contains(action)
            || IdentityActionTable.unserved[.sts]?.contains(action) == true
        let api = isOfSTS ? IdentityAPI.sts : .iam
        var pieces = [("Action", action), ("Version", api.rawValue)] + parameters.map { ($0.name, $0.value) }
        pieces = pieces.map { ($0.0, PercentCoding.encoded($0.1.utf8, keepingSlash: false)) }
        return await post(pieces.map { "\($0.0)=\($0.1)" }.joined(separator: "&"), api: api, as: caller)
    }

    /// Posts a form.
    /// - Parameter sent: what arrives instead of what was signed; nil for the same.
    func post(
        _ form: String, api: IdentityAPI, as caller: Caller? = nil, sent: String? = nil, isSigned: Bool = true,
        payloadHeader: String? = nil, notes: ExchangeNotes? = nil
    ) async -> Received {
        let body = Array((sent ?? form).utf8)
        var headers = [
            (name: "host", value: "s3.example.com"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ]
        if isSigned {
            let caller = caller ?? Caller(root)
            let signer = RequestSigner(
                accessKey: caller.id, secret: Secret(caller.secret), sessionToken: caller.token, service: api.name)
            headers += signer.headers(
                method: .post, path: "/", headers: headers,
                payload: payloadHeader ?? Hex.encode(Digest.sha256(Array(form.utf8))), now: now)
        }
        headers.append(("content-length", String(body.count)))
        return await exchange(.post, "/", headers, body: body, notes: notes)
    }

    func exchange(
        _ method: HTTPMethod, _ target: String, _ headers: [(name: String, value: String)], body: [UInt8] = [],
        notes: ExchangeNotes? = nil
    ) async -> Received {
        let head = GatewayHarness.rawHead(method, target: target, headers: headers)
        guard service.claims(head) else { return Received(status: 0, headers: [], body: []) }
        let response = await service.respond(
            to: head, body: PiecewiseBody(body, announcedLength: Int64(body.count), pieceLength: 100),
            ids: RequestIDs(request: "REQUEST", host: "HOST"), now: Timestamp(milliseconds: now * 1000), notes: notes)
        return await GatewayHarness.received(response)
    }

    /// What the front door says of a request to S3 that is signed so.
    func refusal(of caller: Caller, presigned: Bool = false) -> S3Error.Code? {
        let authenticator = Authenticator(credentials: credentials)
        let signer = RequestSigner(accessKey: caller.id, secret: Secret(caller.secret), sessionToken: caller.token)
        let host = [(name: "host", value: "s3.example.com")]
        var target = "/b/k"
        var headers = host
        if presigned {
            target += "?" + signer.presignedQuery(method: .get, path: "/b/k", headers: host, lifetime: 300, now: now)
        } else {
            headers += signer.headers(
                method: .get, path: "/b/k", headers: host, payload: "UNSIGNED-PAYLOAD", now: now)
        }
        do throws(S3Error) {
            let head = GatewayHarness.rawHead(.get, target: target, headers: headers)
            _ = try authenticator.verify(S3Request(head), id: "", now: now)
            return nil
        } catch {
            return error.code
        }
    }
}
