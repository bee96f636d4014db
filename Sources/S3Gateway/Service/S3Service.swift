// Why this file exists: the front door. A head becomes an address, a sender, an operation, a permission and an answer,
// in this order, and every refusal on the way becomes S3's error document in one place.
private import Glibc
public import Lineage
public import ObjectCore

/// Answers S3 requests out of a store.
public final class S3Service: HTTPHandler {
    /// What an operator can choose.
    public struct Configuration: Sendable {
        /// The region that the service says it is in; new buckets are made in it.
        public var region = "us-east-1"
        /// Whether a bucket may be made in another region than that, which is then kept and told: for a store that was
        /// not given a region, so that clients need not be told which one it took.
        public var takesAnyRegion = false
        /// How addresses are understood.
        public var addressing = S3Request.Configuration()
        /// Whether customers' keys (SSE-C) are taken over plain HTTP too, where anybody on the way can read them.
        public var takesCustomerKeysOverHTTP = false
        /// How long the days of a restore are.
        public var lifecycleCalendar = LifecycleCalendar.utc
        /// Who owns objects in new buckets, unless their maker says it.
        public var objectOwnership = ObjectOwnership.bucketOwnerEnforced
        /// The keys that objects are encrypted with.
        public var keyring = Keyring.empty
        /// The names of webhooks that notifications may go to.
        public var eventDestinations: Set<String> = []
        /// The names of endpoints that buckets may be replicated to.
        public var replicationTargets: Set<String> = []
        /// The names under which buckets are served as websites.
        public var websites = WebsiteDomains()

        public init() {}
    }

    let store: ObjectStore
    let authenticator: Authenticator
    let authorizer: Authorizer
    let configuration: Configuration
    private let accessLog: (any AccessLogSink)?
    private let metrics: (any MetricsSink)?
    let lineage: LineageRecorder?
    private let companions: [any CompanionService]
    private let requestIDs = RequestIDGenerator()
    private let router = Router.shared
    let decodedWebsites = DecodedSettings<WebsiteConfiguration>()
    let decodedCORS = DecodedSettings<CORSRules>()
    let decodedLifecycles = DecodedSettings<LifecycleConfiguration>()
    let decodedNotifications = DecodedSettings<NotificationConfiguration>()
    let decodedEncryptions = DecodedSettings<DefaultEncryption>()
    let bucketAccess = BucketAccessCache()
    let decodedPolicies = DecodedSettings<PolicyDocument>()

    /// - Parameters:
    ///   - store: out of which requests are answered.
    ///   - authenticator: believes or refuses signatures.
    ///   - authorizer: decides what principals may do; nil for one over the store's accounts, without users.
    ///   - configuration: what the operator chose.
    ///   - accessLog: told of every exchange after it is over; nil for none.
    ///   - metrics: likewise.
    ///   - lineage: told what requests read; nil for no lineage.
    ///   - companions: other protocols on the same address; the first that claims a request answers it.
    public init(
        store: ObjectStore, authenticator: Authenticator, authorizer: Authorizer? = nil,
        configuration: Configuration = Configuration(), accessLog: (any AccessLogSink)? = nil,
        metrics: (any MetricsSink)? = nil, lineage: LineageRecorder? = nil,
        companions: [any CompanionService] = []
    ) {
        self.store = store
        self.authenticator = authenticator
        self.authorizer = authorizer ?? Authorizer(source: AccountsAlone(store))
        self.configuration = configuration
        self.accessLog = accessLog
        self.metrics = metrics
        self.lineage = lineage
        self.companions = companions
    }

    public func respond(to head: RequestHead, body: any RequestBody) async -> HandledResponse {
        let ids = requestIDs.next()
        let now = S3Service.now()
        let website = configuration.websites.bucket(inHostOf: head, addressing: configuration.addressing)
        let notes = accessLog != nil || metrics != nil || lineage != nil ? ExchangeNotes() : nil
        if website == nil, let companion = companions.first(where: { $0.claims(head) }) {
            let response = await companion.respond(to: head, body: body, ids: ids, now: now, notes: notes)
            guard let notes, notes.action != nil else { return HandledResponse(response) }
            return HandledResponse(response, whenSent: report(head, notes: notes, ids: ids, now: now))
        }
        var response: HTTPResponse
        if let website {
            let visit = WebsiteVisit(
                service: self, head: head, body: body, bucketName: website, ids: ids, now: now, notes: notes)
            response = await visit.answer()
        } else {
            response = await s3Answer(head, body: body, ids: ids, now: now, notes: notes)
        }
        addCORS(to: &response, for: head, website: website)
        guard let notes else { return HandledResponse(response) }
        return HandledResponse(response, whenSent: report(head, notes: notes, ids: ids, now: now))
    }

    private func s3Answer(
        _ head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp, notes: ExchangeNotes?
    ) async -> HTTPResponse {
        do throws(S3Error) {
            return try await answer(head, body: body, ids: ids, now: now, notes: notes)
        } catch {
            notes?.errorCode = error.code.wireName
            var response = error.encode(
                requestID: ids.request, hostID: ids.host, resource: head.text(head.rawPath))
            // The answer to HEAD has no body: the status and the ids say it all.
            if head.method == .head { response.body = .empty }
            return response
        }
    }

