// Why this file exists: puts the rooms together into a running server and takes them apart again. Order matters:
// what others need is made first and ended last (store, log, server; then server, log, store), so that a request
// that is being finished always finds its store open and its log writing.
import Lineage
import ObjectCore
import S3Gateway

/// A store with its gateway, listening.
final class ServerProcess: Sendable {
    private let store: ObjectStore
    private let server: HTTPServer
    private let tls: TLSContext?
    private let accessLog: AccessLogWriter?
    private let events: EventDispatcher
    private let bucketLogs: BucketLogDelivery
    private let inventories: InventoryDelivery
    private let status: ServiceStatus
    private let maintenance: MaintenanceRunner
    private let lineage: LineageRoom?
    /// Proves the journal, with lineage or without.
    private let auditLog: AuditLog
    private let digester: ContentDigester
    private let digestsInBackground: Bool
    private let controlSocket: ControlSocket
    private let log: EventLog
    /// The addresses that S3 is served on, ports as they were taken.
    let endpoints: [BoundAddress]
    let adminEndpoint: BoundAddress?

    /// Opens everything. When this returns, ports accept.
    /// - Parameters:
    ///   - store: already open; closed by ``stop(grace:)``.
    ///   - log: told what happens beside requests.
    init(
        store: ObjectStore, data: String, configuration: ServeConfiguration, log: EventLog = EventLog(isJSON: false)
    ) throws(CommandFailure) {
        self.store = store
        self.log = log
        tls = try ServerProcess.makeTLS(configuration)
        accessLog = try ServerProcess.makeAccessLog(configuration)
        events = try ServerProcess.makeEvents(store, configuration, log: log)
        bucketLogs = BucketLogDelivery(
            store: store, keyring: configuration.keyring, intervalSeconds: configuration.bucketLogIntervalSeconds,
            log: { log.warning($0) })
        inventories = InventoryDelivery(
            store: store, keyring: configuration.keyring, calendar: configuration.lifecycleCalendar,
            log: { log.warning($0) })
        status = ServiceStatus(store: store)
        do { auditLog = try AuditLog(store: store) } catch {
            throw CommandFailure(.inputOutput, "the audit log: \(error)", advice: "check the files in DATA/audit")
        }
        let digester = ContentDigester(
            store, keyring: configuration.keyring, options: configuration.digests ?? DigestOptions(),
            report: { log.warning($0) })
        self.digester = digester
        digestsInBackground = configuration.digests != nil
        lineage = try configuration.capture.map { options throws(CommandFailure) in
            try LineageRoom(store, options, digester: digester)
        }
        maintenance = MaintenanceRunner(store: store, calendar: configuration.lifecycleCalendar)
        guard let controlSocket = ControlSocket(data: data) else {
            throw CommandFailure(.inputOutput, "the folder \(data) cannot be opened", advice: "check its permissions")
        }
        self.controlSocket = controlSocket
        var limits = ServerConfiguration()
        limits.loops = configuration.loops
        limits.maximumConnections = configuration.connectionsMax
        let server = HTTPServer(configuration: limits)
        self.server = server
        let requests = RequestMetrics.ofGateway()
        let service = ServerProcess.makeService(
            store, configuration, accessLogs: [accessLog, bucketLogs], metrics: requests, lineage: lineage,
            auditLog: auditLog, log: log)
        let collector = MetricsCollector(
            version: Cairn.version, store: store, status: status, requests: requests, maintenance: maintenance,
            accessLog: accessLog, events: events, bucketLogs: bucketLogs, inventories: inventories,
            digester: digester, connections: { server.counts.total })
        let admin = AdminHandler(status: status, metrics: collector)
        var endpoints: [BoundAddress] = []
        for address in configuration.listen {
            endpoints.append(try ServerProcess.listen(server, on: address, tls: tls, handler: service))
        }
        self.endpoints = endpoints
        adminEndpoint =
            if let address = configuration.admin {
                try ServerProcess.listen(server, on: address, tls: nil, handler: admin)
            } else {
                nil
            }
        // The lock of the store is ours, so a socket that lies here belongs to nobody.
        controlSocket.remove()
        _ = try ServerProcess.listen(
            server, on: .unix(path: controlSocket.path), tls: nil,
            handler: ControlHandler(
                store: store, maintenance: maintenance, admin: admin, audit: AuditDesk(store: store, log: auditLog)))
    }

