// Why this file exists: reads: ranges, conditions, parts, overrides and what is not there.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct GetObjectTests {
    private static func withObject(_ work: (GatewayHarness, Received) async throws -> Void) async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket/key", ["content-type": "text/plain"], text: "testcontent")
            try await work(gateway, put)
        }
    }

    @Test(
        "a range is 206 with Content-Range, also when it is the whole object",
        arguments: [
            ("bytes=4-7", "cont", "bytes 4-7/11"), ("bytes=4-", "content", "bytes 4-10/11"),
            ("bytes=-7", "content", "bytes 4-10/11"), ("bytes=0-", "testcontent", "bytes 0-10/11"),
            ("bytes=0-10", "testcontent", "bytes 0-10/11"), ("bytes=0-9999", "testcontent", "bytes 0-10/11"),
        ])
    func range(_ range: String, _ text: String, _ contentRange: String) async throws {
        try await Self.withObject { gateway, put in
            let got = await gateway.send(
                .get, "/bucket/key", ["range": range, "x-amz-checksum-mode": "ENABLED"])
            #expect(got.status == 206)
            #expect(got.text == text)
            #expect(got["content-range"] == contentRange)
            #expect(got["accept-ranges"] == "bytes")
            #expect(got["etag"] == put["etag"])
            // No checksum: the client would compare it with the part that it got.
            #expect(!got.headers.contains { $0.name.hasPrefix("x-amz-checksum") })
            let head = await gateway.send(.head, "/bucket/key", ["range": range])
            #expect(head.status == 206)
            #expect(head["content-range"] == contentRange)
            #expect(head.announcedLength == Int64(text.utf8.count))
        }
    }

    @Test(
        "several ranges, or none that can be read, give the whole object",
        arguments: [
            "bytes=0-1,3-4", "bytes=4-2", "items=0-1",
        ])
    func wholeObject(_ range: String) async throws {
        try await Self.withObject { gateway, _ in
            let got = await gateway.send(.get, "/bucket/key", ["range": range])
            #expect(got.status == 200)
            #expect(got.text == "testcontent")
            #expect(got["content-range"] == nil)
        }
    }

    @Test("a range beyond the end is 416, and on an empty object is refused with bytes */0")
    func unsatisfiable() async throws {
        try await Self.withObject { gateway, _ in
            let beyond = await gateway.send(.get, "/bucket/key", ["range": "bytes=40-50"])
            #expect(beyond.status == 416)
            #expect(beyond.code == "InvalidRange")
            #expect(beyond["content-range"] == "bytes */11")
            #expect(beyond.xml("ActualObjectSize") == "11")
            _ = await gateway.send(.put, "/bucket/empty", text: "")
            for range in ["bytes=0-0", "bytes=-1", "bytes=0-"] {
                let empty = await gateway.send(.get, "/bucket/empty", ["range": range])
                #expect(empty.status == 416)
                #expect(empty["content-range"] == "bytes */0")
            }
            let whole = await gateway.send(.get, "/bucket/empty")
            #expect(whole.status == 200)
            #expect(whole.body.isEmpty)
        }
    }

    // See the table of combinations at https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    @Test(
        "conditions are decided in the order of RFC 9110",
        arguments: [
            (["if-match": "same"], 200), (["if-match": "other"], 412), (["if-match": "*"], 200),
            (["if-none-match": "same"], 304), (["if-none-match": "other"], 200), (["if-none-match": "*"], 304),
            (["if-modified-since": "past"], 200), (["if-modified-since": "future"], 304),
            (["if-unmodified-since": "past"], 412), (["if-unmodified-since": "future"], 200),
            (["if-match": "same", "if-unmodified-since": "past"], 200),
            (["if-match": "other", "if-unmodified-since": "future"], 412),
            (["if-none-match": "same", "if-modified-since": "past"], 304),
            (["if-none-match": "other", "if-modified-since": "future"], 200),
            (["if-match": "same", "if-none-match": "same"], 304),
            (["if-match": "other", "if-none-match": "same"], 412),
            (["if-modified-since": "no date"], 200), (["if-unmodified-since": "no date"], 200),
        ] as [([String: String], Int)])
    func conditions(_ conditions: [String: String], _ status: Int) async throws {
        try await Self.withObject { gateway, put in
            var sent = Sent(method: .get, path: "/bucket/key", key: gateway.alice)
            for (name, value) in conditions {
                let text =
                    switch value {
                    case "same": put["etag"] ?? ""
                    case "other": "\"0123\""
                    case "past": "Sat, 29 Oct 1994 19:43:31 GMT"
                    case "future": "Fri, 29 Oct 2100 19:43:31 GMT"
                    default: value
                    }
                sent.headers.append((name, text))
            }
            let got = await gateway.exchange(sent)
            #expect(got.status == status)
            sent.method = .head
            #expect(await gateway.exchange(sent).status == status)
            if status == 304 {
                #expect(got["etag"] == put["etag"])
                #expect(got["last-modified"] != nil)
                #expect(got.body.isEmpty)
                #expect(got["content-type"] == nil)
            }
            if status == 412 { #expect(got.code == "PreconditionFailed") }
        }
    }

    @Test("If-Range keeps the range only for the object that is known")
    func ifRange() async throws {
        try await Self.withObject { gateway, put in
            let same = await gateway.send(
                .get, "/bucket/key", ["range": "bytes=0-3", "if-range": put["etag"] ?? ""])
            #expect(same.status == 206)
            let other = await gateway.send(.get, "/bucket/key", ["range": "bytes=0-3", "if-range": "\"x\""])
            #expect(other.status == 200)
            let modified = try #require(same["last-modified"])
            let date = await gateway.send(.get, "/bucket/key", ["range": "bytes=0-3", "if-range": modified])
            #expect(date.status == 206)
        }
    }

    @Test("a signed request may override headers, an anonymous one may not")
    func overrides() async throws {
        try await Self.withObject { gateway, _ in
            let got = await gateway.send(
                .get,
                "/bucket/key?response-content-type=image%2Fpng&response-cache-control=no-store"
                    + "&response-content-disposition=attachment&response-content-encoding=br"
                    + "&response-content-language=fr&response-expires=never")
            #expect(got["content-type"] == "image/png")
            #expect(got["cache-control"] == "no-store")
            #expect(got["content-disposition"] == "attachment")
            #expect(got["content-encoding"] == "br")
            #expect(got["content-language"] == "fr")
            #expect(got["expires"] == "never")
        }
    }

    @Test("HEAD says what GET says, with the length and no body")
    func head() async throws {
        try await Self.withObject { gateway, _ in
            let got = await gateway.send(.get, "/bucket/key")
            let head = await gateway.send(.head, "/bucket/key")
            #expect(head.announcedLength == 11)
            #expect(head.body.isEmpty)
            let volatile: Set<String> = ["x-amz-request-id"]
            #expect(
                head.headers.filter { !volatile.contains($0.name) }.map { "\($0.name): \($0.value)" }
                    == got.headers.filter { !volatile.contains($0.name) }.map { "\($0.name): \($0.value)" })
        }
    }

    @Test("a directory is an ordinary key")
    func directories() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/dir/", text: "")
            _ = await gateway.send(.put, "/bucket/dir/x", text: "1")
            #expect(await gateway.send(.head, "/bucket/dir").status == 404)
            #expect(await gateway.send(.head, "/bucket/dir/").status == 200)
            _ = await gateway.send(.put, "/bucket/full/", text: "content")
            #expect(await gateway.send(.get, "/bucket/full/").text == "content")
        }
    }

    @Test("what is not there has its own code")
    func missing() async throws {
        try await GatewayHarness.run { gateway in
            let key = await gateway.send(.get, "/bucket/missing")
            #expect(key.status == 404)
            #expect(key.code == "NoSuchKey")
            #expect(key.xml("Key") == "missing")
            #expect(key.xml("RequestId") == key["x-amz-request-id"])
            let bucket = await gateway.send(.get, "/missing/key")
            #expect(bucket.code == "NoSuchBucket")
            let version = await gateway.send(.get, "/bucket/missing?versionId=\(VersionID.index(7))")
            #expect(version.code == "NoSuchVersion")
            #expect(await gateway.send(.get, "/bucket/missing?versionId=bad").code == "InvalidArgument")
            #expect(await gateway.send(.get, "/bucket/missing?versionId=").code == "InvalidArgument")
            let head = await gateway.send(.head, "/bucket/missing")
            #expect(head.status == 404)
            #expect(head.body.isEmpty)
        }
    }

    @Test("an object in one piece is its own first part")
    func partNumber() async throws {
        try await Self.withObject { gateway, _ in
            let first = await gateway.send(.get, "/bucket/key?partNumber=1")
            #expect(first.status == 200)
            #expect(first.text == "testcontent")
            #expect(first["x-amz-mp-parts-count"] == nil)
            let second = await gateway.send(.get, "/bucket/key?partNumber=2")
            #expect(second.status == 416)
            #expect(second.code == "InvalidPartNumber")
            #expect(await gateway.send(.get, "/bucket/key?partNumber=0").code == "InvalidArgument")
            #expect(await gateway.send(.get, "/bucket/key?partNumber=10001").code == "InvalidArgument")
            let both = await gateway.send(.get, "/bucket/key?partNumber=1", ["range": "bytes=0-1"])
            #expect(both.code == "InvalidRequest")
        }
    }

    @Test("a large object is got back whole and in ranges across chunks")
    func large() async throws {
        try await GatewayHarness.run { gateway in
            var state: UInt64 = 42
            let bytes = (0..<3_000_000).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            #expect(await gateway.send(.put, "/bucket/key", body: bytes).status == 200)
            #expect(await gateway.send(.get, "/bucket/key").body == bytes)
            for range in [0..<1, 999_999..<1_000_001, 100..<2_999_999, 2_999_999..<3_000_000] {
                let got = await gateway.send(
                    .get, "/bucket/key", ["range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
                #expect(got.body == Array(bytes[range]))
            }
        }
    }
}
