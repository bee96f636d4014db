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
    private let status: ServiceStatus
    private let maintenance: MaintenanceRunner
    private let lineage: LineageRoom?
    private let controlSocket: ControlSocket
    /// The addresses that S3 is served on, ports as they were taken.
    let endpoints: [BoundAddress]
    let adminEndpoint: BoundAddress?

    /// Opens everything. When this returns, ports accept.
    /// - Parameter store: already open; closed by ``stop(grace:)``.
    init(
        store: ObjectStore, data: String, configuration: ServeConfiguration
    ) throws(CommandFailure) {
        self.store = store
        tls = try ServerProcess.makeTLS(configuration)
        accessLog = try ServerProcess.makeAccessLog(configuration)
        status = ServiceStatus(store: store)
        lineage = try configuration.capture.map { options throws(CommandFailure) in
            try LineageRoom(store, options)
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
            store, configuration, accessLog: accessLog, metrics: requests, lineage: lineage)
        let collector = MetricsCollector(
            version: Cairn.version, store: store, status: status, requests: requests, maintenance: maintenance,
            accessLog: accessLog, connections: { server.counts.total })
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
            handler: ControlHandler(store: store, maintenance: maintenance, admin: admin))
    }

    /// Accepts connections. Until then they are refused, although the addresses are taken.
    func start() throws(CommandFailure) {
        do throws(SystemCallError) {
            try server.start()
        } catch {
            throw CommandFailure(.inputOutput, "\(error)", advice: "raise the limits on threads and descriptors")
        }
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

    /// Records that the store is alive.
    func recordTime() async {
        // A store that went read-only says so to every writer; there is no need to say it once more.
        try? await store.recordTime()
    }

    /// Why locks do not expire, or nil.
    var clockHold: ClockHold? { store.clockReading.hold }

    /// Whether any bucket has Object Lock, so that the clock matters.
    var hasLocks: Bool { store.buckets().contains { $0.hasObjectLock } }

    /// Finishes what is in flight, at most for `grace`, and lets go of the store.
    func stop(grace: Duration) async {
        status.phase = .closing
        await server.shutdown(grace: grace)
        accessLog?.close()
        controlSocket.remove()
        await lineage?.close()
        await store.close()
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

    private static func makeService(
        _ store: ObjectStore, _ configuration: ServeConfiguration, accessLog: AccessLogWriter?,
        metrics: RequestMetrics, lineage: LineageRoom?
    ) -> S3Service {
        var service = S3Service.Configuration()
        service.region = configuration.region
        service.lifecycleCalendar = configuration.lifecycleCalendar
        service.keyring = configuration.keyring
        service.takesCustomerKeysOverHTTP = configuration.takesCustomerKeysOverHTTP
        service.addressing = S3Request.Configuration(virtualHostDomains: configuration.domains)
        let credentials = StoreCredentials(store)
        var companions: [any CompanionService] = [
            IdentityService(store: store, credentials: credentials, region: configuration.region)
        ]
        if let lineage {
            companions.append(
                LineageService(
                    store: store, questions: lineage.questions, recorder: lineage.recorder, log: lineage.log,
                    credentials: credentials, region: configuration.region, addressing: service.addressing))
        }
        return S3Service(
            store: store,
            authenticator: Authenticator(
                credentials: credentials,
                configuration: Authenticator.Configuration(region: configuration.region)),
            configuration: service, accessLog: accessLog, metrics: metrics, lineage: lineage?.recorder,
            companions: companions)
    }
}
