// Why this file exists: copies: what is kept, what is replaced, and what may not be copied.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct CopyObjectTests {
    private static func withSource(_ work: (GatewayHarness, Received) async throws -> Void) async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(
                .put, "/bucket/source",
                [
                    "content-type": "text/plain", "x-amz-meta-color": "blue", "x-amz-tagging": "a=1",
                    "x-amz-website-redirect-location": "/x", "x-amz-storage-class": "STANDARD_IA",
                ], text: "hello")
            try await work(gateway, put)
        }
    }

    @Test(
        "a copy keeps bytes, ETag, checksum, metadata and tags, but not redirect and class",
        arguments: [
            "bucket/source", "/bucket/source", "%2Fbucket%2Fsource",
        ])
    func keeps(_ source: String) async throws {
        try await Self.withSource { gateway, put in
            let copy = await gateway.send(.put, "/bucket/copy", ["x-amz-copy-source": source], body: [])
            #expect(copy.status == 200, "\(copy.text)")
            #expect(copy.xml("ETag") == put["etag"]?.replacing("\"", with: "&quot;"))
            #expect(copy.xml("ChecksumCRC64NVME") == put["x-amz-checksum-crc64nvme"])
            #expect(copy.xml("LastModified")?.hasSuffix("Z") == true)
            let got = await gateway.send(.get, "/bucket/copy")
            #expect(got.text == "hello")
            #expect(got["content-type"] == "text/plain")
            #expect(got["x-amz-meta-color"] == "blue")
            #expect(got["x-amz-tagging-count"] == "1")
            #expect(got["x-amz-website-redirect-location"] == nil)
            #expect(got["x-amz-storage-class"] == nil)
        }
    }

    @Test("REPLACE takes metadata and tags from the request")
    func replaces() async throws {
        try await Self.withSource { gateway, _ in
            let copy = await gateway.send(
                .put, "/bucket/copy",
                [
                    "x-amz-copy-source": "bucket/source", "x-amz-metadata-directive": "REPLACE",
                    "x-amz-tagging-directive": "REPLACE", "x-amz-meta-shape": "round", "content-type": "image/png",
                ], body: [])
            #expect(copy.status == 200)
            let got = await gateway.send(.get, "/bucket/copy")
            #expect(got["x-amz-meta-color"] == nil)
            #expect(got["x-amz-meta-shape"] == "round")
            #expect(got["content-type"] == "image/png")
            #expect(got["x-amz-tagging-count"] == nil)
        }
    }

    @Test("onto itself something must change")
    func ontoItself() async throws {
        try await Self.withSource { gateway, _ in
            let source = ["x-amz-copy-source": "bucket/source"] as KeyValuePairs
            let nothing = await gateway.send(.put, "/bucket/source", source, body: [])
            #expect(nothing.status == 400)
            #expect(nothing.code == "InvalidRequest")
            let replaced = await gateway.send(
                .put, "/bucket/source",
                ["x-amz-copy-source": "bucket/source", "x-amz-metadata-directive": "REPLACE", "x-amz-meta-n": "1"],
                body: [])
            #expect(replaced.status == 200)
            let classed = await gateway.send(
                .put, "/bucket/source",
                ["x-amz-copy-source": "bucket/source", "x-amz-storage-class": "ONEZONE_IA"], body: [])
            #expect(classed.status == 200)
            let got = await gateway.send(.get, "/bucket/source")
            #expect(got["x-amz-meta-n"] == "1")
            #expect(got["x-amz-storage-class"] == "ONEZONE_IA")
            #expect(got.text == "hello")
        }
    }

    @Test("another checksum is computed when it is asked for")
    func checksum() async throws {
        try await Self.withSource { gateway, _ in
            let copy = await gateway.send(
                .put, "/bucket/copy",
                ["x-amz-copy-source": "bucket/source", "x-amz-checksum-algorithm": "SHA256"], body: [])
            #expect(copy.xml("ChecksumSHA256") == Base64.encode(Digest.sha256(Array("hello".utf8))))
            #expect(copy.xml("ChecksumType") == "FULL_OBJECT")
        }
    }

    @Test(
        "conditions on the source and on the destination",
        arguments: [
            ("x-amz-copy-source-if-match", "same", 200), ("x-amz-copy-source-if-match", "\"00\"", 412),
            ("x-amz-copy-source-if-none-match", "same", 412), ("x-amz-copy-source-if-none-match", "\"00\"", 200),
            ("x-amz-copy-source-if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 200),
            ("x-amz-copy-source-if-modified-since", "Sat, 06 Nov 2100 08:49:37 GMT", 412),
            ("x-amz-copy-source-if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 412),
            ("x-amz-copy-source-if-unmodified-since", "Sat, 06 Nov 2100 08:49:37 GMT", 200),
            ("if-none-match", "*", 412), ("if-match", "\"00\"", 412),
        ])
    func conditions(_ header: String, _ value: String, _ status: Int) async throws {
        try await Self.withSource { gateway, put in
            _ = await gateway.send(.put, "/bucket/copy", text: "old")
            let copy = await gateway.send(
                .put, "/bucket/copy",
                ["x-amz-copy-source": "bucket/source", header: value == "same" ? put["etag"] ?? "" : value], body: [])
            #expect(copy.status == status, "\(copy.text)")
            #expect(await gateway.send(.get, "/bucket/copy").text == (status == 200 ? "hello" : "old"))
        }
    }

    @Test("versions are copied by id, and told")
    func versions() async throws {
        try await Self.withSource { gateway, _ in
            _ = await gateway.send(
                .put, "/bucket?versioning",
                text: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            let first = try #require(await gateway.send(.put, "/bucket/v", text: "first")["x-amz-version-id"])
            _ = await gateway.send(.put, "/bucket/v", text: "second")
            let copy = await gateway.send(
                .put, "/bucket/v", ["x-amz-copy-source": "bucket/v?versionId=\(first)"], body: [])
            #expect(copy.status == 200)
            #expect(copy["x-amz-copy-source-version-id"] == first)
            #expect(copy["x-amz-version-id"] != nil)
            #expect(await gateway.send(.get, "/bucket/v").text == "first")
            let marker = try #require(await gateway.send(.delete, "/bucket/v")["x-amz-version-id"])
            let hidden = await gateway.send(.put, "/bucket/w", ["x-amz-copy-source": "bucket/v"], body: [])
            #expect(hidden.code == "NoSuchKey")
            let named = await gateway.send(
                .put, "/bucket/w", ["x-amz-copy-source": "bucket/v?versionId=\(marker)"], body: [])
            #expect(named.code == "InvalidRequest")
        }
    }

    @Test("what cannot be read cannot be copied")
    func refused() async throws {
        try await Self.withSource { gateway, _ in
            _ = await gateway.send(.put, "/bobs-bucket", key: gateway.bob)
            let others = await gateway.send(
                .put, "/bobs-bucket/key", ["x-amz-copy-source": "bucket/source"], body: [], key: gateway.bob)
            #expect(others.code == "AccessDenied")
            let bucket = await gateway.send(.put, "/bucket/x", ["x-amz-copy-source": "missing/source"], body: [])
            #expect(bucket.code == "NoSuchBucket")
            #expect(bucket.xml("BucketName") == "missing")
            let key = await gateway.send(.put, "/bucket/x", ["x-amz-copy-source": "bucket/missing"], body: [])
            #expect(key.code == "NoSuchKey")
            #expect(key.xml("Key") == "missing")
            let directive = await gateway.send(
                .put, "/bucket/x", ["x-amz-copy-source": "bucket/source", "x-amz-metadata-directive": "MERGE"], body: []
            )
            #expect(directive.code == "InvalidArgument")
            let owner = await gateway.send(
                .put, "/bucket/x",
                ["x-amz-copy-source": "bucket/source", "x-amz-source-expected-bucket-owner": gateway.bob.account],
                body: [])
            #expect(owner.code == "AccessDenied")
        }
    }
}
