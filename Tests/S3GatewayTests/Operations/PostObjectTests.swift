// Why this file exists: uploads from forms, signed in both versions, with policies that hold and that do not.
import Foundation
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct PostObjectTests {
    /// A form as a browser sends it.
    private struct Form {
        var fields: [(String, String)] = []
        var fileName: String? = "file.txt"
        var content: [UInt8] = Array("hello".utf8)
        var hasFile = true
        var after: [(String, String)] = []

        var body: [UInt8] {
            var body: [UInt8] = []
            for (name, value) in fields { body += Form.part(name, value) }
            if hasFile {
                let name = fileName.map { "; filename=\"\($0)\"" } ?? ""
                body += Array(
                    "--XyZ\r\nContent-Disposition: form-data; name=\"file\"\(name)\r\nContent-Type: text/html\r\n\r\n"
                        .utf8)
                body += content + [13, 10]
            }
            for (name, value) in after { body += Form.part(name, value) }
            return body + Array("--XyZ--\r\n".utf8)
        }

        private static func part(_ name: String, _ value: String) -> [UInt8] {
            Array("--XyZ\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
    }

    private static func policy(_ conditions: [String], expires: TimeInterval = 600) -> String {
        let formatter = ISO8601DateFormatter()
        let expiration = formatter.string(from: Date(timeIntervalSinceNow: expires))
        let text = "{\"expiration\": \"\(expiration)\", \"conditions\": [\(conditions.joined(separator: ", "))]}"
        return Base64.encode(Array(text.utf8))
    }

    private static let conditions = [
        "{\"bucket\": \"bucket\"}", "[\"starts-with\", \"$key\", \"up/\"]", "[\"starts-with\", \"$Content-Type\", \"\"]",
        "[\"starts-with\", \"$x-amz-meta-color\", \"\"]", "[\"content-length-range\", 2, 1000]",
        "[\"starts-with\", \"$success_action_status\", \"\"]", "[\"starts-with\", \"$success_action_redirect\", \"\"]",
        "[\"starts-with\", \"$tagging\", \"\"]",
    ]

    private static func signedV2(_ fields: [(String, String)], _ key: AccessKey, policy: String) -> [(String, String)] {
        let signature = Base64.encode(
            Digest.hmacSHA1(key: Array(key.secret.utf8), message: Array(policy.utf8)))
        return fields + [("AWSAccessKeyId", key.id), ("policy", policy), ("signature", signature)]
    }

    private static func send(
        _ gateway: GatewayHarness, _ form: Form, type: String = "multipart/form-data; boundary=XyZ", piece: Int = .max
    ) async -> Received {
        var sent = Sent(method: .post, path: "/bucket", headers: [("content-type", type)], body: form.body)
        sent.key = nil
        return await gateway.exchange(sent, pieceLength: piece)
    }

    @Test("a form signed with version 2 is an object, in pieces of any size", arguments: [1, 13, 4096, Int.max])
    func versionTwo(_ piece: Int) async throws {
        try await GatewayHarness.run { gateway in
            var form = Form()
            form.fields = Self.signedV2(
                [("key", "up/${filename}"), ("Content-Type", "text/plain"), ("x-amz-meta-color", "blue")],
                gateway.alice, policy: Self.policy(Self.conditions))
            form.fileName = "C:\\pictures\\cat.txt"
            form.after = [("submit", "Upload")]
            let answer = await Self.send(gateway, form, piece: piece)
            #expect(answer.status == 204, "\(answer.text)")
            #expect(answer["etag"] == "\"5d41402abc4b2a76b9719d911017c592\"")
            #expect(answer["location"] == "http://s3.example.com/bucket/up/cat.txt")
            let got = await gateway.send(.get, "/bucket/up/cat.txt")
            #expect(got.text == "hello")
            #expect(got["content-type"] == "text/plain")
            #expect(got["x-amz-meta-color"] == "blue")
        }
    }

    @Test("a form signed with version 4 is an object")
    func versionFour() async throws {
        try await GatewayHarness.run { gateway in
            let now = WireDate.basic(Int64(Date().timeIntervalSince1970))
            let day = String(now.prefix(8))
            let policy = Self.policy(
                Self.conditions + [
                    "[\"starts-with\", \"$x-amz-credential\", \"\"]", "[\"starts-with\", \"$x-amz-date\", \"\"]",
                    "{\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"}",
                ])
            let key = SignatureV4.signingKey(
                secret: Secret(gateway.alice.secret), date: day.utf8, region: "us-east-1".utf8, service: "s3".utf8)
            var form = Form()
            form.fields = [
                ("key", "up/four"), ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
                ("x-amz-credential", "\(gateway.alice.id)/\(day)/us-east-1/s3/aws4_request"), ("x-amz-date", now),
                ("policy", policy),
                ("x-amz-signature", String(decoding: SignatureV4.sign(Array(policy.utf8), with: key), as: UTF8.self)),
            ]
            let answer = await Self.send(gateway, form)
            #expect(answer.status == 204, "\(answer.text)")
            #expect(await gateway.send(.get, "/bucket/up/four").text == "hello")
        }
    }

    @Test("the answer is what success_action_status asks for", arguments: [
        ("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204),
    ])
    func statuses(_ field: String, _ status: Int) async throws {
        try await GatewayHarness.run { gateway in
            var form = Form()
            form.fields = Self.signedV2(
                [("key", "up/a b"), ("success_action_status", field)], gateway.alice,
                policy: Self.policy(Self.conditions))
            let answer = await Self.send(gateway, form)
            #expect(answer.status == status)
            if status == 201 {
                #expect(
                    answer.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>"
                        + "<Location>http://s3.example.com/bucket/up/a%20b</Location><Bucket>bucket</Bucket>"
                        + "<Key>up/a b</Key><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag></PostResponse>")
            } else {
                #expect(answer.body.isEmpty)
            }
        }
    }

    @Test("a redirect carries bucket, key and ETag, and one that is no address counts as absent")
    func redirect() async throws {
        try await GatewayHarness.run { gateway in
            for (target, location) in [
                ("http://example.com/done", "http://example.com/done?bucket=bucket&key=up/x&etag=%225d41402abc4b2a76b9719d911017c592%22"),
                ("http://example.com/done?a=1", "http://example.com/done?a=1&bucket=bucket&key=up/x&etag=%225d41402abc4b2a76b9719d911017c592%22"),
                ("javascript:alert(1)", "http://s3.example.com/bucket/up/x"),
            ] {
                var form = Form()
                form.fields = Self.signedV2(
                    [("key", "up/x"), ("success_action_redirect", target)], gateway.alice,
                    policy: Self.policy(Self.conditions))
                let answer = await Self.send(gateway, form)
                #expect(answer.status == (target.hasPrefix("http") ? 303 : 204))
                #expect(answer["location"] == location)
            }
        }
    }

    @Test("tags, checksums and refusals of the fields are those of a PUT")
    func fields() async throws {
        try await GatewayHarness.run { gateway in
            let extra = Self.conditions + [
                "[\"starts-with\", \"$x-amz-checksum-sha256\", \"\"]",
                "[\"starts-with\", \"$x-amz-server-side-encryption\", \"\"]", "[\"starts-with\", \"$acl\", \"\"]",
            ]
            func post(_ fields: [(String, String)]) async -> Received {
                var form = Form()
                form.fields = Self.signedV2([("key", "up/x")] + fields, gateway.alice, policy: Self.policy(extra))
                return await Self.send(gateway, form)
            }
            let tagged = await post([
                ("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>")
            ])
            #expect(tagged.status == 204, "\(tagged.text)")
            #expect(await gateway.send(.get, "/bucket/up/x?tagging").all("Key") == ["a"])
            let right = Base64.encode(Digest.sha256(Array("hello".utf8)))
            #expect(await post([("x-amz-checksum-sha256", right)])["x-amz-checksum-sha256"] == right)
            let wrong = Base64.encode(Digest.sha256(Array("other".utf8)))
            #expect(await post([("x-amz-checksum-sha256", wrong)]).code == "BadDigest")
            #expect(await post([("x-amz-server-side-encryption", "AES256")]).status == 501)
            #expect(await post([("acl", "public-read")]).code == "AccessControlListNotSupported")
            #expect(await post([("acl", "private")]).status == 204)
        }
    }

    @Test("sizes outside of the policy's range are refused", arguments: [
        (1, "EntityTooSmall"), (2, nil), (1000, nil), (1001, "EntityTooLarge"),
    ] as [(Int, String?)])
    func sizes(_ count: Int, _ code: String?) async throws {
        try await GatewayHarness.run { gateway in
            var form = Form()
            form.fields = Self.signedV2([("key", "up/x")], gateway.alice, policy: Self.policy(Self.conditions))
            form.content = [UInt8](repeating: 120, count: count)
            #expect(await Self.send(gateway, form).code == code)
            #expect(await gateway.send(.head, "/bucket/up/x").status == (code == nil ? 200 : 404))
        }
    }

    @Test("a form that proves nothing stores nothing")
    func refused() async throws {
        try await GatewayHarness.run { gateway in
            func answer(_ change: (inout Form) -> Void) async -> Received {
                var form = Form()
                form.fields = Self.signedV2([("key", "up/x")], gateway.alice, policy: Self.policy(Self.conditions))
                change(&form)
                return await Self.send(gateway, form)
            }
            #expect(await answer { $0.fields = [("key", "up/x")] }.code == "AccessDenied")
            #expect(await answer { $0.fields[0].1 = "down/x" }.status == 403)
            #expect(await answer { $0.fields.append(("color", "red")) }.status == 403)
            #expect(await answer { $0.fields.append(("x-ignore-color", "red")) }.status == 204)
            _ = await gateway.send(.delete, "/bucket/up/x")
            #expect(await answer { $0.fields[3].1 = "AAAA" }.status == 403)
            #expect(await answer { $0.fields.remove(at: 0) }.status == 400)
            #expect(await answer { $0.hasFile = false }.code == "InvalidArgument")
            let expired = await answer {
                $0.fields = Self.signedV2(
                    [("key", "up/x")], gateway.alice, policy: Self.policy(Self.conditions, expires: -60))
            }
            #expect(expired.status == 403)
            let bobs = await answer {
                $0.fields = Self.signedV2([("key", "up/x")], gateway.bob, policy: Self.policy(Self.conditions))
            }
            #expect(bobs.code == "AccessDenied")
            #expect(await gateway.send(.head, "/bucket/up/x").status == 404)
        }
    }

    @Test("what is no form is told so")
    func malformed() async throws {
        try await GatewayHarness.run { gateway in
            let json = await Self.send(gateway, Form(), type: "application/json")
            #expect(json.status == 412)
            #expect(json.xml("Condition") == "Bucket POST must be of the enclosure-type multipart/form-data")
            #expect(await Self.send(gateway, Form(), type: "multipart/form-data").code == "MalformedPOSTRequest")
            let other = await Self.send(gateway, Form(), type: "multipart/form-data; boundary=other")
            #expect(other.code == "IncompleteBody")
            var large = Form()
            large.fields = [("key", String(repeating: "x", count: 21_000))]
            #expect(await Self.send(gateway, large).code == "MaxPostPreDataLengthExceededError")
            var sent = Sent(method: .post, path: "/missing", headers: [("content-type", "multipart/form-data; boundary=XyZ")])
            sent.body = Form().body
            #expect(await gateway.exchange(sent).code == "NoSuchBucket")
        }
    }

    @Test("a large file streams through")
    func large() async throws {
        try await GatewayHarness.run { gateway in
            let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
            let policy = Self.policy(
                ["{\"bucket\": \"bucket\"}", "[\"starts-with\", \"$key\", \"\"]"])
            var form = Form(content: content)
            form.fields = Self.signedV2([("key", "big")], gateway.alice, policy: policy)
            #expect(await Self.send(gateway, form, piece: 10_000).status == 204)
            #expect(await gateway.send(.get, "/bucket/big").body == content)
        }
    }
}
