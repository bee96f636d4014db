// Why this file exists: responses over a socket: each kind of body, peers that are slow or gone, and what the
// handler is told afterwards.
import Glibc
import ObjectCore
import S3Gateway
import Testing

extension HTTPServerTests {
    @Suite struct ResponseTests {
        private static func region(_ file: OpenFile, _ offset: Int64, _ length: Int) -> FileRegion {
            FileRegion(file: file, offset: offset, length: length)
        }

        @Test(
            "regions of files are sent in order",
            arguments: [
                [(0, 4_096)], [(5, 16_384)], [(5, 16_385)], [(0, 0)], [(1, 3), (0, 0), (100, 8_000)],
                [(0, 5_000_000)], [(4_999_999, 1), (0, 1_000_000), (7, 13), (2_000_000, 2_999_999)],
            ])
        func regions(parts: [(Int, Int)]) async throws {
            let bytes = TestServer.pattern(5_000_000)
            let file = try TestServer.file(bytes)
            let regions = parts.map { Self.region(file, Int64($0.0), $0.1) }
            try await TestServer.run(
                ClosureHandler.always(HTTPResponse(status: 200, body: .regions(regions)))
            ) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<3 {
                    let response = try client.get("/")
                    #expect(response.body == parts.reduce(into: []) { $0 += bytes[$1.0..<($1.0 + $1.1)] })
                }
            }
        }

        @Test(
            "files that have left the page cache are read by other threads and sent whole",
            arguments: [9_000, 3_000_000])
        func coldFiles(count: Int) async throws {
            let bytes = TestServer.pattern(count)
            let file = try TestServer.file(bytes)
            fsync(file.descriptor)
            let body = HTTPResponse.Body.regions([Self.region(file, 0, count)])
            try await TestServer.run(ClosureHandler.always(HTTPResponse(status: 200, body: body))) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<5 {
                    // See: 'man 2 posix_fadvise'. Clean pages go; some file systems keep them all the same.
                    posix_fadvise(file.descriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
                    #expect(try client.get("/").body == bytes)
                }
            }
        }

