// Why this file exists: the door through which lineage is asked and told over HTTP. A head becomes a route, a sender, a
// permission, a body and an answer, in this order; every refusal becomes one form of JSON in one place.
// Invariants: nothing is read of a body before its sender is known; what walks the graph has a thread of its own, of
// which there are only so many; an answer that is not whole says so.
public import Lineage
public import ObjectCore
import Synchronization

/// Answers `/_cairn/…` and the paths to which OpenLineage clients send.
public final class LineageService: CompanionService {
    /// Questions answered at the same time; more are told to come again.
    static let concurrentMaximum = 32
    /// The longest body of a request of our own, in bytes.
    static let bodyLengthMaximum = 1 << 20

    let questions: LineageQuestions
    let recorder: LineageRecorder
    let log: AuditLog
    let store: ObjectStore
    private let authenticator: Authenticator
    private let bearer: BearerTokens
    let policies: any PolicySource
    let bucketAccess = BucketAccessCache()
    let region: String
    private let addressing: S3Request.Configuration
    private let gate = QuestionGate(places: concurrentMaximum)
    /// The checkpoint signed last, and when.
    let lastCheckpoint = Mutex<(at: Int64, note: SignedNote)?>(nil)

    /// - Parameters:
    ///   - store: whose lineage it is.
    ///   - questions: over its graph.
    ///   - recorder: what is told goes there.
    ///   - log: the transparency log over its journal.
    ///   - credentials: as S3 has them.
    ///   - policies: of users and roles.
    ///   - region: that scopes may name.
    ///   - addressing: as S3 has it: what a virtual host names is a bucket's, whatever its path.
    public init(
        store: ObjectStore, questions: LineageQuestions, recorder: LineageRecorder, log: AuditLog,
        credentials: any CredentialSource, policies: any PolicySource, region: String,
        addressing: S3Request.Configuration
    ) {
        self.store = store
        self.questions = questions
        self.recorder = recorder
        self.log = log
        self.addressing = addressing
        self.policies = policies
        self.region = region
        authenticator = Authenticator(credentials: credentials, configuration: .init(region: region))
        bearer = BearerTokens(credentials: credentials)
    }

    /// No bucket begins with an underscore. The paths of OpenLineage could be a bucket and a key: a POST there is S3's
    /// only with a query or a form, so what has neither is no S3.
    public func claims(_ head: RequestHead) -> Bool {
        let path = head.slice(head.rawPath)
        guard ASCII.hasPrefix(path, "/_cairn/") || (head.method == .post && LineageService.isOpenLineage(head)) else {
            return false
        }
        return S3Request.bucket(inHostOf: head, configuration: addressing) == nil
    }

    private static func isOpenLineage(_ head: RequestHead) -> Bool {
        guard head.rawQuery.count == 0, OpenLineageIntake.paths.contains(head.text(head.rawPath)) else { return false }
        guard let type = head.first("content-type") else { return true }
        return !ASCII.hasPrefix(head.slice(type).prefix(20).map(ASCII.lowercased)[...], "multipart/form-data")
    }

    public func respond(
        to head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp, notes: ExchangeNotes?
    ) async -> HTTPResponse {
        do throws(LineageRefusal) {
            var response = try await answer(head, body: body, ids: ids, now: now)
            response.add("x-amz-request-id", ids.request)
            if head.method == .head { response = LineageReply.withoutBody(response) }
            return response
        } catch {
            var response = error.response(ids)
            if head.method == .head { response = LineageReply.withoutBody(response) }
            return response
        }
    }

    private func answer(
        _ head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp
    ) async throws(LineageRefusal) -> HTTPResponse {
        let path = head.text(head.rawPath)
        let (route, values) = try LineageRoutes.find(head.method, path)
        let request: VerifiedRequest?
        let identity: Identity?
        switch route.access {
        case .open:
            request = nil
            identity = nil
        case .signed, .signedOrBearer:
            (request, identity) = try authenticate(
                head, takesBearer: route.access == .signedOrBearer, ids: ids, now: now)
            if let permission = route.permission { try check(permission, identity, head, now: now) }
        }
        var call = LineageCall(
            service: self, head: head, values: values, identity: identity, ids: ids, now: now,
            parameters: try LineageCall.parameters(of: head))
        call.request = request
        if route.bodyLengthMaximum > 0 {
            call.body = try await LineageService.read(body, request, head, maximum: route.bodyLengthMaximum)
        }
        switch route.perform {
        case .walking(let perform):
            let finished = call
            return try await finished.blocking { () throws(LineageRefusal) in try perform(finished) }.response
        case .changing(let perform): return try await perform(call).response
        }
    }

    /// Runs what may take long on a thread of its own.
    /// - Parameters:
    ///   - account: of whoever asks; nobody in particular is the empty text.
    ///   - body: what may take long.
    func blocking<Value: Sendable>(
        for account: String, _ body: @escaping @Sendable () throws(LineageRefusal) -> Value
    ) async throws(LineageRefusal) -> Value {
        guard gate.enter(account) else {
            throw LineageRefusal(503, "SlowDown", "too many questions of yours at the same time; ask again")
        }
        defer { gate.leave(account) }
        do {
            return try await BlockingCall.run { try body() }
        } catch let error as LineageRefusal {
            throw error
        } catch {
            throw LineageRefusal(503, "SlowDown", "\(error)")
        }
    }

    // MARK: Who and what

    private func authenticate(
        _ head: RequestHead, takesBearer: Bool, ids: RequestIDs, now: Timestamp
    ) throws(LineageRefusal) -> (VerifiedRequest?, Identity) {
        let identity: Identity
        var verified: VerifiedRequest?
        do throws(S3Error) {
            if let token = BearerTokens.token(of: head) {
                guard takesBearer else {
                    throw S3Error(.accessDenied, "A bearer token is for sending events only; sign this request.")
                }
                identity = try bearer.verify(token, now: now.seconds)
            } else {
                let request = try authenticator.verify(S3Request(head), id: ids.request, now: now.seconds)
                guard let signer = request.principal.identity else {
                    throw S3Error(
                        .accessDenied,
                        takesBearer
                            ? "Sign the request, or send a bearer token: see `cairn lineage token`."
                            : "Sign the request with AWS signature version 4.")
                }
                identity = signer
                verified = request
            }
        } catch {
            throw LineageRefusal(error)
        }
        return (verified, identity)
    }

    private static func read(
        _ body: any RequestBody, _ request: VerifiedRequest?, _ head: RequestHead, maximum: Int
    ) async throws(LineageRefusal) -> [UInt8] {
        do throws(S3Error) {
            if let request { return try await request.body(over: body).collect(limit: maximum) }
            var bytes: [UInt8] = []
            while let more = try await next(of: body) {
                guard more.count <= maximum - bytes.count else { throw S3Error(.maxMessageLengthExceeded) }
                bytes.append(contentsOf: more)
            }
            return bytes
        } catch {
            guard error.code == .maxMessageLengthExceeded else { throw LineageRefusal(error) }
            throw LineageRefusal(413, "EntityTooLarge", "the body has more than \(maximum) bytes")
        }
    }

    private static func next(of body: any RequestBody) async throws(S3Error) -> [UInt8]? {
        do throws(BodyError) { return try await body.next(maximum: 64 << 10) } catch { throw S3Error(error) }
    }
}
