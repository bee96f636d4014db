// Why this file exists: the server as a whole: timeouts, shutdown, limits, listeners, threads and descriptors.
import Glibc
import ObjectCore
import Testing

@testable import S3Gateway

extension HTTPServerTests {
    @Suite struct LifeTests {
        // MARK: Timeouts

        @Test("a head that drips is given up, with 408")
        func slowHead() async throws {
            let configuration = TestServer.configuration { $0.timeouts.head = .milliseconds(300) }
            try await TestServer.run(ClosureHandler.echo, configuration: configuration) { _, port in
                let client = try TestClient(port: port)
                let began = ContinuousClock.now
                for byte in "GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".utf8
                {
                    do { try client.send([byte]) } catch { break }
                    try await Task.sleep(for: .milliseconds(10))
                }
                client.finishSending()
                let response = try client.response()
                #expect(response.status == 408 && response.headers["connection"] == "close")
                #expect(try client.isAtEnd())
                #expect(ContinuousClock.now - began > .milliseconds(290))
            }
        }

        @Test("an idle connection is closed without a word, before and after a request")
        func idle() async throws {
            let configuration = TestServer.configuration { $0.timeouts.idle = .milliseconds(200) }
            try await TestServer.run(ClosureHandler.echo, configuration: configuration) { _, port in
                let fresh = try TestClient(port: port)
                #expect(try fresh.isAtEnd())
                let used = try TestClient(port: port)
                #expect(try used.get("/").status == 200)
                #expect(try used.isAtEnd())
            }
        }

        @Test("a body without progress fails", arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
        func stalledBody(framing: String) async throws {
            let configuration = TestServer.configuration { $0.timeouts.body = .milliseconds(200) }
            try await TestServer.run(ClosureHandler.echo, configuration: configuration) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n3")
                let response = try client.response()
                #expect(response.text == "timedOut" && response.headers["connection"] == "close")
            }
        }

        @Test("a response that nobody takes is given up")
        func stalledResponse() async throws {
            let sent = Notebook<ExchangeSummary>()
            let configuration = TestServer.configuration { $0.timeouts.write = .milliseconds(200) }
            let body = HTTPResponse.Body.bytes([UInt8](repeating: 1, count: 30_000_000))
            let handler = ClosureHandler { _, _ in
                HandledResponse(HTTPResponse(status: 200, body: body)) { sent.note($0) }
            }
            try await TestServer.run(handler, configuration: configuration) { server, port in
                let client = try TestClient(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await sent.wait(for: 1)[0].isComplete == false)
                #expect(throws: TestClientError.self) { try client.response() }
            }
        }

        // MARK: Shutdown

        @Test("shutdown finishes what is in flight, and closes what is idle")
        func gracefulShutdown() async throws {
            let entered = Notebook<Bool>()
            let released = Notebook<Bool>()
            let handler = ClosureHandler { head, body in
                if head.rawPath.count > 1 {
                    entered.note(true)
                    _ = try? await released.wait(for: 1)
                }
                return await ClosureHandler.echo.answer(head, body)
            }
            let server = HTTPServer(configuration: TestServer.configuration())
            let bound = try server.listen(on: .tcp(host: "127.0.0.1", port: 0), handler: handler)
            try server.start()
            let port = try #require(bound.port)
            let idle = try TestClient(port: port)
            #expect(try idle.get("/").status == 200)
            let busy = try TestClient(port: port)
            try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await entered.wait(for: 1)
            let began = ContinuousClock.now
            async let end: Void = server.shutdown(grace: .seconds(60))
            // It has begun by then, on a machine with much else to do too.
            try await Task.sleep(for: .seconds(1))
            released.note(true)
            await end
            #expect(ContinuousClock.now - began < .seconds(30))
            let response = try busy.response()
            #expect(response.status == 200 && response.headers["connection"] == "close")
            #expect(try busy.isAtEnd())
            #expect(try idle.isAtEnd())
            #expect(throws: TestClientError.self) { try TestClient(port: port) }
            await server.shutdown(grace: .seconds(5))
        }

        @Test("after the grace period the rest is cut, and bodies fail as cancelled")
        func cut() async throws {
            let failures = Notebook<BodyError>()
            let handler = ClosureHandler { _, body in
                do throws(BodyError) {
                    while let bytes = try await body.next(maximum: 10) { _ = bytes }
                } catch {
                    failures.note(error)
                }
                return .init(HTTPResponse(status: 200))
            }
            let server = HTTPServer(configuration: TestServer.configuration())
            let bound = try server.listen(on: .tcp(host: "127.0.0.1", port: 0), handler: handler)
            try server.start()
            let client = try TestClient(port: try #require(bound.port))
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n1")
            while server.counts.total.requests == 0 { try await Task.sleep(for: .milliseconds(5)) }
            let began = ContinuousClock.now
            await server.shutdown(grace: .milliseconds(200))
            #expect(ContinuousClock.now - began < .seconds(30))
            #expect(failures.all == [.cancelled])
            #expect(try client.isAtEnd())
        }

        @Test("a server that was never started can be shut down")
        func neverStarted() async throws {
            let server = HTTPServer(configuration: TestServer.configuration())
            let bound = try server.listen(on: .tcp(host: "127.0.0.1", port: 0), handler: ClosureHandler.echo)
            await server.shutdown(grace: .zero)
            #expect(throws: TestClientError.self) { try TestClient(port: bound.port ?? 0) }
            #expect(throws: SystemCallError.self) {
                try server.listen(on: .tcp(host: "127.0.0.1", port: 0), handler: ClosureHandler.echo)
            }
        }

