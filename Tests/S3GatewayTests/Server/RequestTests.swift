// Why this file exists: requests over a socket: keep-alive, pipelining, refusals, bodies, expectations.
import Glibc
import ObjectCore
import S3Gateway
import Testing

extension HTTPServerTests {
    @Suite struct RequestTests {
        @Test("a connection serves request after request")
        func keepAlive() async throws {
            try await TestServer.run(ClosureHandler.echo) { server, port in
                let client = try TestClient(port: port)
                for index in 0..<50 {
                    let response = try client.get("/\(index)")
                    #expect(response.status == 200)
                    #expect(response.text == "GET /\(index) 0")
                    #expect(response.headers["connection"] == nil)
                    #expect(response.headers["date"]?.hasSuffix(" GMT") == true)
                }
                #expect(server.counts.total.requests == 50)
                #expect(server.counts.total.connectionsAccepted == 1)
            }
        }

        @Test("pipelined requests are answered in order, with and without bodies")
        func pipelining() async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                var all = ""
                for index in 0..<200 {
                    all += "GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n"
                    all += "PUT /\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                    all +=
                        "PUT /\(index) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                }
                try client.send(all)
                for index in 0..<200 {
                    #expect(try client.response().text == "GET /\(index) 0")
                    #expect(try client.response().text == "PUT /\(index) 5")
                    #expect(try client.response().text == "PUT /\(index) 3")
                }
            }
        }