    /// Accepts connections. Until then they are refused, although the addresses are taken.
    func start() throws(CommandFailure) {
        do throws(SystemCallError) {
            try events.start()
            try server.start()
        } catch {
            throw CommandFailure(.inputOutput, "\(error)", advice: "raise the limits on threads and descriptors")
        }
        if digestsInBackground { digester.start() }
        status.phase = .running
    }

    /// Reads certificates again and reopens the access log.
    func reload(log: EventLog) {
        accessLog?.reopen()
        guard let tls else {
            log.info("reopened logs")
            return
        }
        do throws(TLSError) {
            try tls.reload()
            log.info("reopened logs and read the certificate again")
        } catch {
            log.error("\(error); the old certificate stays in use")
        }
    }

    /// Whether the store's disk is nearly full.
    var isShortOfSpace: Bool { store.isShortOfSpace }

    /// Whether erased bytes wait for a collection; a store that cannot say has worse to tell.
    var hasErasedContent: Bool { (try? store.hasErasedContent) ?? false }

    /// Collects garbage once; tells the log when there was something.
    func collectGarbage(log: EventLog) async {
        do throws(OperatorError) {
            if case .collection(let report) = try await maintenance.run(.gc), report.removedChunks > 0 {
                log.info(
                    "collected \(report.removedChunks) chunks, freed \(ByteText.text(report.freedBytes))")
            }
        } catch {
            // Busy: something else reads the store; the next turn comes.
            if error.kind != .busy { log.warning("garbage collection: \(error.message)") }
        }
    }

    /// Carries out lifecycle rules once; tells the log when something went.
    /// - Returns: false when it could not, because other maintenance runs.
    func runLifecycle(log: EventLog) async -> Bool {
        do throws(OperatorError) {
            guard case .lifecycle(let report) = try await maintenance.run(.lifecycle) else { return true }
            if report.isHeld {
                log.warning("lifecycle: the clock jumped ahead, so nothing expires; see `cairn clock`")
            } else if report.removed + report.transitioned + report.packed > 0 {
                log.info(
                    "lifecycle: expired \(report.expired), removed \(report.removedNoncurrent) old versions and "
                        + "\(report.removedMarkers) markers, aborted \(report.abortedUploads) uploads, moved "
                        + "\(report.transitioned), packed \(report.packed)")
            }
            return true
        } catch {
            if error.kind == .busy { return false }
            log.warning("lifecycle: \(error.message)")
            return true
        }
    }

    /// Prunes journal entries that are older than their time; tells the log when there were some.
    func pruneJournal(retentionSeconds: Int64, log: EventLog) async {
        do throws(StoreError) {
            let report = try await JournalPruning(store, retention: retentionSeconds * 1000).run()
            if report.pruned > 0 {
                log.info("pruned \(report.pruned) old journal entries; \(report.inForce) are still in force")
            }
        } catch {
            log.warning("the journal is not pruned: \(OperatorError(error).message)")
        }
    }

    /// Records that the store is alive.
    func recordTime() async {
        // A store that went read-only says so to every writer; there is no need to say it once more.
        try? await store.recordTime()
    }

    /// Signs the journal as it is, so that entries which are taken off its end later are missed by the next audit.
    func signCheckpoint() async {
        await Self.blocking { [auditLog, log] in
            do { _ = try auditLog.checkpoint() } catch { log.warning("no checkpoint was signed: \(error)") }
        }
    }

    /// Writes down when access keys were used last. What cannot be written now is tried again.
    func recordKeyUses() async { try? await store.recordKeyUses() }

    /// Writes the access logs of buckets that are due.
    func deliverBucketLogs() async { await bucketLogs.deliver() }

    /// Gives memory back to the system that uploads have left free.
    func endUploadBurst() async { await store.endUploadBurst() }

    /// Makes the inventories that are due.
    func deliverInventories() async { await inventories.deliver() }

    /// Gives up events that have waited too long.
    func expireEvents() async { await events.expire() }

    /// Why locks do not expire, or nil.
    var clockHold: ClockHold? { store.clockReading.hold }

    /// Whether any bucket has Object Lock, so that the clock matters.
    var hasLocks: Bool { store.buckets().contains { $0.hasObjectLock } }

