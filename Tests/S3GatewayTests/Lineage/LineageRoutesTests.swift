// Why this file exists: the table of the lineage API: every line reachable, every name once, the document in docs a copy.
import Foundation
import Lineage
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct LineageRoutesTests {
    @Test("every line is found by its own path, and names are unique")
    func reachable() throws {
        #expect(Set(LineageRoutes.all.map(\.name)).count == LineageRoutes.all.count)
        for route in LineageRoutes.all {
            let path = route.path.replacing("{id}", with: "x").replacing("{sha256}", with: "x")
                .replacing("{path*}", with: "000/001")
            let found = try LineageRoutes.find(route.method, path)
            #expect(found.0.name == route.name, "\(path)")
        }
    }

    @Test("another path is 404, another method 405")
    func unknown() {
        #expect(throws: LineageRefusal.self) { try LineageRoutes.find(.get, "/_cairn/lineage/v2/runs") }
        let error = #expect(throws: LineageRefusal.self) { try LineageRoutes.find(.delete, "/_cairn/lineage/v1/runs") }
        #expect(error?.status == 405)
    }

    @Test("docs/openapi.json is what the table says; CAIRN_WRITE_DOCS=1 writes it")
    func document() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/openapi.json")
        let text = OpenAPIDocument.value.pretty + "\n"
        if ProcessInfo.processInfo.environment["CAIRN_WRITE_DOCS"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
}

@Suite struct BearerTokensTests {
    private struct Keys: CredentialSource {
        var record: AccessKeyRecord?
        func credential(for accessKey: String) -> AccessKeyRecord? {
            record.flatMap { $0.accessKey == accessKey ? $0 : nil }
        }
    }

    @Test("a token is its key's, until the key ends")
    func token() throws {
        var record = AccessKeyRecord(
            accessKey: "AKID", secret: Secret("secret"), accountID: "account", displayName: "name")
        let token = BearerTokens.token(accessKey: "AKID", secret: Secret("secret"))
        #expect(!token.contains("secret") && token.hasPrefix("AKID."))
        #expect(try BearerTokens(credentials: Keys(record: record)).verify(token, now: 0).accountID == "account")
        #expect(throws: S3Error.self) {
            try BearerTokens(credentials: Keys(record: record)).verify(token + "x", now: 0)
        }
        #expect(throws: S3Error.self) { try BearerTokens(credentials: Keys(record: nil)).verify(token, now: 0) }
        record.expiresAt = 10
        #expect(throws: S3Error.self) { try BearerTokens(credentials: Keys(record: record)).verify(token, now: 10) }
        record.secret = Secret("another")
        #expect(throws: S3Error.self) { try BearerTokens(credentials: Keys(record: record)).verify(token, now: 0) }
    }
}