        @Test("a file that is shorter than promised ends the connection, never the framing", arguments: [100, 100_000])
        func shortFile(length: Int) async throws {
            let sent = Notebook<ExchangeSummary>()
            let file = try TestServer.file(TestServer.pattern(50))
            let handler = ClosureHandler { _, _ in
                HandledResponse(HTTPResponse(status: 200, body: .regions([Self.region(file, 0, length)]))) {
                    sent.note($0)
                }
            }
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                #expect(throws: TestClientError.self) { try client.get("/") }
                let summaries = try await sent.wait(for: 1)
                #expect(!summaries[0].isComplete && summaries[0].bytesSent <= 50)
            }
        }

        @Test("bodies in memory of any size arrive", arguments: [0, 1, 16_384, 16_385, 5_000_000])
        func bytes(count: Int) async throws {
            let bytes = TestServer.pattern(count)
            try await TestServer.run(
                ClosureHandler.always(HTTPResponse(status: 200, body: .bytes(bytes)))
            ) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<2 { #expect(try client.get("/").body == bytes) }
            }
        }

        @Test("a head larger than a buffer arrives")
        func largeHead() async throws {
            var response = HTTPResponse(status: 200, body: .bytes([1, 2]))
            response.add("x-long", String(repeating: "v", count: 200_000))
            try await TestServer.run(ClosureHandler.always(response)) { _, port in
                let client = try TestClient(port: port)
                #expect(try client.get("/").headers["x-long"]?.count == 200_000)
            }
        }

        @Test("HEAD, 204 and 304 have no body, and the connection goes on")
        func bodyless() async throws {
            let handler = ClosureHandler { head, _ in
                let status = Int(head.text(head.rawPath).dropFirst()) ?? 0
                return .init(HTTPResponse(status: status, body: .bytes(Array("body".utf8))))
            }
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                try client.send("HEAD /200 HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response(toHead: true).headers["content-length"] == "4")
                #expect(try client.get("/204").headers["content-length"] == nil)
                #expect(try client.get("/304").headers["content-length"] == nil)
                #expect(try client.get("/200").text == "body")
            }
        }

        // MARK: Streams

        @Test("a stream is chunked for HTTP/1.1 and ends with the connection for HTTP/1.0")
        func stream() async throws {
            let bytes = TestServer.pattern(300_000)
            let file = try TestServer.file(bytes)
            let handler = ClosureHandler { _, _ in
                let body = HTTPResponse.Body.stream { writer in
                    try await writer.write(Array("begin".utf8))
                    try await writer.write([])
                    try await writer.write(FileRegion(file: file, offset: 0, length: bytes.count))
                    try await writer.write(FileRegion(file: file, offset: 0, length: 0))
                    try await writer.write(bytes)
                }
                return .init(HTTPResponse(status: 200, body: body))
            }
            let expected = Array("begin".utf8) + bytes + bytes
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<2 { #expect(try client.get("/").body == expected) }
                try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response(toHead: true).headers["transfer-encoding"] == "chunked")
                #expect(try client.get("/").body == expected)

                let old = try TestClient(port: port)
                try old.send("GET / HTTP/1.0\r\n\r\n")
                #expect(try old.response().body == expected)
            }
        }

        @Test("a stream that fails is not ended in order")
        func failedStream() async throws {
            struct Broken: Error {}
            let sent = Notebook<ExchangeSummary>()
            let handler = ClosureHandler { _, _ in
                let body = HTTPResponse.Body.stream { writer in
                    try await writer.write(Array("begin".utf8))
                    throw Broken()
                }
                return HandledResponse(HTTPResponse(status: 200, body: body)) { sent.note($0) }
            }
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                #expect(throws: TestClientError.self) { try client.get("/") }
                let summary = try await sent.wait(for: 1)[0]
                #expect(!summary.isComplete && summary.bytesSent == 5)
            }
        }

        @Test("a stream of known length keeps the connection; a wrong length ends it", arguments: [-1, 0, 1])
        func sizedStream(excess: Int) async throws {
            let bytes = TestServer.pattern(300_000)
            let sent = Notebook<ExchangeSummary>()
            let handler = ClosureHandler { _, _ in
                let body = HTTPResponse.Body.sized(Int64(bytes.count)) { writer in
                    try await writer.write(Array(bytes.prefix(100)))
                    try await writer.write(Array(bytes.dropFirst(100).dropLast(max(0, -excess))))
                    if excess > 0 { try await writer.write([UInt8](repeating: 0, count: excess)) }
                }
                return HandledResponse(HTTPResponse(status: 200, body: body)) { sent.note($0) }
            }
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                guard excess == 0 else {
                    // All that was promised may have come; what must not come is an answer on the same connection.
                    _ = try? client.get("/")
                    #expect(throws: TestClientError.self) { try client.get("/") }
                    #expect(try await sent.wait(for: 1)[0].isComplete == false)
                    return
                }
                for _ in 0..<2 {
                    let response = try client.get("/")
                    #expect(response.body == bytes)
                    #expect(response.headers["content-length"] == "300000")
                }
                try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response(toHead: true).headers["content-length"] == "300000")
                #expect(try client.get("/").body == bytes)
            }
        }

        // MARK: What the handler is told

        @Test("whenSent tells the truth, once")
        func summary() async throws {
            let sent = Notebook<ExchangeSummary>()
            let handler = ClosureHandler { _, body in
                while let bytes = try? await body.next(maximum: 10) { _ = bytes }
                let response = HTTPResponse(status: 201, body: .bytes([UInt8](repeating: 1, count: 70_000)))
                return HandledResponse(response) { sent.note($0) }
            }
            try await TestServer.run(handler) { server, port in
                let client = try TestClient(port: port)
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 25\r\n\r\n1234567890123456789012345")
                #expect(try client.response().body.count == 70_000)
                _ = try client.get("/")
                let summaries = try await sent.wait(for: 2)
                #expect(summaries.map(\.status) == [201, 201])
                #expect(summaries.map(\.bytesSent) == [70_000, 70_000])
                #expect(summaries.map(\.bytesReceived) == [25, 0])
                #expect(summaries.allSatisfy { $0.isComplete })
                #expect(summaries.allSatisfy { $0.turnaroundNanoseconds > 0 })
                #expect(summaries.allSatisfy { $0.totalNanoseconds >= $0.turnaroundNanoseconds })
                #expect(server.counts.total.bytesSent > 140_000)
            }
            #expect(sent.all.count == 2)
        }

        @Test("a peer that vanishes in the middle of a response ends its connection only")
        func vanishingPeer() async throws {
            let sent = Notebook<ExchangeSummary>()
            let file = try TestServer.file(TestServer.pattern(4_000_000))
            let regions = (0..<20).map { _ in Self.region(file, 0, 4_000_000) }
            let handler = ClosureHandler { head, _ in
                let body = HTTPResponse.Body.regions(head.rawPath.count > 1 ? regions : [])
                return HandledResponse(HTTPResponse(status: 200, body: body)) { sent.note($0) }
            }
            try await TestServer.run(handler) { server, port in
                for isRude in [false, true] {
                    let client = try TestClient(port: port)
                    try client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
                    var byte: UInt8 = 0
                    recv(client.descriptor, &byte, 1, 0)
                    if isRude { client.reset() }
                }
                let summaries = try await sent.wait(for: 2)
                #expect(summaries.allSatisfy { !$0.isComplete && $0.bytesSent < 80_000_000 })
                let client = try TestClient(port: port)
                #expect(try client.get("/").status == 200)
            }
        }

        @Test("one that takes a large object does not keep another waiting")
        func fairness() async throws {
            let file = try TestServer.file(TestServer.pattern(8_000_000))
            let large = (0..<50).map { _ in Self.region(file, 0, 8_000_000) }
            let handler = ClosureHandler { head, _ in
                .init(HTTPResponse(status: 200, body: .regions(head.rawPath.count > 1 ? large : [])))
            }
            let configuration = TestServer.configuration { $0.loops = 1 }
            try await TestServer.run(handler, configuration: configuration) { _, port in
                let greedy = Task.detached {
                    let client = try TestClient(port: port)
                    return try client.get("/large").body.count
                }
                let client = try TestClient(port: port)
                var longest = Duration.zero
                for _ in 0..<100 {
                    let clock = ContinuousClock()
                    let time = try clock.measure {
                        let status = try client.get("/").status
                        #expect(status == 200)
                    }
                    longest = max(longest, time)
                }
                // 400 MB take far longer than any of the small ones may.
                #expect(longest < .seconds(1))
                #expect(try await greedy.value == 400_000_000)
            }
        }
    }
}
