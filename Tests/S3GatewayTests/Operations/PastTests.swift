// Why this file exists: `x-cairn-as-of` and snapshots as clients meet them: reads show the state, permissions are those
// of versions, and nothing can be changed or asked that has no answer.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct PastTests {
    private static func versioned(_ gateway: GatewayHarness) async throws {
        let document =
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status>"
            + "</VersioningConfiguration>"
        let answer = await gateway.send(.put, "/bucket?versioning", text: document)
        try #require(answer.status == 200)
    }

    private static func index(_ gateway: GatewayHarness) throws -> String { String(try gateway.store.journalSize()) }

    @Test("reads, attributes, tags and listings show the state of the index")
    func reads() async throws {
        try await GatewayHarness.run { gateway in
            try await Self.versioned(gateway)
            let first = await gateway.send(.put, "/bucket/a/k", ["x-amz-tagging": "t=1"], text: "one")
            _ = await gateway.send(.put, "/bucket/b", text: "b")
            let index = try Self.index(gateway)
            _ = await gateway.send(.put, "/bucket/a/k", ["x-amz-tagging": "t=2"], text: "second")
            _ = await gateway.send(.delete, "/bucket/b")
            _ = await gateway.send(.put, "/bucket/c", text: "c")
            for header in [index, "index:\(index)"] {
                let got = await gateway.send(.get, "/bucket/a/k", ["x-cairn-as-of": header])
                #expect(got.text == "one")
                #expect(got["x-amz-version-id"] == first["x-amz-version-id"])
            }
            #expect(await gateway.send(.get, "/bucket/a/k?x-cairn-as-of=\(index)").text == "one")
            #expect(await gateway.send(.get, "/bucket/a/k").text == "second")
            #expect(await gateway.send(.head, "/bucket/a/k", ["x-cairn-as-of": index]).announcedLength == 3)
            #expect(
                await gateway.send(.get, "/bucket/a/k", ["x-cairn-as-of": index, "range": "bytes=1-"]).text == "ne")
            let attributes = await gateway.send(
                .get, "/bucket/a/k?attributes", ["x-cairn-as-of": index, "x-amz-object-attributes": "ObjectSize"])
            #expect(attributes.xml("ObjectSize") == "3")
            #expect(
                await gateway.send(.get, "/bucket/a/k?tagging", ["x-cairn-as-of": index]).all("Value") == ["1"])
            #expect(await gateway.send(.get, "/bucket", ["x-cairn-as-of": index]).all("Key") == ["a/k", "b"])
            let listed = await gateway.send(
                .get, "/bucket?list-type=2&delimiter=/", ["x-cairn-as-of": index])
            #expect(listed.all("Key") == ["b"])
            #expect(listed.all("Prefix").contains("a/"))
            #expect(await gateway.send(.get, "/bucket?versions", ["x-cairn-as-of": index]).all("Key") == ["a/k", "b"])
            #expect(await gateway.send(.get, "/bucket?versions").all("Key") == ["a/k", "a/k", "b", "b", "c"])
            #expect(await gateway.send(.get, "/bucket/c", ["x-cairn-as-of": index]).code == "NoSuchKey")
        }
    }

    @Test("a destroyed version is told as destroyed, not as never there")
    func destroyed() async throws {
        try await GatewayHarness.run { gateway in
            try await Self.versioned(gateway)
            let put = await gateway.send(.put, "/bucket/k", text: "one")
            let index = try Self.index(gateway)
            _ = await gateway.send(.delete, "/bucket/k?versionId=\(put["x-amz-version-id"] ?? "")")
            let got = await gateway.send(.get, "/bucket/k", ["x-cairn-as-of": index])
            #expect(got.status == 410 && got.code == "VersionDestroyed")
            #expect(await gateway.send(.get, "/bucket", ["x-cairn-as-of": index]).all("Key") == ["k"])
        }
    }

    @Test("what cannot be told is refused", arguments: ["0", "1", "99999", "@1", "2001-01-01T00:00:00Z", "1000000000"])
    func unknown(_ point: String) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/k", text: "one")
            #expect(await gateway.send(.get, "/bucket/k", ["x-cairn-as-of": point]).code == "InvalidArgument")
            try await Self.versioned(gateway)
            let got = await gateway.send(.get, "/bucket/k", ["x-cairn-as-of": point])
            #expect(got.status == 400 && got.code == "InvalidArgument", "\(got.text)")
        }
    }

    @Test(
        "what is no point in time is refused",
        arguments: ["", "yesterday", "-5", "1.5", "index:", "@x", "index:-1", "1,2"])
    func malformed(_ point: String) async throws {
        try await GatewayHarness.run { gateway in
            try await Self.versioned(gateway)
            #expect(await gateway.send(.get, "/bucket", ["x-cairn-as-of": point]).code == "InvalidArgument")
        }
    }

    @Test(
        "an operation that knows nothing of the past refuses the header",
        arguments: [
            (HTTPMethod.put, "/bucket/k"), (.delete, "/bucket/k"), (.get, "/bucket?versioning"), (.get, "/"),
            (.get, "/bucket?uploads"), (.post, "/bucket/k?uploads"),
        ])
    func unserved(_ method: HTTPMethod, _ target: String) async throws {
        try await GatewayHarness.run { gateway in
            try await Self.versioned(gateway)
            let index = try Self.index(gateway)
            let got = await gateway.send(method, target, ["x-cairn-as-of": index], body: method == .get ? nil : [])
            #expect(got.code == "InvalidRequest", "\(got.text)")
            #expect(try Self.index(gateway) == index)
        }
    }

    @Test("the header must be signed")
    func unsigned() async throws {
        try await GatewayHarness.run { gateway in
            try await Self.versioned(gateway)
            let index = try Self.index(gateway)
            var sent = Sent(method: .get, path: "/bucket", key: gateway.alice)
            let (head, _) = GatewayHarness.head(of: sent)
            let signed = head.fields.map { (name: head.text($0.name), value: head.text($0.value)) }
            sent.key = nil
            sent.headers = signed + [("x-cairn-as-of", index)]
            #expect(await gateway.exchange(sent).code == "AccessDenied")
        }
    }

    // MARK: Snapshots

    @Test("a snapshot is a bucket that reads as it was, in every operation that reads")
    func snapshot() async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket/a/k", ["x-amz-tagging": "t=1"], text: "one")
            _ = await gateway.send(.put, "/bucket/b", text: "b")
            _ = try await gateway.store.createSnapshot("s", of: try gateway.store.bucket("bucket"))
            _ = await gateway.send(.put, "/bucket/a/k", text: "second")
            _ = await gateway.send(.delete, "/bucket/b")
            #expect(await gateway.send(.get, "/").all("Name") == ["bucket", "bucket.s"])
            #expect(await gateway.send(.head, "/bucket.s").status == 200)
            let got = await gateway.send(.get, "/bucket.s/a/k")
            #expect(got.text == "one" && got["etag"] == put["etag"])
            #expect(await gateway.send(.get, "/bucket.s/a/k", ["range": "bytes=-1"]).text == "e")
            #expect(await gateway.send(.head, "/bucket.s/b").announcedLength == 1)
            #expect(await gateway.send(.get, "/bucket.s/a/k?tagging").all("Value") == ["1"])
            #expect(await gateway.send(.get, "/bucket.s").all("Key") == ["a/k", "b"])
            #expect(await gateway.send(.get, "/bucket.s?list-type=2&prefix=a/").all("Key") == ["a/k"])
            #expect(await gateway.send(.get, "/bucket.s?versions").all("Key") == ["a/k", "b"])
            #expect(await gateway.send(.get, "/bucket.s?uploads").status == 200)
            let copied = await gateway.send(.put, "/bucket/back", ["x-amz-copy-source": "/bucket.s/b"])
            #expect(copied.status == 200)
            #expect(await gateway.send(.get, "/bucket/back").text == "b")
            #expect(await gateway.send(.get, "/bucket.s", ["x-cairn-as-of": "5"]).code == "InvalidArgument")
            #expect(await gateway.send(.get, "/bucket.s/b", key: gateway.bob).code == "AccessDenied")
            #expect(await gateway.send(.delete, "/bucket").code == "BucketNotEmpty")
        }
    }

    @Test("annotations are those of then: through a snapshot, at a time, and in copies from either")
    func annotations() async throws {
        try await GatewayHarness.run { gateway in
            try await Self.versioned(gateway)
            _ = await gateway.send(.put, "/bucket/k", text: "one")
            _ = await gateway.send(.put, "/bucket/k?annotation&annotationName=n", text: "then")
            let index = try Self.index(gateway)
            _ = try await gateway.store.createSnapshot("s", of: try gateway.store.bucket("bucket"))
            _ = await gateway.send(.put, "/bucket/k?annotation&annotationName=n", text: "now")
            _ = await gateway.send(.put, "/bucket/k?annotation&annotationName=later", text: "x")
            let past: KeyValuePairs<String, String> = ["x-cairn-as-of": index]
            #expect(await gateway.send(.get, "/bucket/k?annotation&annotationName=n").text == "now")
            #expect(await gateway.send(.get, "/bucket/k?annotation&annotationName=n", past).text == "then")
            #expect(await gateway.send(.get, "/bucket.s/k?annotation&annotationName=n").text == "then")
            #expect(await gateway.send(.get, "/bucket/k?annotation").all("AnnotationName") == ["later", "n"])
            #expect(await gateway.send(.get, "/bucket/k?annotation", past).all("AnnotationName") == ["n"])
            #expect(await gateway.send(.get, "/bucket.s/k?annotation").all("AnnotationName") == ["n"])
            let missing = await gateway.send(.get, "/bucket.s/k?annotation&annotationName=later")
            #expect(missing.code == "NoSuchAnnotation")
            let change = await gateway.send(.put, "/bucket.s/k?annotation&annotationName=n", text: "x")
            #expect(change.code == "AccessDenied")
            _ = await gateway.send(.put, "/bucket/copy", ["x-amz-copy-source": "/bucket.s/k"])
            #expect(await gateway.send(.get, "/bucket/copy?annotation").all("AnnotationName") == ["n"])
            #expect(await gateway.send(.get, "/bucket/copy?annotation&annotationName=n").text == "then")
        }
    }

    @Test(
        "nothing is changed through a snapshot, and the refusal says why",
        arguments: [
            (HTTPMethod.put, "/bucket.s/k"), (.delete, "/bucket.s/k"), (.post, "/bucket.s/k?uploads"),
            (.put, "/bucket.s/k?tagging"), (.delete, "/bucket.s"), (.put, "/bucket.s?versioning"),
            (.post, "/bucket.s?delete"), (.put, "/bucket.s?lifecycle"),
        ])
    func readOnly(_ method: HTTPMethod, _ target: String) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/k", text: "one")
            _ = try await gateway.store.createSnapshot("s", of: try gateway.store.bucket("bucket"))
            let before = try Self.index(gateway)
            let got = await gateway.send(method, target, body: Array("x".utf8))
            #expect(got.code == "AccessDenied" && got.text.contains("snapshot"), "\(got.text)")
            #expect(try Self.index(gateway) == before)
            #expect(await gateway.send(.get, "/bucket/k").text == "one")
        }
    }

    @Test("a bucket cannot be created under a snapshot's name")
    func create() async throws {
        try await GatewayHarness.run { gateway in
            _ = try await gateway.store.createSnapshot("s", of: try gateway.store.bucket("bucket"))
            #expect(await gateway.send(.put, "/bucket.s").code == "BucketAlreadyExists")
        }
    }

    @Test("the bucket's policy decides about its snapshots as it does about the bucket")
    func policy() async throws {
        try await GatewayHarness.run { gateway in
            for key in ["open/k", "closed/k"] { _ = await gateway.send(.put, "/bucket/\(key)", text: "x") }
            _ = try await gateway.store.createSnapshot("s", of: try gateway.store.bucket("bucket"))
            let document = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
                "Resource":"arn:aws:s3:::bucket/open/*"}]}
                """
            #expect(await gateway.send(.put, "/bucket?policy", text: document).status == 204)
            for bucket in ["bucket", "bucket.s"] {
                #expect(await gateway.send(.get, "/\(bucket)/open/k", key: gateway.bob).status == 200, "\(bucket)")
                #expect(await gateway.send(.get, "/\(bucket)/closed/k", key: gateway.bob).code == "AccessDenied")
            }
            let items = Array("{\"items\":[{\"key\":\"open/k\"},{\"key\":\"closed/k\"}]}".utf8)
            let answer = await gateway.send(.post, "/bucket.s?cairn-batch", body: items, key: gateway.bob)
            #expect(try BatchReadTests.entries(of: answer.body).map { $0["status"] } == ["200", "403"])
        }
    }
}
