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
        "{\"bucket\": \"bucket\"}", "[\"starts-with\", \"$key\", \"up/\"]", "[\"content-length-range\", 2, 1000]",
    ]

    /// A policy that allows exactly these fields beside the key: a condition on an absent field does not hold.
    private static func policy(for fields: [(String, String)], expires: TimeInterval = 600) -> String {
        policy(
            conditions + fields.dropFirst().map { "[\"starts-with\", \"$\($0.0)\", \"\"]" }, expires: expires)
    }

    private static func signedV2(
        _ fields: [(String, String)], _ key: AccessKey, policy given: String? = nil
    ) -> [(String, String)] {
        let policy = given ?? policy(for: fields)
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
                [("key", "up/${filename}"), ("Content-Type", "text/plain"), ("x-amz-meta-color", "blue")], gateway.alice
            )
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

    @Test(
        "the answer is what success_action_status asks for",
        arguments: [
            ("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204),
        ])
    func statuses(_ field: String, _ status: Int) async throws {
        try await GatewayHarness.run { gateway in
            var form = Form()
            form.fields = Self.signedV2(
                [("key", "up/a b"), ("success_action_status", field)], gateway.alice)
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
                (
                    "http://example.com/done",
                    "http://example.com/done?bucket=bucket&key=up/x&etag=%225d41402abc4b2a76b9719d911017c592%22"
                ),
                (
                    "http://example.com/done?a=1",
                    "http://example.com/done?a=1&bucket=bucket&key=up/x&etag=%225d41402abc4b2a76b9719d911017c592%22"
                ),
                ("javascript:alert(1)", "http://s3.example.com/bucket/up/x"),
            ] {
                var form = Form()
                form.fields = Self.signedV2(
                    [("key", "up/x"), ("success_action_redirect", target)], gateway.alice)
                let answer = await Self.send(gateway, form)
                #expect(answer.status == (target.hasPrefix("http") ? 303 : 204))
                #expect(answer["location"] == location)
            }
        }
    }

    private static func post(
        _ gateway: GatewayHarness, _ fields: [(String, String)]
    ) async -> Received {
        var form = Form()
        form.fields = signedV2([("key", "up/x")] + fields, gateway.alice)
        return await send(gateway, form)
    }

    @Test(
        "no field becomes header lines of the writer's choosing",
        arguments: [
            ("x-amz-meta-a", "1\r\nset-cookie: b"), ("x-amz-meta-a: b", "1"), ("Content-Type", "text/html\nx: y"),
            ("x-amz-website-redirect-location", "/a\r\nx: y"),
        ])
    func headerLines(_ name: String, _ value: String) async throws {
        try await GatewayHarness.run { gateway in
            #expect(await Self.post(gateway, [(name, value)]).code == "InvalidArgument")
        }
    }

    @Test("tags, checksums and refusals of the fields are those of a PUT")
    func fields() async throws {
        try await GatewayHarness.run { gateway in
            let tagged = await Self.post(
                gateway,
                [
                    ("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>")
                ])
            #expect(tagged.status == 204, "\(tagged.text)")
            #expect(await gateway.send(.get, "/bucket/up/x?tagging").all("Key") == ["a"])
            let right = Base64.encode(Digest.sha256(Array("hello".utf8)))
            #expect(await Self.post(gateway, [("x-amz-checksum-sha256", right)])["x-amz-checksum-sha256"] == right)
            #expect(await Self.post(gateway, [("x-amz-checksum-xxhash3", "lVXoVVxi3P0=")]).status == 204)
            #expect(await Self.post(gateway, [("x-amz-checksum-xxhash3", "AAAAAAAAAAA=")]).code == "BadDigest")
            let wrong = Base64.encode(Digest.sha256(Array("other".utf8)))
            #expect(await Self.post(gateway, [("x-amz-checksum-sha256", wrong)]).code == "BadDigest")
            #expect(await Self.post(gateway, [("x-amz-write-offset-bytes", "1")]).status == 501)
            #expect(await Self.post(gateway, [("acl", "public-read")]).code == "AccessControlListNotSupported")
            #expect(await Self.post(gateway, [("acl", "bucket-owner-full-control")]).status == 204)
        }
    }

    @Test(
        "sizes outside of the policy's range are refused",
        arguments: [
            (1, "EntityTooSmall"), (2, nil), (1000, nil), (1001, "EntityTooLarge"),
        ] as [(Int, String?)])
    func sizes(_ count: Int, _ code: String?) async throws {
        try await GatewayHarness.run { gateway in
            var form = Form()
            form.fields = Self.signedV2([("key", "up/x")], gateway.alice)
            form.content = [UInt8](repeating: 120, count: count)
            #expect(await Self.send(gateway, form).code == code)
            #expect(await gateway.send(.head, "/bucket/up/x").status == (code == nil ? 200 : 404))
        }
    }

    @Test("a form that proves nothing stores nothing")
    func refused() async throws {
        try await GatewayHarness.run { gateway in
            var right = Form()
            right.fields = Self.signedV2([("key", "up/x")], gateway.alice)
            var unsigned = right
            unsigned.fields = [("key", "up/x")]
            #expect(await Self.send(gateway, unsigned).code == "AccessDenied")
            var elsewhere = right
            elsewhere.fields[0].1 = "down/x"
            #expect(await Self.send(gateway, elsewhere).status == 403)
            var unlisted = right
            unlisted.fields.append(("color", "red"))
            #expect(await Self.send(gateway, unlisted).status == 403)
            var forged = right
            forged.fields[3].1 = "AAAA"
            #expect(await Self.send(gateway, forged).status == 403)
            var keyless = right
            keyless.fields.removeFirst()
            #expect(await Self.send(gateway, keyless).status == 400)
            var fileless = right
            fileless.hasFile = false
            #expect(await Self.send(gateway, fileless).code == "InvalidArgument")
            var expired = right
            expired.fields = Self.signedV2(
                [("key", "up/x")], gateway.alice, policy: Self.policy(Self.conditions, expires: -60))
            #expect(await Self.send(gateway, expired).status == 403)
            var bobs = right
            bobs.fields = Self.signedV2([("key", "up/x")], gateway.bob)
            #expect(await Self.send(gateway, bobs).code == "AccessDenied")
            #expect(await gateway.send(.head, "/bucket/up/x").status == 404)
            var ignored = right
            ignored.fields.append(("x-ignore-color", "red"))
            #expect(await Self.send(gateway, ignored).status == 204)
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
            var sent = Sent(
                method: .post, path: "/missing", headers: [("content-type", "multipart/form-data; boundary=XyZ")])
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

    @Test("a form locks what it uploads, where the policy allows it and the bucket has locks")
    func locks() async throws {
        try await GatewayHarness.run { gateway in
            let fields = [
                ("key", "up/locked"), ("x-amz-object-lock-mode", "COMPLIANCE"),
                ("x-amz-object-lock-retain-until-date", "2099-01-01T00:00:00Z"),
                ("x-amz-object-lock-legal-hold", "ON"),
            ]
            var form = Form()
            form.fields = Self.signedV2(fields, gateway.alice)
            #expect(await Self.send(gateway, form).code == "InvalidRequest")
            #expect(await gateway.send(.head, "/bucket/up/locked").status == 404)
            let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            _ = await gateway.send(.put, "/bucket?versioning", text: enabled)
            let locks =
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
            _ = await gateway.send(.put, "/bucket?object-lock", text: locks)
            let made = await Self.send(gateway, form)
            #expect(made.status == 204)
            let head = await gateway.send(.head, "/bucket/up/locked")
            #expect(head["x-amz-object-lock-mode"] == "COMPLIANCE")
            #expect(head["x-amz-object-lock-legal-hold"] == "ON")
            let version = try #require(made["x-amz-version-id"])
            #expect(await gateway.send(.delete, "/bucket/up/locked?versionId=\(version)").code == "AccessDenied")
            form.fields = Self.signedV2(fields, gateway.alice, policy: Self.policy(Self.conditions))
            #expect(await Self.send(gateway, form).code == "AccessDenied", "the policy does not name the locks")
        }
    }
}
