// Why this file exists: deletions of one and of many, with versions, conditions and errors beside successes.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct DeletingTests {
    private static let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"

    private static func document(_ objects: String, quiet: Bool = false) -> String {
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(objects)"
            + (quiet ? "<Quiet>true</Quiet>" : "") + "</Delete>"
    }

    @Test("deleting is 204, whether the key was there or not")
    func plain() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            for _ in 0..<2 {
                let answer = await gateway.send(.delete, "/bucket/key")
                #expect(answer.status == 204)
                #expect(answer["x-amz-version-id"] == nil)
                #expect(answer["x-amz-delete-marker"] == nil)
            }
            #expect(await gateway.send(.get, "/bucket/key").code == "NoSuchKey")
            #expect(await gateway.send(.delete, "/missing/key").code == "NoSuchBucket")
        }
    }

    @Test("in a versioned bucket a marker hides the object, and deleting the marker shows it again")
    func versioned() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket?versioning", text: Self.enabled)
            let put = await gateway.send(.put, "/bucket/key", text: "x")
            let version = try #require(put["x-amz-version-id"])
            let deleted = await gateway.send(.delete, "/bucket/key")
            #expect(deleted["x-amz-delete-marker"] == "true")
            let marker = try #require(deleted["x-amz-version-id"])
            let hidden = await gateway.send(.get, "/bucket/key")
            #expect(hidden.status == 404)
            #expect(hidden.code == "NoSuchKey")
            #expect(hidden["x-amz-delete-marker"] == "true")
            #expect(hidden["x-amz-version-id"] == marker)
            let named = await gateway.send(.get, "/bucket/key?versionId=\(marker)")
            #expect(named.status == 405)
            #expect(named.code == "MethodNotAllowed")
            #expect(named["x-amz-delete-marker"] == "true")
            #expect(named["allow"] == "DELETE")
            #expect(named["last-modified"] != nil)
            #expect(await gateway.send(.head, "/bucket/key?versionId=\(marker)").status == 405)
            #expect(await gateway.send(.get, "/bucket/key?versionId=\(version)").text == "x")
            let unhidden = await gateway.send(.delete, "/bucket/key?versionId=\(marker)")
            #expect(unhidden["x-amz-delete-marker"] == "true")
            #expect(unhidden["x-amz-version-id"] == marker)
            #expect(await gateway.send(.get, "/bucket/key")["x-amz-version-id"] == version)
            let gone = await gateway.send(.delete, "/bucket/key?versionId=\(version)")
            #expect(gone["x-amz-version-id"] == version)
            #expect(gone["x-amz-delete-marker"] == nil)
            #expect(await gateway.send(.get, "/bucket/key").code == "NoSuchKey")
        }
    }

    @Test("a deletion holds its conditions")
    func conditions() async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket/key", text: "hello")
            let modified = try #require(await gateway.send(.head, "/bucket/key")["last-modified"])
            for (name, value) in [
                ("if-match", "\"00\""), ("x-amz-if-match-size", "6"),
                ("x-amz-if-match-last-modified-time", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ] {
                let answer = await gateway.send(.delete, "/bucket/key", [name: value])
                #expect(answer.code == "PreconditionFailed", "\(name)")
            }
            #expect(await gateway.send(.delete, "/bucket/key", ["x-amz-if-match-size": "x"]).code == "InvalidArgument")
            let right = await gateway.send(
                .delete, "/bucket/key",
                [
                    "if-match": put["etag"] ?? "", "x-amz-if-match-size": "5",
                    "x-amz-if-match-last-modified-time": modified,
                ])
            #expect(right.status == 204)
        }
    }

    @Test("many are deleted at once, each with its own outcome")
    func many() async throws {
        try await GatewayHarness.run { gateway in
            for key in ["a", "b", "c d"] { _ = await gateway.send(.put, "/bucket/\(key)", text: key) }
            let answer = await gateway.send(
                .post, "/bucket?delete",
                text: Self.document(
                    "<Object><Key>a</Key></Object><Object><Key>b</Key><ETag>\"00\"</ETag></Object>"
                        + "<Object><Key>c d</Key><Size>3</Size></Object><Object><Key>never</Key></Object>"
                        + "<Object><Key></Key></Object><Object><Key>a</Key><VersionId>bad</VersionId></Object>"))
            #expect(answer.status == 200)
            let deleted = answer.text.components(of: "Deleted")
            #expect(deleted.map { $0.xml("Key") } == ["a", "c d", "never"])
            let errors = answer.text.components(of: "Error")
            #expect(errors.map { $0.xml("Key") } == ["b", "", "a"])
            #expect(errors.map { $0.xml("Code") } == ["PreconditionFailed", "InvalidArgument", "NoSuchVersion"])
            #expect(await gateway.send(.get, "/bucket").all("Key") == ["b"])
        }
    }

    @Test("quiet tells of errors only, and markers are named in a versioned bucket")
    func quiet() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/a", text: "x")
            let quiet = await gateway.send(
                .post, "/bucket?delete", text: Self.document("<Object><Key>a</Key></Object>", quiet: true))
            #expect(
                quiet.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    + "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>")
            _ = await gateway.send(.put, "/bucket?versioning", text: Self.enabled)
            let marked = await gateway.send(
                .post, "/bucket?delete", text: Self.document("<Object><Key>a</Key></Object>"))
            #expect(marked.xml("DeleteMarker") == "true")
            let marker = try #require(marked.xml("DeleteMarkerVersionId"))
            let unmarked = await gateway.send(
                .post, "/bucket?delete",
                text: Self.document("<Object><Key>a</Key><VersionId>\(marker)</VersionId></Object>"))
            #expect(unmarked.xml("VersionId") == marker)
            #expect(unmarked.xml("DeleteMarker") == "true")
            #expect(unmarked.xml("DeleteMarkerVersionId") == marker)
        }
    }

    @Test("keys with control characters and entities are named exactly")
    func oddKeys() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.exchange(
                Sent(method: .put, path: "/bucket/a&\u{1}<b>", body: [1], key: gateway.alice))
            let answer = await gateway.send(
                .post, "/bucket?delete", text: Self.document("<Object><Key>a&amp;&#x1;&lt;b&gt;</Key></Object>"))
            #expect(answer.xml("Key") == "a&amp;&#x1;&lt;b&gt;")
            #expect(await gateway.send(.get, "/bucket").all("Key") == [])
        }
    }

    @Test("no keys, more than 1,000 keys and malformed documents are refused", arguments: [0, 1000, 1001])
    func limits(_ count: Int) async throws {
        try await GatewayHarness.run { gateway in
            let objects = (0..<count).map { "<Object><Key>\($0)</Key></Object>" }.joined()
            let answer = await gateway.send(.post, "/bucket?delete", text: Self.document(objects))
            #expect(answer.code == (count == 1000 ? nil : "MalformedXML"))
            #expect(answer.all("Deleted").count == (count == 1000 ? 1000 : 0))
        }
    }

    @Test("a list without any digest is refused, and deletes nothing")
    func noDigest() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/a", text: "x")
            let text = Self.document("<Object><Key>a</Key></Object>")
            // The harness adds a digest only to the plain form of the target.
            let answer = await gateway.send(.post, "/bucket?delete=", text: text)
            #expect(answer.code == "InvalidRequest")
            #expect(await gateway.send(.get, "/bucket/a").status == 200)
        }
    }

    @Test("a digest that does not fit the document is refused")
    func digest() async throws {
        try await GatewayHarness.run { gateway in
            let text = Self.document("<Object><Key>a</Key></Object>")
            let wrong = await gateway.send(
                .post, "/bucket?delete", ["content-md5": Base64.encode(Digest.md5(Array("x".utf8)))], text: text)
            #expect(wrong.code == "BadDigest")
            let right = await gateway.send(
                .post, "/bucket?delete", ["content-md5": Base64.encode(Digest.md5(Array(text.utf8)))], text: text)
            #expect(right.status == 200)
            #expect(await gateway.send(.post, "/bucket?delete", text: "").code == "MissingRequestBodyError")
        }
    }
}

extension String {
    /// The contents of all elements of this name.
    func components(of name: String) -> [String] {
        split(separator: "<\(name)>", omittingEmptySubsequences: false).dropFirst().map { rest in
            String(rest.split(separator: "</\(name)>", omittingEmptySubsequences: false)[0])
        }
    }

    /// The content of the first element of this name.
    func xml(_ name: String) -> String? { components(of: name).first }
}
