// Why this file exists: what the socket tests share: a handler made of a closure, a server with short timeouts, and
// files with known bytes.
import Foundation
import Glibc
import ObjectCore
import S3Gateway
import Synchronization
import Testing

/// The parent of all suites that use sockets: one after the other, since some of them count descriptors and time.
@Suite(.serialized) enum HTTPServerTests {}

struct ClosureHandler: HTTPHandler {
    let answer: @Sendable (RequestHead, any RequestBody) async -> HandledResponse

    func respond(to head: RequestHead, body: any RequestBody) async -> HandledResponse { await answer(head, body) }

    func refusal(status: Int, reason: String) -> HTTPResponse {
        HTTPResponse(status: status, body: .bytes(Array("refused: \(reason)".utf8)))
    }

    /// Answers with method, path and the number of body bytes.
    static let echo = ClosureHandler { head, body in
        var count = 0
        do {
            while let bytes = try await body.next(maximum: 65_536) { count += bytes.count }
        } catch {
            return .init(HTTPResponse(status: 400, body: .bytes(Array("\(error)".utf8))))
        }
        let text = "\(head.method.rawValue) \(head.text(head.rawPath)) \(count)"
        return .init(HTTPResponse(status: 200, body: .bytes(Array(text.utf8))))
    }

    /// Answers every request with the same response.
    static func always(_ response: HTTPResponse) -> ClosureHandler {
        ClosureHandler { _, _ in HandledResponse(response) }
    }
}

/// Values that handlers leave for the test.
final class Notebook<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    func note(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }

    /// Waits until there are `count` values.
    func wait(for count: Int) async throws -> [Value] {
        for _ in 0..<1_000 {
            let values = all
            if values.count >= count { return values }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestClientError(description: "\(all.count) of \(count) values came")
    }
}

enum TestServer {
    static func configuration(_ change: (inout ServerConfiguration) -> Void = { _ in }) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.loops = 2
        configuration.timerResolution = .milliseconds(20)
        change(&configuration)
        return configuration
    }

    /// Runs a server for the time of `body`, which gets its port.
    static func run(
        _ handler: any HTTPHandler, configuration: ServerConfiguration = configuration(), tls: TLSContext? = nil,
        _ body: (HTTPServer, Int) async throws -> Void
    ) async throws {
        let server = HTTPServer(configuration: configuration)
        let bound = try server.listen(on: .tcp(host: "127.0.0.1", port: 0), tls: tls, handler: handler)
        try server.start()
        do {
            try await body(server, try #require(bound.port))
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
        await server.shutdown(grace: .seconds(2))
    }

    /// Bytes that differ from their neighbours and from page to page.
    static func pattern(_ count: Int) -> [UInt8] {
        var random = SeededRandom(seed: 7)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            var index = 0
            while index + 8 <= count {
                raw.storeBytes(of: random.next(), toByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < count {
                buffer[index] = UInt8(truncatingIfNeeded: random.next())
                index += 1
            }
            filled = count
        }
    }

    /// The path of a file that does not exist yet; short enough for a Unix socket.
    static func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)").path
    }

    /// How many descriptors this process has open.
    static func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    /// An open file that holds `bytes` and has no name any more.
    static func file(_ bytes: [UInt8]) throws -> OpenFile {
        let path = temporaryPath()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let descriptor = open(path, O_RDONLY)
        unlink(path)
        guard descriptor >= 0 else { throw TestClientError(description: "open: errno \(errno)") }
        return OpenFile(owning: descriptor)
    }
}
