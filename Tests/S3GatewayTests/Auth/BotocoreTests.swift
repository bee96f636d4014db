// Why this file exists: 320 requests signed by botocore (Fixtures/signed_requests.py wrote them) must be believed,
// and none of them after a change of any signed byte.
import Foundation
import ObjectCore
import S3Gateway
import Testing

@Suite("botocore's signatures")
struct BotocoreTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let kind: String
        let method: String
        let target: String
        let headers: [[String]]
        let bucket: String
        let key: String
        let accessKey: String
        var testDescription: String { "\(kind) \(method) \(target)" }
    }

    struct Fixture: Decodable, Sendable {
        let now: Int64
        let accessKey: String
        let secret: String
        let tokenAccessKey: String
        let token: String
        let cases: [Case]
    }

    static let fixture: Fixture = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appendingPathComponent("Fixtures/signed-requests.json")
        do {
            return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
        } catch {
            preconditionFailure("\(file.path): \(error)")
        }
    }()

    static let authenticator = Authenticator(
        credentials: TestCredentials(records: [
            AccessKeyRecord(
                accessKey: fixture.accessKey, secret: Secret(fixture.secret), accountID: "a", displayName: "a"),
            AccessKeyRecord(
                accessKey: fixture.tokenAccessKey, secret: Secret(fixture.secret), accountID: "t", displayName: "t",
                sessionToken: Secret(fixture.token)),
        ]))

    private func verify(
        _ one: Case, target: String? = nil, headers: [[String]]? = nil, method: String? = nil
    ) throws(S3Error) -> VerifiedRequest {
        guard let method = HTTPMethod(rawValue: method ?? one.method) else { throw S3Error(.methodNotAllowed) }
        let request = try makeRequest(
            method, target ?? one.target, (headers ?? one.headers).map { ($0[0], $0[1]) },
            domains: ["s3.example.test"])
        return try Self.authenticator.verify(request, id: "1", now: Self.fixture.now + 60)
    }

    @Test("are believed", arguments: fixture.cases)
    func believed(_ one: Case) throws {
        let verified = try verify(one)
        #expect("\(verified.authenticationKind)" == one.kind)
        #expect(verified.principal.identity?.accessKey == one.accessKey)
        #expect(verified.resource.bucket == one.bucket)
        #expect(verified.resource.key?.bytes ?? [] == Array(one.key.utf8))
    }

    @Test("are refused under another method", arguments: fixture.cases.filter { $0.method != "DELETE" })
    func otherMethod(_ one: Case) {
        #expect(refusal { _ = try verify(one, method: "DELETE") }?.code == .signatureDoesNotMatch)
    }

    // Version 2 does not sign parameters that it does not know, so those of this list may change there.
    private static let unsignedByV2 = ["list-type", "prefix", "delimiter", "x-id", "same"]

    @Test("are refused after a change of one byte of the target", arguments: fixture.cases.enumerated().map { $0 })
    func mutatedTarget(_ index: Int, _ one: Case) {
        var random = SeededGenerator(seed: UInt64(index))
        let original = Array(one.target.utf8)
        for _ in 0..<24 {
            var bytes = original
            let position = Int.random(in: 1..<bytes.count, using: &random)
            bytes[position] ^= UInt8(1 << Int.random(in: 0..<5, using: &random))
            guard bytes[position] > 0x20, bytes[position] < 0x7F else { continue }
            let changed = String(decoding: bytes, as: UTF8.self)
            do {
                let before = try verify(one)
                let after = try verify(one, target: changed)
                // A change that takes the whole signature away leaves a request of nobody.
                if after.principal == .anonymous { continue }
                // Another spelling of the same request is the same request.
                #expect(after.resource == before.resource, "\(changed)")
                let names = Self.unsignedByV2
                let signed = { (request: VerifiedRequest) in
                    request.queryItems.filter { item in
                        !one.kind.hasSuffix("V2") || !names.contains(where: { item.name.hasPrefix($0) })
                    }.map { "\($0.name)=\($0.value ?? "")" }.sorted()
                }
                if one.kind.hasSuffix("V2") {
                    #expect(isHarmlessUnderV2(original, bytes, at: position), "\(one.target) -> \(changed)")
                } else {
                    #expect(signed(after) == signed(before), "\(changed)")
                }
            } catch {}
        }
    }

    // Whether the changed byte lies in a parameter that version 2 does not cover.
    private func isHarmlessUnderV2(_ before: [UInt8], _ after: [UInt8], at position: Int) -> Bool {
        guard let query = before.firstIndex(of: UInt8(ascii: "?")), position > query else { return false }
        let start = before[..<position].lastIndex { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "?") } ?? query
        let piece = String(decoding: before[(start + 1)...].prefix { $0 != UInt8(ascii: "&") }, as: UTF8.self)
        if Self.unsignedByV2.contains(where: { piece.hasPrefix($0) }) { return true }
        // Percent-encoding in the other case of its digits, and the spare bits of Base64's last digit.
        let other = String(decoding: after[(start + 1)...].prefix { $0 != UInt8(ascii: "&") }, as: UTF8.self)
        return piece.removingPercentEncoding == other.removingPercentEncoding
            || piece.lowercased() == other.lowercased()
    }

    @Test("are refused after a change of one byte of a signed header", arguments: fixture.cases.enumerated().map { $0 })
    func mutatedHeader(_ index: Int, _ one: Case) {
        var random = SeededGenerator(seed: UInt64(1000 + index))
        for (row, header) in one.headers.enumerated() where isSigned(header[0], one) {
            for _ in 0..<6 {
                var bytes = Array(header[1].utf8)
                let position = Int.random(in: 0..<bytes.count, using: &random)
                guard !isSpace(bytes[position]) else { continue }
                bytes[position] ^= 1
                guard bytes[position] > 0x20, bytes[position] < 0x7F else { continue }
                var headers = one.headers
                headers[row][1] = String(decoding: bytes, as: UTF8.self)
                let error = refusal { _ = try verify(one, headers: headers) }
                #expect(error != nil, "\(header[0]): \(headers[row][1])")
            }
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 }

    private func isSigned(_ name: String, _ one: Case) -> Bool {
        if name.hasPrefix("x-amz-") || name == "authorization" { return true }
        switch one.kind {
        case "headerV2": return name == "date" || name == "content-type" || name == "content-md5"
        case "queryV2": return false
        case "headerV4":
            let authorization = one.headers.first { $0[0] == "authorization" }?[1] ?? ""
            return authorization.contains(";\(name);") || authorization.contains("=\(name);")
        default:
            return one.target.contains("%3B\(name)") || one.target.contains("=\(name)%3B")
        }
    }

    @Test("are refused when any x-amz-* header is added", arguments: fixture.cases)
    func addedHeader(_ one: Case) {
        let headers = one.headers + [["x-amz-tagging", "a=b"]]
        let error = refusal { _ = try verify(one, headers: headers) }
        if one.kind.hasSuffix("V4") {
            #expect(error?.code == .accessDenied)
            #expect(error?.fields.first?.name == "HeadersNotSigned")
        } else {
            #expect(error?.code == .signatureDoesNotMatch)
        }
    }

    @Test("are refused when a signed x-amz-* header is split, doubled or dropped", arguments: fixture.cases)
    func reshapedHeaders(_ one: Case) {
        for (row, header) in one.headers.enumerated() where header[0].hasPrefix("x-amz-") {
            var dropped = one.headers
            dropped.remove(at: row)
            #expect(refusal { _ = try verify(one, headers: dropped) } != nil, "\(header[0])")
            #expect(refusal { _ = try verify(one, headers: one.headers + [header]) } != nil, "\(header[0])")
        }
    }
}
