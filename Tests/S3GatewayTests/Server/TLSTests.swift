// Why this file exists: TLS against OpenSSL's own client, with certificates made for the test.
import Foundation
import Glibc
import ObjectCore
import S3Gateway
import Testing

extension HTTPServerTests {
    @Suite struct TLSTests {
        /// A folder with a certificate and a key.
        private final class Certificate {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
            var chain: String { folder.appendingPathComponent("chain.pem").path }
            var key: String { folder.appendingPathComponent("key.pem").path }

            init(name: String) throws {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try make(name: name)
            }

            deinit { try? FileManager.default.removeItem(at: folder) }

            func make(name: String) throws {
                _ = try TLSTests.openssl([
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    key, "-out", chain, "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost",
                ])
            }
        }

        /// Runs the `openssl` command. Output goes by files, so that no pipe can fill up.
        @discardableResult
        private static func openssl(_ arguments: [String], input: [UInt8] = []) throws -> (
            status: Int32, output: [UInt8]
        ) {
            let folder = FileManager.default.temporaryDirectory
            let inputFile = folder.appendingPathComponent("cairn-\(UUID().uuidString)")
            let outputFile = folder.appendingPathComponent("cairn-\(UUID().uuidString)")
            try Data(input).write(to: inputFile)
            try Data().write(to: outputFile)
            defer {
                try? FileManager.default.removeItem(at: inputFile)
                try? FileManager.default.removeItem(at: outputFile)
            }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["timeout", "20", "openssl"] + arguments
            process.standardInput = try FileHandle(forReadingFrom: inputFile)
            process.standardOutput = try FileHandle(forWritingTo: outputFile)
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return (process.terminationStatus, Array(try Data(contentsOf: outputFile)))
        }

        private func request(
            _ text: [UInt8], port: Int, certificate: Certificate, options: [String] = []
        ) throws -> (status: Int32, output: [UInt8]) {
            try Self.openssl(
                [
                    "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-CAfile",
                    certificate.chain, "-verify_return_error", "-quiet", "-ign_eof",
                ] + options, input: text)
        }

        private func context(_ certificate: Certificate) throws -> TLSContext {
            try TLSContext(certificateChainPath: certificate.chain, privateKeyPath: certificate.key)
        }

        @Test("requests with and without bodies are served", arguments: ["-tls1_2", "-tls1_3"])
        func serves(version: String) async throws {
            let certificate = try Certificate(name: "localhost")
            let handler = ClosureHandler { head, body in
                #expect(head.isSecure && head.remoteAddress == "127.0.0.1")
                return await ClosureHandler.echo.answer(head, body)
            }
            try await TestServer.run(handler, tls: try context(certificate)) { _, port in
                let body = TestServer.pattern(3_000_000)
                let text =
                    Array("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
                    + Array("PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
                    + Array("GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
                let result = try request(
                    text, port: port, certificate: certificate, options: [version, "-alpn", "h2,http/1.1"])
                let output = String(decoding: result.output, as: UTF8.self)
                #expect(output.contains("GET /a 0"))
                #expect(output.contains("PUT /b 3000000"))
                #expect(output.hasSuffix("GET /c 0"))
            }
        }

        @Test("large files are sent whole")
        func largeRegions() async throws {
            let certificate = try Certificate(name: "localhost")
            let bytes = TestServer.pattern(5_000_000)
            let file = try TestServer.file(bytes)
            let body = HTTPResponse.Body.regions([FileRegion(file: file, offset: 1, length: 4_999_999)])
            try await TestServer.run(
                ClosureHandler.always(HTTPResponse(status: 200, body: body)), tls: try context(certificate)
            ) { _, port in
                let text = Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
                let result = try request(text, port: port, certificate: certificate)
                #expect(result.output.count > 4_999_999)
                #expect(result.output.suffix(4_999_999) == bytes[1...])
            }
        }

        @Test(
            "old versions and other protocols are refused",
            arguments: [
                ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-alpn", "h2"],
            ])
        func refuses(options: [String]) async throws {
            let certificate = try Certificate(name: "localhost")
            try await TestServer.run(ClosureHandler.echo, tls: try context(certificate)) { server, port in
                let text = Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
                let result = try request(text, port: port, certificate: certificate, options: options)
                #expect(result.output.isEmpty)
                #expect(server.counts.total.requests == 0)
            }
        }

        @Test("a renewed certificate is used after a reload, and a broken one never")
        func reload() async throws {
            let certificate = try Certificate(name: "first")
            let context = try context(certificate)
            try await TestServer.run(ClosureHandler.echo, tls: context) { _, port in
                func subject() throws -> String {
                    let text = Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
                    let output = try Self.openssl(
                        ["s_client", "-connect", "127.0.0.1:\(port)", "-ign_eof"], input: text
                    ).output
                    return String(decoding: output, as: UTF8.self)
                }
                #expect(try subject().contains("CN = first") || subject().contains("CN=first"))
                try certificate.make(name: "second")
                try context.reload()
                #expect(try subject().contains("CN = second") || subject().contains("CN=second"))
                try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate.chain))
                #expect(throws: TLSError.self) { try context.reload() }
                #expect(try subject().contains("CN = second") || subject().contains("CN=second"))
            }
        }

        @Test("what is wrong with certificate or key is said")
        func errors() throws {
            let one = try Certificate(name: "one")
            let other = try Certificate(name: "other")
            func failure(_ chain: String, _ key: String) -> TLSError? {
                do throws(TLSError) {
                    _ = try TLSContext(certificateChainPath: chain, privateKeyPath: key)
                    return nil
                } catch {
                    return error
                }
            }
            guard case .certificate("/nowhere", let reason) = failure("/nowhere", one.key) else {
                Issue.record("a missing certificate")
                return
            }
            #expect(reason.contains("No such file"))
            guard case .privateKey(one.chain, _) = failure(one.chain, one.chain) else {
                Issue.record("a certificate in place of a key")
                return
            }
            #expect(
                failure(one.chain, other.key) == .keyMismatch(certificatePath: one.chain, keyPath: other.key))
            let locked = one.folder.appendingPathComponent("locked.pem").path
            try Self.openssl(["pkey", "-in", one.key, "-aes128", "-passout", "pass:x", "-out", locked])
            guard case .privateKey(locked, _) = failure(one.chain, locked) else {
                Issue.record("a key under a passphrase")
                return
            }
        }

        @Test("a handshake that does not come is given up, and plain HTTP is told that it is")
        func handshake() async throws {
            let certificate = try Certificate(name: "localhost")
            let configuration = TestServer.configuration { $0.timeouts.handshake = .milliseconds(200) }
            try await TestServer.run(
                ClosureHandler.echo, configuration: configuration, tls: try context(certificate)
            ) { server, port in
                #expect(try TestClient(port: port).isAtEnd())
                let plain = try TestClient(port: port)
                try plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try plain.response()
                #expect(answer.status == 400)
                #expect(answer.text.contains("HTTPS"))
                #expect(try plain.isAtEnd())
                let other = try TestClient(port: port)
                try other.send("nonsense\r\n\r\n")
                #expect(throws: TestClientError.self) { try other.response() }
                #expect(server.counts.total.requests == 0)
            }
        }
    }
}
