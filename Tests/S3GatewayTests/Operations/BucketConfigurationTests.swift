// Why this file exists: the small configurations of buckets: tags, payment, acceleration.
import Testing

@testable import S3Gateway

@Suite struct BucketConfigurationTests {
    private static func tagging(_ tags: [(String, String)]) -> String {
        "<Tagging><TagSet>" + tags.map { "<Tag><Key>\($0.0)</Key><Value>\($0.1)</Value></Tag>" }.joined()
            + "</TagSet></Tagging>"
    }

    @Test("tags of a bucket are set, told in order, replaced and deleted")
    func tags() async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket?tagging", text: Self.tagging([("b", "2"), ("a", "")]))
            #expect(put.status == 204)
            let got = await gateway.send(.get, "/bucket?tagging")
            #expect(got.all("Key") == ["a", "b"])
            _ = await gateway.send(.put, "/bucket?tagging", text: Self.tagging([("c", "3")]))
            #expect(await gateway.send(.get, "/bucket?tagging").all("Key") == ["c"])
            #expect(await gateway.send(.delete, "/bucket?tagging").status == 204)
            #expect(await gateway.send(.get, "/bucket?tagging").code == "NoSuchTagSet")
        }
    }

    @Test("fifty tags fit a bucket, fifty-one do not, and two of one name do not")
    func limits() async throws {
        try await GatewayHarness.run { gateway in
            let many = (0..<51).map { ("k\($0)", "v") }
            let full = await gateway.send(.put, "/bucket?tagging", text: Self.tagging(Array(many.prefix(50))))
            #expect(full.status == 204)
            #expect(await gateway.send(.put, "/bucket?tagging", text: Self.tagging(many)).code == "InvalidTag")
            let twice = Self.tagging([("a", "1"), ("a", "2")])
            #expect(await gateway.send(.put, "/bucket?tagging", text: twice).code == "InvalidTag")
            let reserved = Self.tagging([("aws:a", "1")])
            #expect(await gateway.send(.put, "/bucket?tagging", text: reserved).code == "InvalidTag")
            #expect(await gateway.send(.get, "/bucket?tagging").all("Key").count == 50)
        }
    }

    @Test("the owner pays; that the requester should is not done, so it is not acknowledged")
    func payment() async throws {
        try await GatewayHarness.run { gateway in
            func put(_ payer: String) async -> Received {
                await gateway.send(
                    .put, "/bucket?requestPayment",
                    text: "<RequestPaymentConfiguration><Payer>\(payer)</Payer></RequestPaymentConfiguration>")
            }
            #expect(await put("BucketOwner").status == 200)
            #expect(await put("Requester").code == "NotImplemented")
            #expect(await put("Nobody").code == "MalformedXML")
            #expect(await gateway.send(.get, "/bucket?requestPayment").xml("Payer") == "BucketOwner")
        }
    }

    @Test("acceleration is kept and told")
    func acceleration() async throws {
        try await GatewayHarness.run { gateway in
            func put(_ bucket: String, _ status: String) async -> Received {
                await gateway.send(
                    .put, "/\(bucket)?accelerate",
                    text: "<AccelerateConfiguration><Status>\(status)</Status></AccelerateConfiguration>")
            }
            #expect(await gateway.send(.get, "/bucket?accelerate").xml("Status") == nil)
            #expect(await put("bucket", "Enabled").status == 200)
            #expect(await gateway.send(.get, "/bucket?accelerate").xml("Status") == "Enabled")
            #expect(await put("bucket", "Suspended").status == 200)
            #expect(await gateway.send(.get, "/bucket?accelerate").xml("Status") == "Suspended")
            #expect(await put("bucket", "Fast").code == "MalformedXML")
            _ = await gateway.send(.put, "/dotted.bucket")
            #expect(await put("dotted.bucket", "Enabled").code == "InvalidRequest")
        }
    }
}
