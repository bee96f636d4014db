// Why this file exists: setting, telling and removing the policy of a bucket, over the gateway.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct BucketPolicyTests {
    // With white space that nobody needs, and that comes back.
    private static let open =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\n"
        + "  \"Resource\":\"arn:aws:s3:::bucket/*\"}]}  \n"

    @Test("a policy is given back byte for byte, and is gone after its deletion")
    func life() async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.put, "/bucket?policy", text: BucketPolicyTests.open).status == 204)
            let read = await gateway.send(.get, "/bucket?policy")
            #expect(read.status == 200)
            #expect(read["content-type"] == "application/json")
            #expect(read.text == BucketPolicyTests.open)
            #expect(await gateway.send(.delete, "/bucket?policy").status == 204)
            #expect(await gateway.send(.get, "/bucket?policy").code == "NoSuchBucketPolicy")
        }
    }

    @Test("a policy that is no policy is refused with words, and the one before stays")
    func malformed() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket?policy", text: BucketPolicyTests.open)
            for (text, message) in [
                ("", "Policies must be valid JSON and the first byte must be '{'"),
                ("{}", "Missing required field Statement"),
                (BucketPolicyTests.open.replacing("bucket/*", with: "other/*"), "Policy has invalid resource"),
            ] {
                let answer = await gateway.send(.put, "/bucket?policy", text: text)
                #expect(answer.status == 400)
                #expect(answer.code == "MalformedPolicy")
                #expect(answer.xml("Message") == message)
            }
            let long =
                BucketPolicyTests.open + String(repeating: " ", count: PolicyDocument.bucketPolicyBytesMax)
            #expect(await gateway.send(.put, "/bucket?policy", text: long).code == "MalformedPolicy")
            #expect(await gateway.send(.get, "/bucket?policy").text == BucketPolicyTests.open)
        }
    }

    @Test("whether a bucket is public is told with and without a policy")
    func status() async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.get, "/bucket?policyStatus").xml("IsPublic") == "false")
            _ = await gateway.send(.put, "/bucket?policy", text: BucketPolicyTests.open)
            #expect(await gateway.send(.get, "/bucket?policyStatus").xml("IsPublic") == "true")
            _ = await gateway.send(
                .put, "/bucket?policy",
                text: BucketPolicyTests.open.replacing("\"*\"", with: "{\"AWS\":\"111122223333\"}"))
            #expect(await gateway.send(.get, "/bucket?policyStatus").xml("IsPublic") == "false")
        }
    }

    @Test("the owner is bound by a policy only after agreeing to that very text")
    func consent() async throws {
        try await GatewayHarness.run { gateway in
            let bucket = try gateway.store.bucket("bucket")
            let text = BucketPolicyTests.open
            _ = await gateway.send(.put, "/bucket?policy", text: text)
            #expect(gateway.service.policy(of: bucket)?.ownerKeepsPolicy == true)
            _ = await gateway.send(
                .put, "/bucket?policy", ["x-amz-confirm-remove-self-bucket-access": "true"], text: text)
            #expect(gateway.service.policy(of: bucket)?.ownerKeepsPolicy == false)
            // As after a crash between the two settings: the consent is about another text.
            try await gateway.store.setBucketSetting("policy", to: Array((text + " ").utf8), of: bucket)
            #expect(gateway.service.policy(of: bucket)?.ownerKeepsPolicy == true)
            _ = await gateway.send(.put, "/bucket?policy", text: text)
            #expect(gateway.service.policy(of: bucket)?.ownerKeepsPolicy == true)
        }
    }

    @Test("a stored policy that cannot be read denies everything and can be replaced")
    func unreadable() async throws {
        try await GatewayHarness.run { gateway in
            let bucket = try gateway.store.bucket("bucket")
            try await gateway.store.setBucketSetting("policy", to: Array("{damaged".utf8), of: bucket)
            let policy = try #require(gateway.service.policy(of: bucket))
            let set = PolicySet(resource: policy.document)
            #expect(set.verdict(on: question(Subjects.ownerRoot)) == .explicitDeny)
            #expect(await gateway.send(.get, "/bucket?policy").text == "{damaged")
            #expect(
                await gateway.send(.put, "/bucket?policy", text: BucketPolicyTests.open).status == 204)
            #expect(gateway.service.policy(of: bucket)?.document.isPublic == true)
        }
    }
}
