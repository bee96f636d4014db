// Why this file exists: metadata without bytes: GetObjectAttributes and the tags of objects.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct AttributesAndTagsTests {
    @Test("all attributes of an object in one piece")
    func attributes() async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket/key", text: "hello")
            let answer = await gateway.send(
                .get, "/bucket/key?attributes",
                ["x-amz-object-attributes": "ETag,Checksum, ObjectParts,StorageClass,ObjectSize"])
            let checksum = try #require(put["x-amz-checksum-crc64nvme"])
            #expect(
                answer.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetObjectAttributesResponse "
                    + "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>5d41402abc4b2a76b9719d911017c592</ETag>"
                    + "<Checksum><ChecksumCRC64NVME>\(checksum)</ChecksumCRC64NVME>"
                    + "<ChecksumType>FULL_OBJECT</ChecksumType></Checksum><StorageClass>STANDARD</StorageClass>"
                    + "<ObjectSize>5</ObjectSize></GetObjectAttributesResponse>")
            #expect(answer["last-modified"] != nil)
            let one = await gateway.send(.get, "/bucket/key?attributes", ["x-amz-object-attributes": "ObjectSize"])
            #expect(one.xml("ObjectSize") == "5")
            #expect(one.xml("ETag") == nil)
            #expect(await gateway.send(.get, "/bucket/key?attributes").code == "InvalidArgument")
            let odd = await gateway.send(.get, "/bucket/key?attributes", ["x-amz-object-attributes": "Color"])
            #expect(odd.code == "InvalidArgument")
            let missing = await gateway.send(
                .get, "/bucket/missing?attributes", ["x-amz-object-attributes": "ETag"])
            #expect(missing.code == "NoSuchKey")
        }
    }

    private static func tagging(_ tags: KeyValuePairs<String, String>) -> String {
        "<Tagging><TagSet>" + tags.map { "<Tag><Key>\($0.key)</Key><Value>\($0.value)</Value></Tag>" }.joined()
            + "</TagSet></Tagging>"
    }

    @Test("tags are set, told, counted and taken away")
    func tags() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            #expect(
                await gateway.send(.get, "/bucket/key?tagging").text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    + "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet></TagSet></Tagging>")
            let set = await gateway.send(.put, "/bucket/key?tagging", text: Self.tagging(["b": "", "a": "1"]))
            #expect(set.status == 200)
            let got = await gateway.send(.get, "/bucket/key?tagging")
            #expect(got.all("Key") == ["a", "b"])
            #expect(got.all("Value") == ["1", ""])
            #expect(await gateway.send(.head, "/bucket/key")["x-amz-tagging-count"] == "2")
            #expect(await gateway.send(.delete, "/bucket/key?tagging").status == 204)
            #expect(await gateway.send(.get, "/bucket/key?tagging").all("Key") == [])
            #expect(await gateway.send(.get, "/bucket/missing?tagging").code == "NoSuchKey")
            #expect(
                await gateway.send(.put, "/bucket/missing?tagging", text: Self.tagging(["a": "1"])).code
                    == "NoSuchKey")
        }
    }

    @Test("ten tags fit, with the longest names and values")
    func tagsFit() throws {
        let key = String(repeating: "k", count: 127)
        let tags = (0..<10).map { NameValue(key + String($0), String(repeating: "ü", count: 256)) }
        try Tags.check(tags)
    }

    @Test(
        "tags beyond the limits are refused",
        arguments: [
            (0..<11).map { NameValue("k\($0)", "") }, [NameValue("", "v")],
            [NameValue(String(repeating: "k", count: 129), "")], [NameValue("k", String(repeating: "v", count: 257))],
            [NameValue("k", "1"), NameValue("k", "2")], [NameValue("aws:k", "1")], [NameValue("k", "a\u{1}")],
            [NameValue("k{}", "")],
        ])
    func tagsRefused(_ tags: [NameValue]) {
        let error = #expect(throws: S3Error.self) { try Tags.check(tags) }
        #expect(error?.code == .invalidTag)
    }

    @Test(
        "malformed tagging documents are refused",
        arguments: [
            "<Tagging/>", "<Tags/>", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
            "<Tagging><TagSet><Label/></TagSet></Tagging>", "<Tagging>",
        ])
    func malformed(_ document: String) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            #expect(await gateway.send(.put, "/bucket/key?tagging", text: document).code == "MalformedXML")
        }
    }
}
