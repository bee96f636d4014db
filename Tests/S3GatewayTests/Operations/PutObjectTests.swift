// Why this file exists: what a PUT keeps, computes, verifies and refuses.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct PutObjectTests {
    private static let hello = Array("hello".utf8)
    private static let helloMD5 = "5d41402abc4b2a76b9719d911017c592"

    @Test("the answer has the quoted MD5 and a CRC64NVME by default")
    func answer() async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket/key", text: "hello")
            #expect(put.status == 200)
            #expect(put["etag"] == "\"\(Self.helloMD5)\"")
            let hasher = DigestHasher(.crc64nvme)
            hasher.update(Self.hello)
            #expect(put["x-amz-checksum-crc64nvme"] == Base64.encode(hasher.finalize()))
            #expect(put["x-amz-checksum-type"] == "FULL_OBJECT")
            #expect(put["x-amz-version-id"] == nil)
            #expect(put.body.isEmpty)
        }
    }

    @Test("headers, metadata and class come back as they were sent")
    func attributes() async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(
                .put, "/bucket/key",
                [
                    "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache",
                    "content-disposition": "attachment; filename=\"a b\"", "content-language": "de",
                    "content-encoding": "gzip, aws-chunked", "expires": "whenever",
                    "x-amz-meta-Color": "blue", "x-amz-meta-note": "Grüße", "x-amz-storage-class": "STANDARD_IA",
                    "x-amz-website-redirect-location": "/elsewhere", "x-amz-tagging": "a=1&b=two%20words",
                ], text: "hello")
            #expect(put.status == 200, "\(put.text)")
            let got = await gateway.send(.get, "/bucket/key")
            #expect(got["content-type"] == "text/plain; charset=utf-8")
            #expect(got["cache-control"] == "no-cache")
            #expect(got["content-disposition"] == "attachment; filename=\"a b\"")
            #expect(got["content-language"] == "de")
            #expect(got["content-encoding"] == "gzip")
            #expect(got["expires"] == "whenever")
            #expect(got["x-amz-meta-color"] == "blue")
            #expect(got["x-amz-meta-note"] == "Grüße")
            #expect(got["x-amz-storage-class"] == "STANDARD_IA")
            #expect(got["x-amz-website-redirect-location"] == "/elsewhere")
            #expect(got["x-amz-tagging-count"] == "2")
        }
    }

    @Test("aws-chunked alone leaves no encoding, and no type is binary/octet-stream")
    func defaults() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", ["content-encoding": "aws-chunked"], text: "")
            let got = await gateway.send(.get, "/bucket/key")
            #expect(got["content-encoding"] == nil)
            #expect(got["content-type"] == "binary/octet-stream")
            #expect(got["x-amz-storage-class"] == nil)
        }
    }

    @Test("a checksum that is named is computed, one that is given is verified", arguments: DigestAlgorithm.allCases)
    func checksums(_ algorithm: DigestAlgorithm) async throws {
        let hasher = DigestHasher(algorithm)
        hasher.update(Self.hello)
        let value = Base64.encode(hasher.finalize())
        let header = "x-amz-checksum-\(algorithm.s3Name.lowercased())"
        try await GatewayHarness.run { gateway in
            let named = await gateway.send(
                .put, "/bucket/named", ["x-amz-sdk-checksum-algorithm": algorithm.s3Name], text: "hello")
            #expect(named[header] == value)
            let given = await gateway.send(.put, "/bucket/given", [header: value], text: "hello")
            #expect(given.status == 200)
            #expect(given[header] == value)
            #expect(given["x-amz-checksum-crc64nvme"] == (algorithm == .crc64nvme ? value : nil))
            let other = DigestHasher(algorithm)
            other.update(Array("other".utf8))
            let wrong = await gateway.send(
                .put, "/bucket/wrong", [header: Base64.encode(other.finalize())], text: "hello")
            #expect(wrong.code == "BadDigest")
            #expect(await gateway.send(.head, "/bucket/wrong").status == 404)
            #expect(await gateway.send(.put, "/bucket/wrong", [header: "AAA="], text: "hello").code == "InvalidRequest")
            let head = await gateway.send(.head, "/bucket/given", ["x-amz-checksum-mode": "enabled"])
            #expect(head[header] == value)
            #expect(head["x-amz-checksum-type"] == "FULL_OBJECT")
            #expect(await gateway.send(.head, "/bucket/given")[header] == nil)
        }
    }

    @Test(
        "what contradicts itself or is not served is refused before anything is stored",
        arguments: [
            ("x-amz-checksum-algorithm", "XXHASH32", 400), ("x-amz-checksum-algorithm", "ROT13", 400),
            ("x-amz-checksum-md5", "AAAAAAAAAAAAAAAAAAAAAA==", 400), ("x-amz-checksum-xxhash3", "AAAAAAAAAAA=", 400),
            ("x-amz-object-lock-mode", "GOVERNANCE", 400),
            ("x-amz-object-lock-legal-hold", "ON", 400), ("x-amz-write-offset-bytes", "3", 501),
            ("x-amz-storage-class", "OUTPOSTS", 501), ("x-amz-storage-class", "GOLD", 400),
            ("x-amz-grant-read", "id=1", 400), ("x-amz-acl", "private", 400), ("x-amz-acl", "public-read", 400),
            ("x-amz-tagging", "a=1&a=2", 400),
            ("x-amz-website-redirect-location", "elsewhere", 400),
            ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 501),
            ("content-md5", "bm90IG1kNQ==", 400),
        ])
    func refused(_ header: String, _ value: String, _ status: Int) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.put, "/bucket/key", [header: value], text: "hello")
            #expect(answer.status == status, "\(answer.text)")
            if status == 501 { #expect(answer.text.contains("<Header>")) }
            #expect(await gateway.send(.head, "/bucket/key").status == 404)
        }
    }

    @Test(
        "headers that change nothing pass",
        arguments: [
            ("x-amz-acl", "bucket-owner-full-control"), ("x-amz-request-payer", "requester"),
            ("x-amz-te", "append-md5"),
            ("x-amz-storage-class", "STANDARD"), ("x-amz-bypass-governance-retention", "true"),
        ])
    func harmless(_ header: String, _ value: String) async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket/key", [header: value], text: "hello").status == 200)
        }
    }

    @Test("metadata beyond 2 KB is refused")
    func metadataLimit() async throws {
        try await GatewayHarness.run { gateway in
            let fits = String(repeating: "x", count: 2048 - 4)
            #expect(await gateway.send(.put, "/bucket/key", ["x-amz-meta-name": fits], text: "").status == 200)
            let answer = await gateway.send(.put, "/bucket/key", ["x-amz-meta-name": fits + "x"], text: "")
            #expect(answer.code == "MetadataTooLarge")
            #expect(answer.xml("MaxSizeAllowed") == "2048")
        }
    }

    @Test("a length above 5 GiB is refused before a byte is read")
    func tooLarge() async throws {
        try await GatewayHarness.run { gateway in
            let sent = Sent(
                method: .put, path: "/bucket/key",
                headers: [("content-length", "5368709121"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
                key: gateway.alice)
            let (head, _) = GatewayHarness.head(of: sent)
            let body = PiecewiseBody([1, 2, 3], announcedLength: 5_368_709_121)
            let handled = await gateway.service.respond(to: head, body: body)
            let answer = await GatewayHarness.received(handled.response)
            #expect(answer.code == "EntityTooLarge")
            #expect(!body.wasRead)
        }
    }

    @Test("a body without a length is 411, chunked or not, and a short one is incomplete")
    func lengths() async throws {
        try await GatewayHarness.run { gateway in
            let none = await gateway.send(.put, "/bucket/key")
            #expect(none.status == 411)
            #expect(none.code == "MissingContentLength")
            let chunked = await gateway.send(
                .put, "/bucket/key",
                ["transfer-encoding": "chunked", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"], text: "hello")
            #expect(chunked.code == "MissingContentLength")
            var sent = Sent(
                method: .put, path: "/bucket/short",
                headers: [("content-length", "6"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], key: gateway.alice)
            sent.body = nil
            let (head, _) = GatewayHarness.head(of: sent)
            let handled = await gateway.service.respond(
                to: head, body: PiecewiseBody(Self.hello, announcedLength: 6))
            let short = await GatewayHarness.received(handled.response)
            #expect(short.code == "IncompleteBody")
            #expect(handled.response.closesConnection)
            #expect(await gateway.send(.head, "/bucket/short").status == 404)
        }
    }

    @Test("a body in odd pieces is stored whole", arguments: [1, 7, 1000, 65_536])
    func pieces(_ size: Int) async throws {
        try await GatewayHarness.run { gateway in
            let bytes = (0..<3 * 70_001).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }.prefix(size * 5000)
            var sent = Sent(method: .put, path: "/bucket/key", key: gateway.alice)
            sent.body = Array(bytes)
            #expect(await gateway.exchange(sent, pieceLength: size).status == 200)
            #expect(await gateway.send(.get, "/bucket/key").body == Array(bytes))
        }
    }

    @Test("If-None-Match: * creates once; If-Match replaces only what it names")
    func conditions() async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket/key", ["if-match": Self.helloMD5], text: "a").code == "NoSuchKey")
            #expect(await gateway.send(.put, "/bucket/key", ["if-none-match": "*"], text: "hello").status == 200)
            let again = await gateway.send(.put, "/bucket/key", ["if-none-match": "*"], text: "again")
            #expect(again.status == 412)
            #expect(again.code == "PreconditionFailed")
            #expect(again.xml("Condition") == "If-None-Match")
            let wrong = await gateway.send(.put, "/bucket/key", ["if-match": "\"00\""], text: "again")
            #expect(wrong.code == "PreconditionFailed")
            #expect(wrong.xml("Condition") == "If-Match")
            let right = await gateway.send(.put, "/bucket/key", ["if-match": "\"\(Self.helloMD5)\""], text: "again")
            #expect(right.status == 200)
            let same = await gateway.send(
                .put, "/bucket/key", ["if-none-match": right["etag"] ?? ""], text: "more")
            #expect(same.code == "PreconditionFailed")
            #expect(await gateway.send(.get, "/bucket/key").text == "again")
        }
    }

    @Test("of many that create the same key at once, one succeeds")
    func race() async throws {
        try await GatewayHarness.run { gateway in
            let statuses = await withTaskGroup(of: Int.self) { group in
                let service = gateway.service
                for number in 0..<16 {
                    let bytes = Array("\(number)".utf8)
                    let sent = Sent(
                        method: .put, path: "/bucket/key", headers: [("if-none-match", "*")], body: bytes,
                        key: gateway.alice)
                    let (head, length) = GatewayHarness.head(of: sent)
                    group.addTask {
                        let body = PiecewiseBody(bytes, announcedLength: length)
                        return await service.respond(to: head, body: body).response.status
                    }
                }
                return await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
            #expect(statuses.allSatisfy { $0 == 200 || $0 == 412 || $0 == 409 })
        }
    }

    @Test(
        "keys of every kind are their own objects",
        arguments: [
            "a b", "a!", "a+b", "a-b", "a//b", "a\\b", "./a", "../a", "a/../b", "a%2Fb", "%", "dir/", "\u{1}", "😀",
            "ключ",
            String(repeating: "x", count: 1024), "a?b=c&d", "a#b", "//", "/",
        ])
    func keys(_ key: String) async throws {
        try await GatewayHarness.run { gateway in
            var put = Sent(method: .put, path: "/bucket/\(key)", key: gateway.alice)
            put.body = Array(key.utf8)
            #expect(await gateway.exchange(put).status == 200)
            let got = await gateway.exchange(Sent(method: .get, path: "/bucket/\(key)", key: gateway.alice))
            #expect(got.text == key)
            #expect(
                await gateway.send(.get, "/bucket?encoding-type=url").all("Key")
                    == [PercentCoding.encoded(key.utf8, keepingSlash: true)])
        }
    }

    @Test("a key beyond 1,024 bytes is too long")
    func longKey() async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.put, "/bucket/" + String(repeating: "x", count: 1025), text: "")
            #expect(answer.code == "KeyTooLongError")
        }
    }

    @Test("nobody else and nobody at all may write")
    func access() async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket/key", body: [], key: gateway.bob).code == "AccessDenied")
            #expect(await gateway.send(.put, "/bucket/key", body: [], signed: false).code == "AccessDenied")
            #expect(await gateway.send(.put, "/missing/key", text: "").code == "NoSuchBucket")
        }
    }

    @Test("a version is told while versioning is enabled; suspended, only reads tell null")
    func versions() async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket/key", text: "0")["x-amz-version-id"] == nil)
            #expect(await gateway.send(.get, "/bucket/key")["x-amz-version-id"] == nil)
            for (state, isTold) in [("Enabled", true), ("Suspended", false)] {
                _ = await gateway.send(
                    .put, "/bucket?versioning",
                    text: "<VersioningConfiguration><Status>\(state)</Status></VersioningConfiguration>")
                let put = await gateway.send(.put, "/bucket/key", text: state)
                #expect((put["x-amz-version-id"] != nil) == isTold)
                let got = await gateway.send(.get, "/bucket/key")
                #expect(got["x-amz-version-id"] == (isTold ? put["x-amz-version-id"] : "null"))
            }
            #expect(await gateway.send(.get, "/bucket/key?versionId=null").text == "Suspended")
            #expect(await gateway.send(.get, "/bucket?versions").all("VersionId").count == 2)
        }
    }

    @Test("a part number without an upload is refused")
    func strayPart() async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket/key?partNumber=1", text: "x").code == "InvalidArgument")
        }
    }
}
