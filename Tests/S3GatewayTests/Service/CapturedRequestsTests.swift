// Why this file exists: what S3 requests do becomes lineage: sessions by their tags, ordinary keys by themselves, reads by
// the bytes that really went out.
import Foundation
import Lineage
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct CapturedRequestsTests {
    /// One account with an ordinary key and two sessions of one run, and one of another.
    private struct Keys: CredentialSource {
        let run: RunID

        func credential(for accessKey: String) -> AccessKeyRecord? {
            var record = AccessKeyRecord(
                accessKey: accessKey, secret: Secret("secret"), accountID: String(repeating: "a", count: 64),
                displayName: "a")
            switch accessKey {
            case "AKIAORDINARY": return record
            case "ASIAONE", "ASIATWO":
                record.actor = .session(
                    SessionFacts(
                        role: "trainer", name: accessKey, sourceIdentity: "ada",
                        tags: [
                            NameValue("cairn:run", run.description), NameValue("cairn:job", "ml/train"),
                            NameValue("team", "vision"),
                        ]))
                return record
            case "ASIAOTHER":
                record.actor = .session(
                    SessionFacts(role: nil, name: "x", tags: [NameValue("cairn:run", "not a uuid")]))
                return record
            default: return nil
            }
        }
    }

    private final class Gateway {
        let folder = NSTemporaryDirectory() + "cairn-captured-" + UUID().uuidString
        let store: ObjectStore
        let recorder: LineageRecorder
        let graph: LineageGraph
        let service: S3Service
        let run = RunID.make(at: Timestamp(milliseconds: 1_800_000_000_000))

        init() throws {
            store = try ObjectStore.open(folder)
            recorder = LineageRecorder(store)
            graph = try LineageGraph.open(store)
            service = S3Service(
                store: store, authenticator: Authenticator(credentials: Keys(run: run)), lineage: recorder)
        }

        /// - Parameter sent: the bytes of the answer's body that go out; nil for all of them.
        func send(
            _ method: HTTPMethod, _ path: String, _ key: String = "AKIAORDINARY",
            _ headers: [(name: String, value: String)] = [], body: String? = nil, sent: Int64? = nil,
            query: [(name: String, value: String?)] = []
        ) async -> Received {
            let access = AccessKey(
                id: key, secret: "secret", account: "", displayName: "", created: Timestamp(milliseconds: 0),
                isRevoked: false)
            let (head, length) = GatewayHarness.head(
                of: Sent(
                    method: method, path: path, query: query, headers: headers, body: body.map { Array($0.utf8) },
                    key: access))
            let handled = await service.respond(
                to: head, body: PiecewiseBody(Array((body ?? "").utf8), announcedLength: length))
            let received = await GatewayHarness.received(handled.response)
            handled.whenSent?(
                ExchangeSummary(
                    status: received.status, bytesSent: sent ?? Int64(received.body.count), bytesReceived: 0,
                    totalNanoseconds: 0, turnaroundNanoseconds: 0, isComplete: sent == nil))
            return received
        }

        func position(_ key: String) throws -> Int64 {
            try store.object(try ObjectKey(key), in: try store.bucket("bucket")).index
        }

        func upstream(_ key: String) throws -> Set<Int64> {
            try graph.catchUp()
            let start = try #require(try graph.find(position: try position(key)))
            let closure = try graph.closure(of: [start], ClosureQuery(.upstream))
            var found: Set<Int64> = []
            for node in try graph.nodes(closure.steps.map(\.node)) {
                if case .version(let version) = node { found.insert(version.reference.journalIndex) }
            }
            return found.subtracting([try position(key)])
        }

        func close() async {
            recorder.close()
            graph.close()
            await store.close()
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private static func run(_ work: (Gateway) async throws -> Void) async throws {
        let gateway = try Gateway()
        do {
            _ = await gateway.send(.put, "/bucket")
            for key in ["a", "b", "c"] { _ = await gateway.send(.put, "/bucket/\(key)", body: "0123456789") }
            try await work(gateway)
        } catch {
            await gateway.close()
            throw error
        }
        await gateway.close()
    }

    @Test("two sessions of one run: what either reads is upstream of what either writes")
    func sessions() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.get, "/bucket/a", "ASIAONE")
            _ = await gateway.send(.get, "/bucket/b", "ASIAOTHER")
            _ = await gateway.send(.get, "/bucket/c", "ASIATWO", [("range", "bytes=2-5")])
            #expect(await gateway.send(.put, "/bucket/model", "ASIAONE", body: "m").status == 200)
            try #expect(gateway.upstream("model") == [gateway.position("a"), gateway.position("c")])
            let run = try gateway.graph.run(gateway.run)
            #expect(run.job == Job(namespace: "ml", name: "train"))
            #expect(run.sourceIdentity == "ada")
            #expect(run.session == "trainer/ASIAONE")
            #expect(run.tags == [NameValue("team", "vision")])
            #expect(!run.isImplicit)
            let node = try #require(try gateway.graph.find(run: gateway.run))
            let used = try gateway.graph.edges(of: node, as: .from, kinds: EdgeKinds(.used)).edges
            #expect(used.map(\.ranges) == [IntervalSet(0..<10), IntervalSet(2..<6)])
            #expect(used.map(\.byteCount) == [10, 4])
        }
    }

    @Test("an ordinary key has an implicit run, and so have its reads")
    func ordinary() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.get, "/bucket/a")
            _ = await gateway.send(.put, "/bucket/out", body: "x")
            // The inputs were written by the same run before it read them.
            try #expect(gateway.upstream("out") == [gateway.position("a")])
            let run = try #require(try gateway.graph.runs().first)
            #expect(run.isImplicit)
            #expect(run.accessKey == "AKIAORDINARY")
            #expect(try gateway.graph.completeness().implicit.versions == 4)
        }
    }

    @Test("a session whose run is no UUID is issued one, and the tag stays readable")
    func issued() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket/out", "ASIAOTHER", body: "x")
            try gateway.graph.catchUp()
            let run = try #require(try gateway.graph.runs(includesImplicit: false).first)
            #expect(run.tags == [NameValue("cairn:run", "not a uuid")])
            #expect(run.id.high >> 12 & 15 == 7)
        }
    }

    @Test("a broken transfer counts what went out; HEAD, 304 and empty objects examine; listings list")
    func kinds() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket/empty", body: "")
            _ = await gateway.send(.get, "/bucket/a", "ASIAONE", sent: 3)
            _ = await gateway.send(.head, "/bucket/b", "ASIAONE")
            let etag = await gateway.send(.head, "/bucket/c", "ASIAONE")["etag"] ?? ""
            #expect(await gateway.send(.get, "/bucket/c", "ASIAONE", [("if-none-match", etag)]).status == 304)
            _ = await gateway.send(.get, "/bucket/empty", "ASIAONE")
            _ = await gateway.send(
                .get, "/bucket", "ASIAONE", query: [("list-type", "2"), ("prefix", "images/")])
            #expect(await gateway.send(.get, "/bucket/missing", "ASIAONE").status == 404)
            _ = await gateway.send(.put, "/bucket/out", "ASIAONE", body: "x")
            try #expect(gateway.upstream("out") == [gateway.position("a")])
            let node = try #require(try gateway.graph.find(run: gateway.run))
            let used = try gateway.graph.edges(of: node, as: .from, kinds: EdgeKinds(.used)).edges
            #expect(used.map(\.ranges) == [IntervalSet(0..<3)])
            let examined = try gateway.graph.edges(of: node, as: .from, kinds: EdgeKinds(.examined)).edges
            #expect(examined.map(\.requestCount).sorted() == [1, 1, 2])
            let listed = try gateway.graph.edges(of: node, as: .from, kinds: EdgeKinds(.listed)).edges
            guard case .prefix(let prefix) = try gateway.graph.node(try #require(listed.first).to) else {
                Issue.record("no prefix")
                return
            }
            #expect(prefix.prefix == Array("images/".utf8))
            #expect(prefix.bucket == "bucket")
        }
    }

    @Test("a copy on the server is upstream of nothing else")
    func copy() async throws {
        try await Self.run { gateway in
            #expect(
                await gateway.send(
                    .put, "/bucket/copy", "ASIAONE", [("x-amz-copy-source", "bucket/a")], body: ""
                ).status == 200)
            _ = await gateway.send(.put, "/bucket/out", "ASIAONE", body: "x")
            try #expect(gateway.upstream("copy") == [gateway.position("a")])
            try #expect(gateway.upstream("out") == [])
        }
    }

    @Test("who is refused begins no run")
    func refused() async throws {
        try await Self.run { gateway in
            let before = gateway.recorder.activeRuns.count
            #expect(await gateway.send(.get, "/bucket/a", "ASIAUNKNOWN").status == 403)
            #expect(gateway.recorder.activeRuns.count == before)
        }
    }
}
