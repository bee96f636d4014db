// Why this file exists: uploads in parts from beginning to end, and all that may go wrong between.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct MultipartTests {
    private static let partSize = 5 << 20

    private static func bytes(_ count: Int, seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 >> 3) ^ UInt8(truncatingIfNeeded: $0 &* 7) &+ seed }
    }

    private static func begin(
        _ gateway: GatewayHarness, _ headers: KeyValuePairs<String, String> = [:], key: String = "key"
    ) async throws -> String {
        let answer = await gateway.send(.post, "/bucket/\(key)?uploads", headers, body: [])
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(answer.xml("UploadId"))
    }

    private static func document(_ parts: [(Int, String)], _ extra: [String] = []) -> String {
        "<CompleteMultipartUpload>"
            + parts.enumerated().map { position, part in
                "<Part><PartNumber>\(part.0)</PartNumber><ETag>\(part.1)</ETag>"
                    + (extra.isEmpty ? "" : extra[position]) + "</Part>"
            }.joined() + "</CompleteMultipartUpload>"
    }

    @Test(
        "a part that is read alone tells its own checksum and the type of the object's",
        arguments: [("SHA256", DigestAlgorithm.sha256, "COMPOSITE"), ("CRC32C", .crc32c, "FULL_OBJECT")])
    func checksumOfPart(_ name: String, _ algorithm: DigestAlgorithm, _ kind: String) async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(
                gateway, ["x-amz-checksum-algorithm": name, "x-amz-checksum-type": kind])
            let pieces = [Self.bytes(Self.partSize, seed: 1), Self.bytes(1000, seed: 2)]
            var parts: [(Int, String)] = []
            for (index, bytes) in pieces.enumerated() {
                let target = "/bucket/key?partNumber=\(index + 1)&uploadId=\(id)"
                parts.append((index + 1, try #require(await gateway.send(.put, target, body: bytes)["etag"])))
            }
            #expect(
                await gateway.send(.post, "/bucket/key?uploadId=\(id)", text: Self.document(parts)).status == 200)
            let header = "x-amz-checksum-\(name.lowercased())"
            for (index, bytes) in pieces.enumerated() {
                let hasher = DigestHasher(algorithm)
                hasher.update(bytes)
                let value = Base64.encode(hasher.finalize())
                for method in [HTTPMethod.get, .head] {
                    let target = "/bucket/key?partNumber=\(index + 1)"
                    let part = await gateway.send(method, target, ["x-amz-checksum-mode": "ENABLED"])
                    #expect(part.status == 206)
                    #expect(part[header] == value)
                    #expect(part["x-amz-checksum-type"] == kind)
                    #expect(await gateway.send(method, target)[header] == nil)
                }
            }
        }
    }

    @Test("parts with gaps in their numbers become an object, which is read whole, by range and by part")
    func wholeWay() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(
                gateway, ["content-type": "text/plain", "x-amz-meta-color": "blue", "x-amz-tagging": "a=1"])
            let pieces = [(3, Self.bytes(Self.partSize, seed: 1)), (7, Self.bytes(1000, seed: 2))]
            var parts: [(Int, String)] = []
            for (number, bytes) in pieces {
                let answer = await gateway.send(.put, "/bucket/key?partNumber=\(number)&uploadId=\(id)", body: bytes)
                #expect(answer.status == 200)
                parts.append((number, try #require(answer["etag"])))
            }
            #expect(await gateway.send(.get, "/bucket/key").code == "NoSuchKey")
            let listed = await gateway.send(.get, "/bucket/key?uploadId=\(id)")
            #expect(listed.all("PartNumber") == ["3", "7"])
            #expect(listed.all("Size") == ["5242880", "1000"])
            #expect(listed.xml("DisplayName") == "alice")
            let page = await gateway.send(.get, "/bucket/key?uploadId=\(id)&max-parts=1")
            #expect(page.xml("IsTruncated") == "true")
            #expect(page.xml("NextPartNumberMarker") == "3")
            #expect(
                await gateway.send(.get, "/bucket/key?uploadId=\(id)&part-number-marker=3").all("PartNumber") == ["7"])
            let done = await gateway.send(.post, "/bucket/key?uploadId=\(id)", text: Self.document(parts))
            #expect(done.status == 200, "\(done.text)")
            let etag = try #require(done.xml("ETag"))
            #expect(etag.hasSuffix("-2&quot;"))
            #expect(done.xml("Location") == "http://s3.example.com/bucket/key")
            #expect(done.xml("Bucket") == "bucket")
            #expect(done.xml("Key") == "key")
            // A completion that is sent again answers as the first did.
            let again = await gateway.send(.post, "/bucket/key?uploadId=\(id)", text: Self.document(parts))
            #expect(again.status == 200)
            #expect(again.xml("ETag") == etag)
            let got = await gateway.send(.get, "/bucket/key")
            #expect(got.body == pieces[0].1 + pieces[1].1)
            #expect(got["content-type"] == "text/plain")
            #expect(got["x-amz-meta-color"] == "blue")
            #expect(got["x-amz-tagging-count"] == "1")
            let range = await gateway.send(.get, "/bucket/key", ["range": "bytes=5242870-5242889"])
            #expect(range.body == Array((pieces[0].1 + pieces[1].1)[5_242_870...5_242_889]))
            let part = await gateway.send(.get, "/bucket/key?partNumber=7")
            #expect(part.status == 206)
            #expect(part.body == pieces[1].1)
            #expect(part["x-amz-mp-parts-count"] == "2")
            #expect(part["content-range"] == "bytes 5242880-5243879/5243880")
            #expect(await gateway.send(.head, "/bucket/key?partNumber=3").announcedLength == 5_242_880)
            #expect(await gateway.send(.get, "/bucket/key?partNumber=1").code == "InvalidPartNumber")
            let attributes = await gateway.send(
                .get, "/bucket/key?attributes", ["x-amz-object-attributes": "ObjectParts", "x-amz-max-parts": "1"])
            #expect(attributes.xml("PartsCount") == "2")
            #expect(attributes.all("PartNumber") == ["3"])
            #expect(attributes.xml("NextPartNumberMarker") == "3")
            #expect(attributes.xml("IsTruncated") == "true")
            let rest = await gateway.send(
                .get, "/bucket/key?attributes",
                ["x-amz-object-attributes": "ObjectParts", "x-amz-part-number-marker": "3"])
            #expect(rest.all("PartNumber") == ["7"])
            #expect(rest.xml("IsTruncated") == "false")
        }
    }

    @Test("a part that is sent again takes the place of the first, and an upload of one empty part is an empty object")
    func small() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(gateway)
            _ = await gateway.send(.put, "/bucket/key?partNumber=1&uploadId=\(id)", text: "first")
            let etag = try #require(
                await gateway.send(.put, "/bucket/key?partNumber=1&uploadId=\(id)", text: "")["etag"])
            let done = await gateway.send(.post, "/bucket/key?uploadId=\(id)", text: Self.document([(1, etag)]))
            #expect(done.status == 200)
            let head = await gateway.send(.head, "/bucket/key")
            #expect(head.announcedLength == 0)
            #expect(head["etag"]?.hasSuffix("-1\"") == true)
        }
    }

    @Test(
        "composite and full-object checksums are formed, told and verified",
        arguments: [
            ("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC32C", "COMPOSITE"), ("CRC32C", "FULL_OBJECT"),
            ("CRC64NVME", "FULL_OBJECT"), ("SHA1", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("SHA512", "COMPOSITE"),
            ("MD5", "COMPOSITE"), ("XXHASH64", "COMPOSITE"), ("XXHASH3", "COMPOSITE"), ("XXHASH128", "COMPOSITE"),
        ])
    func checksums(_ name: String, _ type: String) async throws {
        let algorithm = try #require(DigestAlgorithm.allCases.first { $0.s3Name == name })
        func digest(_ bytes: [UInt8]) -> [UInt8] {
            let hasher = DigestHasher(algorithm)
            hasher.update(bytes)
            return hasher.finalize()
        }
        let header = "x-amz-checksum-\(name.lowercased())"
        try await GatewayHarness.run { gateway in
            let begun = await gateway.send(
                .post, "/bucket/key?uploads",
                ["x-amz-checksum-algorithm": name, "x-amz-checksum-type": type], body: [])
            #expect(begun["x-amz-checksum-algorithm"] == name)
            #expect(begun["x-amz-checksum-type"] == type)
            let id = try #require(begun.xml("UploadId"))
            let pieces = [Self.bytes(Self.partSize, seed: 3), Self.bytes(77, seed: 4)]
            var parts: [(Int, String)] = []
            var extra: [String] = []
            for (index, bytes) in pieces.enumerated() {
                let value = Base64.encode(digest(bytes))
                // The first part brings its checksum, the second has it computed.
                let answer = await gateway.send(
                    .put, "/bucket/key?partNumber=\(index + 1)&uploadId=\(id)", index == 0 ? [header: value] : [:],
                    body: bytes)
                #expect(answer[header] == value)
                parts.append((index + 1, try #require(answer["etag"])))
                extra.append("<Checksum\(name)>\(value)</Checksum\(name)>")
            }
            let expected =
                type == "COMPOSITE"
                ? Base64.encode(digest(digest(pieces[0]) + digest(pieces[1]))) + "-2"
                : Base64.encode(digest(pieces[0] + pieces[1]))
            let swapped = await gateway.send(
                .post, "/bucket/key?uploadId=\(id)", text: Self.document(parts, [extra[1], extra[0]]))
            #expect(swapped.code == "InvalidPart")
            let wrong = await gateway.send(
                .post, "/bucket/key?uploadId=\(id)",
                [header: Base64.encode(digest([1])), "x-amz-checksum-type": type], text: Self.document(parts, extra))
            #expect(wrong.code == "BadDigest", "\(wrong.text)")
            let size = await gateway.send(
                .post, "/bucket/key?uploadId=\(id)", ["x-amz-mp-object-size": "5"], text: Self.document(parts, extra))
            #expect(size.status == 400)
            let other = type == "COMPOSITE" ? "FULL_OBJECT" : "COMPOSITE"
            let kind = await gateway.send(
                .post, "/bucket/key?uploadId=\(id)", ["x-amz-checksum-type": other], text: Self.document(parts, extra))
            #expect(kind.code == "InvalidRequest")
            let done = await gateway.send(
                .post, "/bucket/key?uploadId=\(id)",
                [header: expected, "x-amz-mp-object-size": String(Self.partSize + 77)],
                text: Self.document(parts, extra))
            #expect(done.status == 200, "\(done.text)")
            #expect(done.xml("Checksum\(name)") == expected)
            #expect(done.xml("ChecksumType") == type)
            let head = await gateway.send(.head, "/bucket/key", ["x-amz-checksum-mode": "ENABLED"])
            #expect(head[header] == expected)
            #expect(head["x-amz-checksum-type"] == type)
            let part = await gateway.send(
                .get, "/bucket/key?partNumber=2", ["x-amz-checksum-mode": "ENABLED"])
            #expect(part[header] == Base64.encode(digest(pieces[1])))
            #expect(part["x-amz-checksum-type"] == type)
        }
    }

    @Test(
        "types that an algorithm cannot have are refused",
        arguments: [
            ("SHA256", "FULL_OBJECT"), ("SHA1", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE"), (nil, "COMPOSITE"),
            ("MD5", "FULL_OBJECT"), ("SHA512", "FULL_OBJECT"), ("XXHASH3", "FULL_OBJECT"),
        ] as [(String?, String)])
    func types(_ algorithm: String?, _ type: String) async throws {
        try await GatewayHarness.run { gateway in
            var sent = Sent(
                method: .post, path: "/bucket/key", query: [("uploads", nil)],
                headers: [("x-amz-checksum-type", type)], body: [], key: gateway.alice)
            if let algorithm { sent.headers.append(("x-amz-checksum-algorithm", algorithm)) }
            #expect(await gateway.exchange(sent).code == "InvalidRequest")
        }
    }

    @Test("a part with another checksum than the upload's is refused")
    func checksumMismatch() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(gateway, ["x-amz-checksum-algorithm": "SHA256"])
            let answer = await gateway.send(
                .put, "/bucket/key?partNumber=1&uploadId=\(id)", ["x-amz-checksum-crc32": "AAAAAA=="], text: "")
            #expect(answer.code == "InvalidRequest")
            #expect(
                answer.xml("Message")?.contains("expected checksum Type: sha256, actual checksum Type: crc32") == true)
        }
    }

    @Test("completion refuses what does not fit")
    func refused() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(gateway)
            var etags: [String] = []
            for number in 1...2 {
                let answer = await gateway.send(
                    .put, "/bucket/key?partNumber=\(number)&uploadId=\(id)", text: "small \(number)")
                etags.append(try #require(answer["etag"]))
            }
            let target = "/bucket/key?uploadId=\(id)"
            #expect(
                await gateway.send(.post, target, text: Self.document([(1, etags[0]), (2, etags[1])])).code
                    == "EntityTooSmall")
            #expect(
                await gateway.send(.post, target, text: Self.document([(2, etags[1]), (1, etags[0])])).code
                    == "InvalidPartOrder")
            #expect(await gateway.send(.post, target, text: Self.document([(1, etags[1])])).code == "InvalidPart")
            #expect(await gateway.send(.post, target, text: Self.document([(9, etags[0])])).code == "InvalidPart")
            #expect(await gateway.send(.post, target, text: Self.document([])).code == "MalformedXML")
            #expect(await gateway.send(.post, target, text: Self.document([(0, etags[0])])).code == "MalformedXML")
            #expect(await gateway.send(.post, target, text: "").code == "MalformedXML")
            #expect(await gateway.send(.post, target, text: "<Parts/>").code == "MalformedXML")
            _ = await gateway.send(.put, "/bucket/key", text: "there")
            #expect(
                await gateway.send(.post, target, ["if-none-match": "*"], text: Self.document([(1, etags[0])])).code
                    == "PreconditionFailed")
            // Listed twice in a row, the later one counts.
            #expect(await gateway.send(.post, target, text: Self.document([(1, "old"), (1, etags[0])])).status == 200)
            #expect(await gateway.send(.get, "/bucket/key").text == "small 1")
        }
    }

    @Test("an upload that does not exist is told so by every operation")
    func noSuchUpload() async throws {
        try await GatewayHarness.run { gateway in
            let document = Self.document([(1, "\"00\"")])
            for id in ["nonsense", UploadID(12345).description] {
                let part = await gateway.send(.put, "/bucket/key?partNumber=1&uploadId=\(id)", text: "x")
                #expect(part.status == 404)
                #expect(part.code == "NoSuchUpload")
                #expect(part.xml("UploadId") == id)
                #expect(await gateway.send(.get, "/bucket/key?uploadId=\(id)").code == "NoSuchUpload")
                #expect(await gateway.send(.delete, "/bucket/key?uploadId=\(id)").code == "NoSuchUpload")
                #expect(await gateway.send(.post, "/bucket/key?uploadId=\(id)", text: document).code == "NoSuchUpload")
            }
        }
    }

    @Test("an aborted upload is gone")
    func abort() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(gateway)
            _ = await gateway.send(.put, "/bucket/key?partNumber=1&uploadId=\(id)", text: "x")
            #expect(await gateway.send(.delete, "/bucket/key?uploadId=\(id)").status == 204)
            #expect(await gateway.send(.get, "/bucket/key?uploadId=\(id)").code == "NoSuchUpload")
            #expect(await gateway.send(.get, "/bucket?uploads").all("UploadId") == [])
        }
    }

    @Test("part numbers are 1 to 10,000", arguments: ["0", "10001", "x", "-1", ""])
    func partNumbers(_ number: String) async throws {
        try await GatewayHarness.run { gateway in
            let id = try await Self.begin(gateway)
            let answer = await gateway.send(.put, "/bucket/key?partNumber=\(number)&uploadId=\(id)", text: "x")
            #expect(answer.code == "InvalidArgument")
        }
    }

    @Test("open uploads are listed by prefix, delimiter and pages")
    func uploads() async throws {
        try await GatewayHarness.run { gateway in
            var ids: [String] = []
            for key in ["a", "a", "b/1", "b/2", "c"] { ids.append(try await Self.begin(gateway, key: key)) }
            let all = await gateway.send(.get, "/bucket?uploads")
            #expect(all.all("UploadId") == ids)
            #expect(all.all("Key") == ["a", "a", "b/1", "b/2", "c"])
            #expect(all.xml("MaxUploads") == "1000")
            #expect(all.all("Initiated").count == 5)
            #expect(await gateway.send(.get, "/bucket?uploads&prefix=b").all("Key") == ["b/1", "b/2"])
            let rolled = await gateway.send(.get, "/bucket?uploads&delimiter=%2F")
            #expect(rolled.all("Key") == ["a", "a", "c"])
            #expect(rolled.text.components(of: "CommonPrefixes").compactMap { $0.xml("Prefix") } == ["b/"])
            var found: [String] = []
            var query = ""
            for _ in 0..<10 {
                let page = await gateway.send(.get, "/bucket?uploads&max-uploads=1\(query)")
                found += page.all("UploadId")
                guard page.xml("IsTruncated") == "true" else { break }
                let key = PercentCoding.encoded((page.xml("NextKeyMarker") ?? "").utf8, keepingSlash: false)
                query = "&key-marker=\(key)&upload-id-marker=\(page.xml("NextUploadIdMarker") ?? "")"
            }
            #expect(found == ids)
        }
    }

    @Test("parts are copied whole and by range")
    func copies() async throws {
        try await GatewayHarness.run { gateway in
            let source = Self.bytes(Self.partSize + 5000, seed: 9)
            _ = await gateway.send(.put, "/bucket/source", body: source)
            let id = try await Self.begin(gateway)
            var parts: [(Int, String)] = []
            let first = await gateway.send(
                .put, "/bucket/key?partNumber=1&uploadId=\(id)", ["x-amz-copy-source": "/bucket/source"], body: [])
            #expect(first.status == 200, "\(first.text)")
            parts.append((1, try #require(first.xml("ETag"))))
            let second = await gateway.send(
                .put, "/bucket/key?partNumber=2&uploadId=\(id)",
                ["x-amz-copy-source": "bucket/source", "x-amz-copy-source-range": "bytes=100-199"], body: [])
            #expect(second.xml("ETag") == "&quot;\(Hex.encode(Digest.md5(Array(source[100..<200]))))&quot;")
            parts.append((2, try #require(second.xml("ETag"))))
            let done = await gateway.send(.post, "/bucket/key?uploadId=\(id)", text: Self.document(parts))
            #expect(done.status == 200, "\(done.text)")
            #expect(await gateway.send(.get, "/bucket/key").body == source + source[100..<200])
        }
    }

    @Test(
        "ranges of a copy must be exact",
        arguments: [
            ("bytes=0-99999", "InvalidRange"), ("0-2", "InvalidArgument"), ("bytes=0", "InvalidArgument"),
            ("bytes=hello-world", "InvalidArgument"), ("bytes=0-", "InvalidArgument"), ("bytes=-3", "InvalidArgument"),
            ("bytes=0-2,3-5", "InvalidArgument"),
        ])
    func copyRanges(_ range: String, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/source", text: "hello")
            let id = try await Self.begin(gateway)
            let answer = await gateway.send(
                .put, "/bucket/key?partNumber=1&uploadId=\(id)",
                ["x-amz-copy-source": "bucket/source", "x-amz-copy-source-range": range], body: [])
            #expect(answer.code == code)
        }
    }
}