        // MARK: Listeners

        @Test("listeners with handlers of their own share the loops, and may come after the start")
        func severalListeners() async throws {
            let path = TestServer.temporaryPath()
            let addresses = Notebook<String>()
            let noting = ClosureHandler { head, body in
                addresses.note(head.remoteAddress)
                return await ClosureHandler.echo.answer(head, body)
            }
            try await TestServer.run(ClosureHandler.always(HTTPResponse(status: 404))) { server, port in
                let second = try server.listen(on: .tcp(host: "::", port: 0), handler: noting)
                #expect(try server.listen(on: .unix(path: path), handler: noting) == .unix(path: path))
                #expect(throws: SystemCallError.self) {
                    try server.listen(on: .tcp(host: "127.0.0.1", port: port), handler: noting)
                }
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
                #expect(try TestClient(port: port).get("/").status == 404)
                #expect(try TestClient(port: second.port ?? 0).get("/").status == 200)
                #expect(try TestClient(path: path).get("/").status == 200)
                #expect(addresses.all == ["127.0.0.1", "unix"])
            }
            #expect(access(path, F_OK) != 0, "the socket's name is gone after the shutdown")
        }

        @Test("a Unix socket that a killed server left behind is taken over")
        func staleUnixSocket() async throws {
            let path = TestServer.temporaryPath()
            let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            close(dead)
            #expect(access(path, F_OK) == 0)
            let server = HTTPServer(configuration: TestServer.configuration())
            try server.listen(on: .unix(path: path), handler: ClosureHandler.echo)
            try server.start()
            #expect(try TestClient(path: path).get("/").status == 200)
            await server.shutdown(grace: .zero)
        }

        // MARK: Many connections

        @Test("500 connections at once are served, spread over the loops, and leave no descriptor behind")
        func manyConnections() async throws {
            let before = try TestServer.openDescriptors()
            try await TestServer.run(ClosureHandler.echo) { server, port in
                var clients: [TestClient] = []
                for _ in 0..<500 { clients.append(try TestClient(port: port)) }
                for round in 0..<3 {
                    for client in clients { try client.send("GET /\(round) HTTP/1.1\r\nHost: a\r\n\r\n") }
                    for client in clients { #expect(try client.response().text == "GET /\(round) 0") }
                }
                let counts = server.counts
                #expect(counts.total.connectionsOpen == 500)
                #expect(counts.total.requests == 1_500)
                #expect(counts.loops.map(\.connectionsOpen) == [250, 250])
                clients = []
                for _ in 0..<500 where server.counts.total.connectionsOpen > 0 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(server.counts.total.connectionsOpen == 0)
            }
            // Other suites may have a few open at the same time.
            #expect(try TestServer.openDescriptors() - before < 50)
        }

        @Test("beyond the limit connections wait until others close")
        func connectionLimit() async throws {
            let configuration = TestServer.configuration { $0.maximumConnections = 3 }
            try await TestServer.run(ClosureHandler.echo, configuration: configuration) { server, port in
                var clients: [TestClient] = []
                for _ in 0..<3 { clients.append(try TestClient(port: port)) }
                for client in clients { #expect(try client.get("/").status == 200) }
                let waiting = try TestClient(port: port)
                try waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try await Task.sleep(for: .milliseconds(150))
                #expect(server.counts.total.connectionsOpen == 3)
                clients.removeLast()
                #expect(try waiting.response().status == 200)
            }
        }

        // MARK: Threads

        @Test("all work of 1,000 requests runs on the loops' threads, with no detour")
        func threads() async throws {
            let threads = Notebook<UInt>()
            let handler = ClosureHandler { head, body in
                threads.note(pthread_self())
                let handled = await ClosureHandler.echo.answer(head, body)
                threads.note(pthread_self())
                return HandledResponse(handled.response) { _ in threads.note(pthread_self()) }
            }
            try await TestServer.run(handler) { server, port in
                let clients = try (0..<10).map { _ in try TestClient(port: port) }
                for _ in 0..<100 {
                    for client in clients {
                        try client.send(
                            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                    }
                    for client in clients {
                        #expect(try client.response().status == 100)
                        try client.send("hello")
                    }
                    for client in clients { #expect(try client.response().status == 200) }
                }
                let counts = server.counts.total
                #expect(counts.requests == 1_000)
                #expect(threads.all.count == 3_000)
                #expect(Set(threads.all).count <= 2)
                // One hand-over for each connection and listener; a detour through another thread would cost one
                // for each time that a task goes on.
                #expect(counts.remoteJobs <= 20)
            }
        }
    }
}