    /// Finishes what is in flight, at most for `grace`, and lets go of the store.
    func stop(grace: Duration) async {
        status.phase = .closing
        await server.shutdown(grace: grace)
        await bucketLogs.deliver(all: true)
        await inventories.stop()
        await events.stop()
        accessLog?.close()
        controlSocket.remove()
        await lineage?.close()
        await Self.blocking { [digester] in digester.close() }
        await signCheckpoint()
        auditLog.close()
        await store.close()
    }

    /// Waits for something that waits for a thread.
    private static func blocking(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            DedicatedThread.start(name: "cairn-close") {
                body()
                waiter.resume()
            }
        }
    }

    private static func listen(
        _ server: HTTPServer, on address: ListenAddress, tls: TLSContext?, handler: any HTTPHandler
    ) throws(CommandFailure) -> BoundAddress {
        do throws(SystemCallError) {
            return try server.listen(on: address, tls: tls, handler: handler)
        } catch {
            throw CommandFailure(
                .unavailable, "cannot listen: \(error)", advice: "choose another address with --listen or --admin")
        }
    }

    private static func makeTLS(_ configuration: ServeConfiguration) throws(CommandFailure) -> TLSContext? {
        guard let files = configuration.tls else { return nil }
        do throws(TLSError) {
            return try TLSContext(certificateChainPath: files.certificate, privateKeyPath: files.key)
        } catch {
            throw CommandFailure(.configuration, "\(error)", advice: "check tls-cert and tls-key")
        }
    }

    private static func makeAccessLog(_ configuration: ServeConfiguration) throws(CommandFailure) -> AccessLogWriter? {
        guard let log = configuration.accessLog else { return nil }
        do throws(SystemCallError) {
            return try AccessLogWriter(path: log.path, format: log.format)
        } catch {
            throw CommandFailure(.inputOutput, "the access log: \(error)", advice: "check --access-log")
        }
    }

    private static func makeEvents(
        _ store: ObjectStore, _ configuration: ServeConfiguration, log: EventLog
    ) throws(CommandFailure) -> EventDispatcher {
        do throws(TLSError) {
            return try EventDispatcher(
                store: store, webhooks: configuration.webhooks,
                replicationTargets: configuration.replicationTargets, keyring: configuration.keyring,
                authorities: configuration.authorities, retentionSeconds: configuration.eventRetentionSeconds,
                log: { log.warning("events: \($0)") })
        } catch {
            throw CommandFailure(.configuration, "\(error)", advice: "check ca-file, SSL_CERT_FILE and SSL_CERT_DIR")
        }
    }

    private static func makeService(
        _ store: ObjectStore, _ configuration: ServeConfiguration, accessLogs: [(any AccessLogSink)?],
        metrics: RequestMetrics, lineage: LineageRoom?, auditLog: AuditLog, log: EventLog
    ) -> S3Service {
        var service = S3Service.Configuration()
        service.region = configuration.region
        service.takesAnyRegion = !configuration.isRegionChosen
        service.lifecycleCalendar = configuration.lifecycleCalendar
        service.keyring = configuration.keyring
        service.replicationTargets = Set(configuration.replicationTargets.map(\.name))
        service.objectOwnership = configuration.objectOwnership
        service.eventDestinations = Set(configuration.webhooks.map(\.name))
        service.takesCustomerKeysOverHTTP = configuration.takesCustomerKeysOverHTTP
        service.addressing = S3Request.Configuration(virtualHostDomains: configuration.domains)
        service.websites = WebsiteDomains(configuration.websiteDomains)
        let credentials = StoreCredentials(store)
        let policies = IdentityPolicies(store: store)
        var companions: [any CompanionService] = [
            IdentityService(
                store: store, credentials: credentials, policies: policies, region: configuration.region,
                authorities: configuration.authorities, log: { log.warning("identity: \($0)") })
        ]
        if let lineage {
            companions.append(
                LineageService(
                    store: store, questions: lineage.questions, recorder: lineage.recorder, log: auditLog,
                    credentials: credentials, policies: policies, region: configuration.region,
                    addressing: service.addressing))
        }
        return S3Service(
            store: store,
            authenticator: Authenticator(
                credentials: credentials,
                configuration: Authenticator.Configuration(
                    region: configuration.region, regionRule: configuration.isRegionChosen ? .lenient : .global)),
            authorizer: Authorizer(source: policies), configuration: service,
            accessLog: AccessLogFan(accessLogs.compactMap(\.self)), metrics: metrics, lineage: lineage?.recorder,
            companions: companions)
    }
}
