// Why this file exists: deliveries over real sockets to our own server: order of a key through failures, restarts, TLS
// that is not believed, and a receiver that hangs.
import Foundation
import ObjectCore
import Synchronization
import Testing

@testable import S3Gateway

@Suite(.serialized) struct EventDispatcherTests {
    /// A receiver whose answers the test chooses.
    private final class Receiver: Sendable {
        let server: HTTPServer
        let port: Int
        let bodies = Notebook<String>()
        private let status: Mutex<@Sendable (String) -> Int>

        init(_ status: @escaping @Sendable (String) -> Int = { _ in 200 }) throws {
            self.status = Mutex(status)
            var configuration = ServerConfiguration()
            configuration.loops = 1
            server = HTTPServer(configuration: configuration)
            let box = Mutex<Receiver?>(nil)
            let handler = ClosureHandler { head, body in
                var bytes: [UInt8] = []
                do { while let next = try await body.next(maximum: 65_536) { bytes += next } } catch {}
                guard let receiver = box.withLock({ $0 }) else { return .init(HTTPResponse(status: 500)) }
                let text = String(decoding: bytes, as: UTF8.self)
                let code = receiver.status.withLock { $0(text) }
                if code == 200 { receiver.bodies.note(text) }
                return .init(HTTPResponse(status: code))
            }
            port = try server.listen(on: .tcp(host: "127.0.0.1", port: 0), tls: nil, handler: handler).port ?? 0
            try server.start()
            box.withLock { $0 = self }
        }

        func answer(_ status: @escaping @Sendable (String) -> Int) { self.status.withLock { $0 = status } }
        func close() async { await server.shutdown(grace: .zero) }
    }

    private static func member(_ name: String, of body: String) -> String? {
        body.split(separator: "\"\(name)\":").dropFirst().first.map { String($0.prefix { !",}".contains($0) }) }
    }

    private func store(_ body: (ObjectStore, Bucket) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "cairn-events-" + UUID().uuidString
        let store = try ObjectStore.open(folder)
        let bucket = try await store.createBucket("bucket")
        let rule = NotificationRule(
            id: "r", service: .topic, arn: "", destination: "hook", events: ["s3:ObjectCreated:*"])
        try await store.setNotification(NotificationConfiguration(rules: [rule]), of: bucket, sendsTest: false)
        try await body(store, bucket)
        await store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func put(_ count: Int, _ keys: Int, in bucket: Bucket, of store: ObjectStore) async throws {
        for number in 0..<count {
            let writer = store.stage(expectedLength: Int64(number))
            try await writer.write(Array(repeating: 1, count: number))
            _ = try await store.put(
                try await writer.finish(), as: try ObjectKey("key-\(number % keys)"), in: bucket,
                attributes: ObjectAttributes())
        }
    }

    private func dispatcher(
        _ store: ObjectStore, _ url: String, retention: Int64 = 3600
    ) throws -> EventDispatcher {
        let webhook = WebhookDestination(name: "hook", url: try #require(EndpointURL(url)))
        return try EventDispatcher(store: store, webhooks: [webhook], retentionSeconds: retention, log: { _ in })
    }

    @Test("events of a key arrive in order although every fifth delivery fails, and the outbox is empty afterwards")
    func order() async throws {
        try await store { store, bucket in
            let calls = Atomic<Int>(0)
            let receiver = try Receiver { _ in
                calls.wrappingAdd(1, ordering: .relaxed).newValue % 5 == 0 ? 500 : 200
            }
            let events = try dispatcher(store, "http://127.0.0.1:\(receiver.port)/hook")
            try events.start()
            try await put(40, 4, in: bucket, of: store)
            let bodies = try await receiver.bodies.wait(for: 40)
            for key in 0..<4 {
                let sizes = bodies.filter { Self.member("key", of: $0) == "\"key-\(key)\"" }
                    .compactMap { Self.member("size", of: $0).flatMap { Int($0) } }
                #expect(sizes == stride(from: key, to: 40, by: 4).map { $0 })
            }
            await events.stop()
            #expect(store.outboxFigures.map(\.waiting) == [0])
            await receiver.close()
        }
    }

    @Test("what nobody took waits for the next start, and a stop does not wait for a receiver that hangs")
    func restart() async throws {
        try await store { store, bucket in
            let receiver = try Receiver { _ in 503 }
            let first = try dispatcher(store, "http://127.0.0.1:\(receiver.port)/")
            try first.start()
            try await put(10, 10, in: bucket, of: store)
            await first.stop()
            #expect(store.outboxFigures.map(\.waiting) == [10])
            // A listener that never accepts: connections hang in its queue.
            let silent = try ListeningSocket.open(.tcp(host: "127.0.0.1", port: 0))
            try ListeningSocket.listen(on: silent.descriptor, backlog: 16, object: "silent")
            let hanging = try dispatcher(store, "http://127.0.0.1:\(silent.bound.port ?? 0)/")
            try hanging.start()
            try await Task.sleep(for: .milliseconds(200))
            let clock = ContinuousClock()
            let taken = await clock.measure { await hanging.stop() }
            #expect(taken < .seconds(3))
            close(silent.descriptor)
            receiver.answer { _ in 200 }
            let second = try dispatcher(store, "http://127.0.0.1:\(receiver.port)/")
            try second.start()
            #expect(try await Set(receiver.bodies.wait(for: 10)).count == 10)
            await second.stop()
            #expect(store.outboxFigures.map(\.waiting) == [0])
            await receiver.close()
        }
    }

    @Test("an event that is older than the retention is given up, with an entry in the journal")
    func retention() async throws {
        try await store { store, bucket in
            try await put(3, 3, in: bucket, of: store)
            try await Task.sleep(for: .milliseconds(20))
            let receiver = try Receiver()
            let events = try dispatcher(store, "http://127.0.0.1:\(receiver.port)/", retention: 0)
            try events.start()
            for _ in 0..<500 where store.outboxFigures.map(\.waiting) != [0] {
                try await Task.sleep(for: .milliseconds(10))
            }
            await events.stop()
            #expect(store.outboxFigures == [OutboxFigures(destination: "hook", waiting: 0, dropped: 3)])
            #expect(receiver.bodies.all == [])
            let kinds = try store.journalEntries().map { String(decoding: $0.bytes, as: UTF8.self) }
            #expect(kinds.filter { $0.contains("\"kind\":\"events.dropped\"") }.count == 3)
            await receiver.close()
        }
    }

    @Test("a receiver that speaks no TLS gets nothing over https")
    func insecure() async throws {
        try await store { store, bucket in
            let receiver = try Receiver()
            let events = try dispatcher(store, "https://127.0.0.1:\(receiver.port)/")
            try events.start()
            try await put(1, 1, in: bucket, of: store)
            try await Task.sleep(for: .milliseconds(300))
            await events.stop()
            #expect(receiver.bodies.all == [] && store.outboxFigures.map(\.waiting) == [1])
            await receiver.close()
        }
    }
}
