// Why this file exists: annotations over the wire, as the reference describes them.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("Annotation operations") struct AnnotationOperationTests {
    @Test("put, get, list and delete")
    func life() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "object")
            let put = await gateway.send(.put, "/bucket/key?annotation&annotationName=ml.label", text: "{\"cat\":1}")
            #expect(put.status == 200 && put.xml("AnnotationName") == "ml.label" && put.xml("Key") == "key")
            let got = await gateway.send(
                .get, "/bucket/key?annotation&annotationName=ml.label", ["x-amz-checksum-mode": "ENABLED"])
            #expect(got.text == "{\"cat\":1}" && got["etag"] == put["etag"])
            #expect(got["x-amz-checksum-crc64nvme"] != nil)
            _ = await gateway.send(.put, "/bucket/key?annotation&annotationName=ml.size", text: "1")
            let first = await gateway.send(.get, "/bucket/key?annotation&annotation-prefix=ml&max-annotation-results=1")
            #expect(first.all("AnnotationName") == ["ml.label"] && first.xml("Size") == "9")
            let token = try #require(first.xml("NextContinuationToken"))
            let second = await gateway.send(
                .get, "/bucket/key?annotation&continuation-token=\(token.replacing("=", with: "%3D"))")
            #expect(second.all("AnnotationName") == ["ml.size"] && second.xml("NextContinuationToken") == nil)
            #expect(await gateway.send(.delete, "/bucket/key?annotation&annotationName=ml.label").status == 204)
            #expect(
                await gateway.send(.get, "/bucket/key?annotation&annotationName=ml.label").code == "NoSuchAnnotation")
            #expect(await gateway.send(.get, "/bucket/key").text == "object")
        }
    }

    @Test(
        "what is refused, with the reference's codes",
        arguments: [
            ("annotationName=", "x", 400, "InvalidAnnotationName"),
            ("annotationName=a%20b", "x", 400, "InvalidAnnotationName"),
            ("annotationName=AWS.x", "x", 400, "InvalidAnnotationName"),
            ("annotationName=s3x", "x", 400, "InvalidAnnotationName"),
            ("annotationName=\(String(repeating: "n", count: 513))", "x", 400, "AnnotationNameTooLong"),
            ("annotationName=n", "", 400, "InvalidRequest"),
        ])
    func refused(query: String, text: String, status: Int, code: String) async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "object")
            let answer = await gateway.send(.put, "/bucket/key?annotation&\(query)", text: text)
            #expect(answer.status == status && answer.code == code, "\(answer.text)")
            #expect(await gateway.send(.get, "/bucket/key?annotation").all("AnnotationName").isEmpty)
        }
    }

    @Test("a copy takes annotations along unless it is told not to, and an ETag may be asked for")
    func copies() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "object")
            let path = "/bucket/key?annotation&annotationName=n"
            #expect(await gateway.send(.put, path, ["x-amz-object-if-match": "\"0\""], text: "t").status == 412)
            let etag = try #require(await gateway.send(.head, "/bucket/key")["etag"])
            #expect(await gateway.send(.put, path, ["x-amz-object-if-match": etag], text: "t").status == 200)
            let source: KeyValuePairs = ["x-amz-copy-source": "/bucket/key"]
            #expect(await gateway.send(.put, "/bucket/with", source).status == 200)
            #expect(await gateway.send(.get, "/bucket/with?annotation&annotationName=n").text == "t")
            let without: KeyValuePairs = [
                "x-amz-copy-source": "/bucket/key", "x-amz-object-annotation-directive": "EXCLUDE",
            ]
            #expect(await gateway.send(.put, "/bucket/without", without).status == 200)
            #expect(
                await gateway.send(.get, "/bucket/without?annotation&annotationName=n").code == "NoSuchAnnotation")
        }
    }
}