    private func answer(
        _ head: RequestHead, body: any RequestBody, ids: RequestIDs, now: Timestamp, notes: ExchangeNotes?
    ) async throws(S3Error) -> HTTPResponse {
        let address = try S3Request(head, configuration: configuration.addressing)
        let request = try authenticator.verify(address, id: ids.request, now: now.seconds)
        notes?.request = request
        let target = try router.route(address)
        notes?.operation = target.name
        guard case .served(let operation) = target else {
            throw S3Error(
                .notImplemented, "The operation \(target.name) is not implemented.",
                fields: ["Operation": target.name.description])
        }
        notes?.logName = operation.logName
        try UnservedHeaders.check(address, takesCustomerKeys: takesCustomerKeys(request))
        var bucket: Bucket?
        if let name = request.resource.bucket {
            do {
                bucket = try store.bucket(name)
            } catch {
                if operation.needsBucket { throw S3Error(error, bucket: name) }
            }
            notes?.bucketOwner = bucket?.owner
        }
        if operation.needsBucket, !operation.isReadOnly, let bucket, bucket.snapshot != nil {
            throw S3Error(StoreError.isThePast(bucket.name))
        }
        var context = OperationContext(
            service: self, request: request, rawBody: body, bucketOrNil: bucket, ids: ids, now: now, notes: notes)
        context.past = try PastPoint(of: request, for: operation)
        return try await operation.serve(request, in: context)
    }

    func takesCustomerKeys(_ request: VerifiedRequest) -> Bool {
        request.isSecure || configuration.takesCustomerKeysOverHTTP
    }

    /// The body to send when the server itself refuses a request, in the protocol's error form.
    public func refusal(status: Int, reason: String) -> HTTPResponse {
        let code: S3Error.Code =
            switch status {
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 411: .missingContentLength
            case 413: .entityTooLarge
            case 431: .requestHeaderSectionTooLarge
            case 501: .notImplemented
            case 503: .serviceUnavailable
            case 500..<600: .internalError
            default: .badRequest
            }
        let ids = requestIDs.next()
        var response = S3Error(code, reason).encode(requestID: ids.request, hostID: ids.host)
        response.status = status
        response.closesConnection = true
        return response
    }

    private static func now() -> Timestamp {
        var time = timespec()
        // See: 'man 2 clock_gettime': CLOCK_REALTIME cannot fail with a valid pointer.
        _ = clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

// MARK: Logs and metrics

extension S3Service {
    // What the log needs is copied out now: the notes belong to this task, the closure to the connection.
    private func report(
        _ head: RequestHead, notes: ExchangeNotes, ids: RequestIDs, now: Timestamp
    ) -> @Sendable (ExchangeSummary) -> Void {
        let metrics = metrics
        let operation = notes.operation
        let action = notes.action
        let errorCode = notes.errorCode
        let read = notes.read
        guard let accessLog, accessLog.wants(bucket: notes.request?.resource.bucket) else {
            return { summary in
                read?.end(bytes: summary.bytesSent, at: S3Service.now())
                metrics?.count(operation, action: action, errorCode: errorCode, summary: summary)
            }
        }
        let request = notes.request
        let record = AccessLogRecord(
            bucketOwner: notes.bucketOwner, bucket: request?.resource.bucket, time: now,
            remoteAddress: head.remoteAddress, requester: request?.principal.accountID, requestID: ids.request,
            hostID: ids.host, operation: action ?? notes.logName.description,
            operationName: action ?? (request == nil ? nil : operation.description),
            accessKey: request?.principal.identity?.accessKey, key: request?.resource.key?.description,
            requestURI: S3Service.requestLine(head), status: 0, errorCode: errorCode, bytesSent: 0,
            objectSize: notes.objectSize, totalMilliseconds: 0, turnaroundMilliseconds: 0,
            referrer: head.value("referer"), userAgent: head.value("user-agent"), versionID: notes.versionID,
            signatureVersion: request?.authenticationKind.loggedVersion, cipherSuite: nil,
            authenticationType: request?.authenticationKind.loggedType, hostHeader: head.value("host"),
            isComplete: false)
        return { summary in
            read?.end(bytes: summary.bytesSent, at: S3Service.now())
            metrics?.count(operation, action: action, errorCode: errorCode, summary: summary)
            var record = record
            record.status = summary.status
            record.bytesSent = summary.bytesSent
            record.bytesReceived = summary.bytesReceived
            record.totalMilliseconds = summary.totalNanoseconds / 1_000_000
            record.turnaroundMilliseconds = summary.turnaroundNanoseconds / 1_000_000
            record.isComplete = summary.isComplete
            accessLog.record(record)
        }
    }

    // A signature in the query is a credential for as long as it lives, so it does not go into a log.
    private static func requestLine(_ head: RequestHead) -> String {
        var target = Array(head.slice(head.rawPath))
        if head.rawQuery.count > 0 {
            target.append(UInt8(ascii: "?"))
            target.append(contentsOf: head.slice(head.rawQuery))
            target = RequestTargetRedaction.redact(target)
        }
        return "\(head.method.rawValue) \(String(decoding: target, as: UTF8.self)) HTTP/1.1"
    }
}

extension MetricsSink {
    fileprivate func count(
        _ operation: StaticString, action: String?, errorCode: String?, summary: ExchangeSummary
    ) {
        if let action {
            count(action: action, errorCode: errorCode, summary: summary)
        } else {
            count(operation: operation, errorCode: errorCode, summary: summary)
        }
    }
}

extension AuthenticationKind {
    /// As server access logs name the version of a signature.
    fileprivate var loggedVersion: String? {
        switch self {
        case .anonymous: nil
        case .headerV4, .queryV4, .formV4: "SigV4"
        case .headerV2, .queryV2, .formV2: "SigV2"
        }
    }

    /// As server access logs name the place of a signature.
    fileprivate var loggedType: String? {
        switch self {
        case .anonymous: nil
        case .headerV4, .headerV2: "AuthHeader"
        case .queryV4, .queryV2: "QueryString"
        case .formV4, .formV2: "POST"
        }
    }
}
