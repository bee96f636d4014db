// Why this file exists: health and control over a fake store, without sockets: who may ask what, and what is said.
import Foundation
import ObjectCore
import Synchronization
import Testing

@testable import S3Gateway

/// A store that answers as it is told.
final class FakeStore: AdministeredStore {
    struct State {
        var readOnlyReason: String?
        var keys: [AccessKey] = []
        var problems: [String] = []
        var failure: StoreError?
        /// Scrub waits for this to become true.
        var mayEnd = true
    }
    let state = Mutex(State())

    var readOnlyReason: String? { state.withLock { $0.readOnlyReason } }
    func accessKeys() -> [AccessKey] { state.withLock { $0.keys } }

    func createAccessKey(
        account: String?, displayName: String, id: String?, secret: String?, origin: ChangeOrigin
    ) async throws(StoreError) -> AccessKey {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let key = AccessKey(
            id: id ?? "AKIANEW", secret: secret ?? "hush", account: account ?? "new", displayName: displayName,
            created: Timestamp(milliseconds: 1), isRevoked: false)
        state.withLock { $0.keys.append(key) }
        return key
    }

    func revokeAccessKey(_ id: String, origin: ChangeOrigin) async throws(StoreError) {
        let isKnown = state.withLock { state in
            guard let index = state.keys.firstIndex(where: { $0.id == id }) else { return false }
            state.keys[index].isRevoked = true
            return true
        }
        if !isKnown { throw .noSuchKey }
    }

    func collectGarbage(progress: (@Sendable (Int64, Int64) -> Void)?) async throws(StoreError) -> CollectionReport {
        var report = CollectionReport()
        report.removedChunks = 3
        return report
    }

    func runLifecycle(calendar: LifecycleCalendar) async throws(StoreError) -> LifecycleReport {
        var report = LifecycleReport()
        report.expired = 2
        return report
    }

    var clockReading: ClockReading {
        ClockReading(now: Timestamp(milliseconds: 2), trusted: Timestamp(milliseconds: 1), hold: .jump)
    }

    func confirmClock(origin: ChangeOrigin) async throws(StoreError) -> ClockReading {
        ClockReading(now: Timestamp(milliseconds: 2), trusted: Timestamp(milliseconds: 2), hold: nil)
    }

    func check(progress: (@Sendable (Int64, Int64) -> Void)?) throws(StoreError) -> CheckReport {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        progress?(1, 2)
        var report = CheckReport()
        report.problems = state.withLock { $0.problems }
        report.problemCount = report.problems.count
        return report
    }

    func scrub(progress: (@Sendable (Int64, Int64) -> Void)?) throws(StoreError) -> CheckReport {
        while !state.withLock({ $0.mayEnd }) { Thread.sleep(forTimeInterval: 0.005) }
        return CheckReport()
    }

    func recentStatistics() -> StoreStatistics? { try? statistics() }

    func statistics() throws(StoreError) -> StoreStatistics {
        var statistics = StoreStatistics()
        statistics.buckets = 7
        return statistics
    }
}

/// A body in memory.
final class FixedBody: RequestBody {
    private var bytes: [UInt8]?
    init(_ text: String = "") { bytes = text.isEmpty ? nil : Array(text.utf8) }
    var announcedLength: Int64? { Int64(bytes?.count ?? 0) }
    func next(maximum: Int) async throws(BodyError) -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}

/// Collects a streamed body.
final class CollectingWriter: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []
    func write(_ bytes: [UInt8]) async throws { self.bytes += bytes }
    func write(_ region: FileRegion) async throws {}
}

/// Handlers over a fake store.
struct AdminFixture {
    let store = FakeStore()
    let status: ServiceStatus
    let maintenance: MaintenanceRunner
    let admin: AdminHandler
    let control: ControlHandler

    init() {
        status = ServiceStatus(store: store)
        maintenance = MaintenanceRunner(store: store)
        let collector = MetricsCollector(
            version: "1.2.3", store: store, status: status,
            requests: RequestMetrics(operations: ["GetObject"], errorCodes: []), maintenance: maintenance,
            accessLog: nil, connections: { LoopCounts() })
        admin = AdminHandler(status: status, metrics: collector)
        control = ControlHandler(store: store, maintenance: maintenance, admin: admin)
        status.phase = .running
    }

    static func head(_ method: HTTPMethod, _ path: String, from address: String = "unix") -> RequestHead {
        let bytes = Array(path.utf8)
        return RequestHead(
            method: method, bytes: bytes, rawPath: .init(start: 0, count: bytes.count),
            rawQuery: .init(start: bytes.count, count: 0), fields: [], framing: .none, keepsAlive: true,
            expectsContinue: false, remoteAddress: address, isSecure: false)
    }

    static func text(_ response: HTTPResponse) async throws -> String {
        switch response.body {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .stream(let body), .sized(_, let body):
            let writer = CollectingWriter()
            try await body(writer)
            return String(decoding: writer.bytes, as: UTF8.self)
        case .empty, .absent, .regions: return ""
        }
    }

    func ask(
        _ method: HTTPMethod, _ path: String, body: String = "", from address: String = "unix"
    ) async throws -> (status: Int, text: String) {
        let response = await control.respond(
            to: Self.head(method, path, from: address), body: FixedBody(body)
        ).response
        return (response.status, try await Self.text(response))
    }
}