        @Test("a request may arrive byte by byte")
        func byteByByte() async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                for byte
                    in "\r\nPUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nT: t\r\n\r\n"
                    .utf8
                {
                    try client.send([byte])
                }
                #expect(try client.response().text == "PUT /a 2")
                #expect(try client.get("/b").text == "GET /b 0")
            }
        }

        @Test(
            "a refused head is answered, the connection closes, and what follows is never a request",
            arguments: [MaliciousHead.all])
        func refusals(heads: [MaliciousHead]) async throws {
            let seen = Notebook<String>()
            let handler = ClosureHandler { head, body in
                seen.note(head.text(head.rawPath))
                return await ClosureHandler.echo.answer(head, body)
            }
            try await TestServer.run(handler) { server, port in
                for head in heads {
                    let client = try TestClient(port: port)
                    // The server may close before all is sent.
                    try? client.send(head.text + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                    client.finishSending()
                    let response = try client.response()
                    #expect(response.status == head.status, "\(head.name)")
                    #expect(response.text.hasPrefix("refused: "), "\(head.name)")
                    #expect(response.headers["connection"] == "close", "\(head.name)")
                    #expect(try client.isAtEnd(), "\(head.name)")
                }
                #expect(seen.all.isEmpty)
                #expect(server.counts.total.refusals == heads.count)
            }
        }

        @Test(
            "broken chunks fail the body, and the connection closes",
            arguments: [
                "x\r\n", "5\r\nhelloX0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "-1\r\n", "ffffffffffffffff\r\n",
            ])
        func brokenChunks(body: String) async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
                try client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.response()
                #expect(response.status == 400 && response.text == "malformed")
                #expect(response.headers["connection"] == "close")
                client.finishSending()
                #expect(try client.isAtEnd())
            }
        }

        @Test("a body that ends too early is truncated")
        func truncatedBody() async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
                client.finishSending()
                #expect(try client.response().text == "truncated")
            }
        }

        @Test("large bodies arrive whole, by length and by chunks", arguments: [false, true])
        func largeBodies(isChunked: Bool) async throws {
            let expected = TestServer.pattern(9_000_001)
            let handler = ClosureHandler { _, body in
                var offset = 0
                var isSame = true
                while let bytes = try? await body.next(maximum: 1_048_576) {
                    isSame =
                        isSame && bytes.count <= 1_048_576 && !bytes.isEmpty
                        && expected.withUnsafeBytes { all in
                            offset + bytes.count <= all.count
                                && memcmp(all.baseAddress! + offset, bytes, bytes.count) == 0
                        }
                    offset += bytes.count
                }
                return .init(HTTPResponse(status: isSame && offset == expected.count ? 200 : 500))
            }
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<2 {
                    if isChunked {
                        try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                        var offset = 0
                        while offset < expected.count {
                            let end = min(expected.count, offset + 777_777)
                            try client.send(String(end - offset, radix: 16) + "\r\n")
                            try client.send(Array(expected[offset..<end]) + [13, 10])
                            offset = end
                        }
                        try client.send("0\r\n\r\n")
                    } else {
                        try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(expected.count)\r\n\r\n")
                        try client.send(expected)
                    }
                    #expect(try client.response().status == 200)
                }
            }
        }

        // MARK: Expectations. See: RFC 9110 section 10.1.1.

        @Test("100 Continue is sent when the body is first waited for")
        func continues() async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<2 {
                    try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                    #expect(try client.response().status == 100)
                    try client.send("hello")
                    #expect(try client.response().text == "PUT /a 5")
                }
            }
        }

        @Test("no 100 is sent for a body that is there already")
        func continueNotNeeded() async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
                #expect(try client.response().text == "PUT /a 5")
            }
        }

        @Test("an expectation that nobody knows is ignored", arguments: ["", "200-ok", "the unexpected"])
        func unknownExpectation(value: String) async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: \(value)\r\n\r\nhello")
                #expect(try client.response().text == "PUT /a 5")
            }
        }

        @Test("an answer without reading an expected body goes out alone, and the connection closes")
        func expectationRefused() async throws {
            try await TestServer.run(ClosureHandler.always(HTTPResponse(status: 403))) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                let response = try client.response()
                #expect(response.status == 403 && response.headers["connection"] == "close")
                client.finishSending()
                #expect(try client.isAtEnd())
            }
        }

        @Test("an expected body of no bytes gets its 100 before a success", arguments: [true, false])
        func emptyExpectedBody(isRead: Bool) async throws {
            let handler = isRead ? ClosureHandler.echo : .always(HTTPResponse(status: 200))
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                for _ in 0..<2 {
                    try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
                    #expect(try client.response().status == 100)
                    #expect(try client.response().status == 200)
                }
            }
        }

        // MARK: Unread bodies

        @Test("a short unread body is drained and the connection goes on")
        func drains() async throws {
            try await TestServer.run(ClosureHandler.always(HTTPResponse(status: 404))) { _, port in
                let client = try TestClient(port: port)
                for framing in ["Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n186a0\r\n"] {
                    try client.send("PUT /a HTTP/1.1\r\nHost: a\r\n\(framing)")
                    #expect(try client.response().status == 404)
                    try client.send([UInt8](repeating: 65, count: 100_000))
                    if framing.hasPrefix("T") { try client.send("\r\n0\r\n\r\n") }
                    #expect(try client.get("/b").status == 404)
                }
            }
        }

        @Test("a long unread body ends the connection")
        func doesNotDrainForever() async throws {
            let configuration = TestServer.configuration { $0.timeouts.drain = .milliseconds(300) }
            try await TestServer.run(
                ClosureHandler.always(HTTPResponse(status: 404)), configuration: configuration
            ) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
                let response = try client.response()
                #expect(response.status == 404 && response.headers["connection"] == "close")
                #expect(try client.isAtEnd())

                let chunked = try TestClient(port: port)
                try chunked.send("PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n")
                #expect(try chunked.response().status == 404)
                #expect(try chunked.isAtEnd())
            }
        }

        @Test(
            "a client that reads only after it has sent all of a refused body gets the answer",
            arguments: [0, 100_000], [false, true])
        func answersWhoReadsLate(bytesRead: Int, isChunked: Bool) async throws {
            let handler = ClosureHandler { _, body in
                var left = bytesRead
                while left > 0, let bytes = try? await body.next(maximum: left) { left -= bytes.count }
                return .init(HTTPResponse(status: 403, body: .bytes(Array("no".utf8))))
            }
            let size = 4_194_304
            try await TestServer.run(handler) { _, port in
                let client = try TestClient(port: port)
                try client.send("PUT /a HTTP/1.1\r\nHost: a\r\n")
                try client.send(
                    isChunked
                        ? "Transfer-Encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n"
                        : "Content-Length: \(size)\r\n\r\n")
                try client.send([UInt8](repeating: 65, count: size))
                if isChunked { try client.send("\r\n0\r\n\r\n") }
                let response = try client.response()
                #expect(response.status == 403 && response.text == "no")
                #expect(try client.isAtEnd())
            }
        }

        @Test("who goes on sending without an end is cut off at the limit, who falls silent after a while")
        func lingersWithinLimits() async throws {
            let configuration = TestServer.configuration {
                $0.limits.maximumLingerBytes = 1_048_576
                $0.timeouts.lingerSilence = .milliseconds(200)
            }
            let handler = ClosureHandler.always(HTTPResponse(status: 403))
            try await TestServer.run(handler, configuration: configuration) { server, port in
                let endless = try TestClient(port: port)
                try endless.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
                #expect(throws: TestClientError.self) {
                    try endless.send([UInt8](repeating: 65, count: 100_000_000))
                }
                let silent = try TestClient(port: port)
                try silent.send("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
                #expect(try silent.response().status == 403)
                let began = ContinuousClock.now
                while server.counts.total.connectionsOpen > 0, ContinuousClock.now - began < .seconds(4) {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(server.counts.total.connectionsOpen == 0)
            }
        }

        @Test("HTTP/1.0 is answered and closed")
        func http10() async throws {
            try await TestServer.run(ClosureHandler.echo) { _, port in
                let client = try TestClient(port: port)
                try client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try client.response()
                #expect(response.text == "GET /a 0" && response.headers["connection"] == "close")
                #expect(try client.isAtEnd())
            }
        }
    }
}