@Suite struct AdminHandlerTests {
    @Test("health follows the process and the store; liveness does not")
    func health() async throws {
        let fixture = AdminFixture()
        #expect(try await fixture.ask(.get, "/health") == (200, "{\"status\":\"ok\"}\n"))
        fixture.store.state.withLock { $0.readOnlyReason = "fdatasync failed" }
        #expect(
            try await fixture.ask(.get, "/health/ready") == (
                503, "{\"reason\":\"read-only: fdatasync failed\",\"status\":\"unavailable\"}\n"
            ))
        #expect(try await fixture.ask(.get, "/health/live").status == 200)
        fixture.store.state.withLock { $0.readOnlyReason = nil }
        fixture.status.phase = .closing
        let closing = try await fixture.ask(.get, "/health")
        #expect(closing.status == 503 && closing.text.contains("closing"))
    }

    @Test("metrics hold what every room counts")
    func metrics() async throws {
        let fixture = AdminFixture()
        let answer = try await fixture.ask(.get, "/metrics")
        #expect(answer.status == 200)
        for line in ["cairn_build_info{version=\"1.2.3\"} 1", "cairn_ready 1", "cairn_store_buckets 7"] {
            #expect(answer.text.split(separator: "\n").contains(line[...]), "\(line)")
        }
    }

    @Test("HEAD has the length and no body; other methods and paths are refused")
    func methods() async throws {
        let fixture = AdminFixture()
        let head = await fixture.admin.respond(to: AdminFixture.head(.head, "/health"), body: FixedBody()).response
        guard case .absent(let length) = head.body else {
            Issue.record("HEAD has a body")
            return
        }
        #expect(head.status == 200 && length == 16)
        #expect(try await fixture.ask(.put, "/health").status == 405)
        #expect(try await fixture.ask(.get, "/nothing").status == 404)
    }
}

@Suite struct ControlHandlerTests {
    @Test("control is refused to whoever did not come over the unix socket", arguments: ["127.0.0.1", "::1", ""])
    func onlyUnix(address: String) async throws {
        let fixture = AdminFixture()
        for (method, path) in [(HTTPMethod.get, "keys"), (.post, "keys"), (.post, "gc"), (.get, "stats")] {
            #expect(try await fixture.ask(method, "/control/\(path)", from: address).status == 403)
        }
        #expect(fixture.store.accessKeys().isEmpty)
    }

    @Test("a key is made with its secret, listed without it, and revoked")
    func keys() async throws {
        let fixture = AdminFixture()
        let made = try await fixture.ask(.post, "/control/keys", body: #"{"displayName":"ci"}"#)
        #expect(made.status == 201 && made.text.contains("\"secret\":\"hush\""))
        let listed = try await fixture.ask(.get, "/control/keys")
        #expect(listed.text.contains("AKIANEW") && !listed.text.contains("hush"))
        #expect(try await fixture.ask(.delete, "/control/keys/AKIANEW").status == 204)
        #expect(fixture.store.accessKeys().first?.isRevoked == true)
        let unknown = try await fixture.ask(.delete, "/control/keys/AKIANONE")
        #expect(unknown.status == 404 && unknown.text.contains("\"kind\":\"notFound\""))
    }

    @Test("what is no key request is refused", arguments: ["", "{", "[]", String(repeating: "x", count: 20_000)])
    func badKeyRequests(body: String) async throws {
        let fixture = AdminFixture()
        #expect(try await fixture.ask(.post, "/control/keys", body: body).status == 400)
        #expect(fixture.store.accessKeys().isEmpty)
    }

    @Test("maintenance streams lines and ends with its report")
    func maintenance() async throws {
        let fixture = AdminFixture()
        fixture.store.state.withLock { $0.problems = ["row 7 is wrong"] }
        let answer = try await fixture.ask(.post, "/control/check")
        let last = try #require(answer.text.split(separator: "\n").last)
        let line = try JSONDecoder().decode(ControlLine.self, from: Data(last.utf8))
        #expect(line.check?.problems == ["row 7 is wrong"])
        let collected = try await fixture.ask(.post, "/control/gc")
        #expect(collected.text.contains("\"removedChunks\":3"))
    }

    @Test("a failure is the last line")
    func failure() async throws {
        let fixture = AdminFixture()
        fixture.store.state.withLock { $0.failure = .database("gone") }
        let answer = try await fixture.ask(.post, "/control/check")
        #expect(answer.text.contains("\"kind\":\"inputOutput\""))
    }

    @Test("unknown requests are refused in words", arguments: ["/control/", "/control/reboot", "/control/keys"])
    func unknown(path: String) async throws {
        #expect(try await AdminFixture().ask(path == "/control/keys" ? .delete : .post, path + "x").status == 404)
    }
}

@Suite struct MaintenanceRunnerTests {
    @Test("one runs at a time; the next may run when it has ended")
    func exclusive() async throws {
        let store = FakeStore()
        let runner = MaintenanceRunner(store: store)
        store.state.withLock { $0.mayEnd = false }
        async let scrub = runner.run(.scrub)
        while runner.current != .scrub { try await Task.sleep(for: .milliseconds(2)) }
        await #expect(
            throws: OperatorError(.busy, "scrub is running", advice: "try again when it has ended")
        ) { try await runner.run(.gc) }
        store.state.withLock { $0.mayEnd = true }
        #expect(try await scrub.isClean)
        #expect(runner.current == nil)
        _ = try await runner.run(.gc)
    }

    @Test("a failed run ends too, and is counted")
    func failed() async throws {
        let store = FakeStore()
        let runner = MaintenanceRunner(store: store)
        store.state.withLock { $0.failure = .outOfSpace }
        await #expect(throws: OperatorError(.outOfSpace)) { try await runner.run(.check) }
        #expect(runner.current == nil)
        var text = PrometheusText()
        runner.expose(to: &text)
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                .contains("cairn_maintenance_runs_total{kind=\"check\",result=\"failed\"} 1"))
    }
}
