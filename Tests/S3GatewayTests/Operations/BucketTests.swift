// Why this file exists: buckets as clients make, probe, list and delete them.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct BucketTests {
    @Test("creating tells the location, creating again succeeds in us-east-1, and another account is refused")
    func create() async throws {
        try await GatewayHarness.run { gateway in
            let made = await gateway.send(.put, "/fresh")
            #expect(made.status == 200)
            #expect(made["location"] == "/fresh")
            #expect(await gateway.send(.put, "/fresh").status == 200)
            let others = await gateway.send(.put, "/fresh", key: gateway.bob)
            #expect(others.status == 409)
            #expect(others.code == "BucketAlreadyExists")
        }
    }

    @Test("outside of us-east-1, one's own bucket is refused, and the location is told")
    func otherRegion() async throws {
        var configuration = S3Service.Configuration()
        configuration.region = "eu-west-1"
        let gateway = try await GatewayHarness(configuration: configuration)
        let document =
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + "<LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>"
        #expect(await gateway.send(.put, "/bucket", text: document).status == 200)
        let again = await gateway.send(.put, "/bucket")
        #expect(again.code == "BucketAlreadyOwnedByYou")
        #expect(again.status == 409)
        let location = await gateway.send(.get, "/bucket?location")
        #expect(
            location.text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
                + "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>")
        await gateway.close()
    }

    @Test("a store that was given no region makes buckets in the one that is asked for, and tells it")
    func anyRegion() async throws {
        var configuration = S3Service.Configuration()
        configuration.takesAnyRegion = true
        let gateway = try await GatewayHarness(configuration: configuration)
        func constraint(_ region: String) -> String {
            "<CreateBucketConfiguration><LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>"
        }
        #expect(await gateway.send(.put, "/there", text: constraint("eu-central-1")).status == 200)
        #expect(await gateway.send(.get, "/there?location").text.hasSuffix(">eu-central-1</LocationConstraint>"))
        #expect(await gateway.send(.head, "/there")["x-amz-bucket-region"] == "eu-central-1")
        for again in ["", constraint("eu-central-1"), constraint("us-east-1")] {
            #expect(await gateway.send(.put, "/there", text: again).code == "BucketAlreadyOwnedByYou")
        }
        #expect(await gateway.send(.put, "/here").status == 200)
        #expect(await gateway.send(.head, "/here")["x-amz-bucket-region"] == "us-east-1")
        for bad in ["no region", "é", String(repeating: "a", count: 65)] {
            let refused = await gateway.send(.put, "/nowhere", text: constraint(bad))
            #expect(refused.code == "IllegalLocationConstraintException")
        }
        await gateway.close()
    }

    @Test("tags of the document are the bucket's from the start, and what they may not be is refused before it is made")
    func tags() async throws {
        func document(_ tags: [(String, String)]) -> String {
            let elements = tags.map { "<Tag><Key>\($0.0)</Key><Value>\($0.1)</Value></Tag>" }.joined()
            return "<CreateBucketConfiguration><Tags>\(elements)</Tags></CreateBucketConfiguration>"
        }
        try await GatewayHarness.run { gateway in
            let some = document([("team", "x"), ("a", "")])
            #expect(await gateway.send(.put, "/tagged", text: some).status == 200)
            #expect(await gateway.send(.get, "/tagged?tagging").all("Key") == ["a", "team"])
            #expect(await gateway.send(.put, "/tagged", text: some).status == 200, "the same again")
            #expect(await gateway.send(.put, "/tagged").status == 200)
            let other = await gateway.send(.put, "/tagged", text: document([("team", "y")]))
            #expect(other.code == "BucketAlreadyOwnedByYou")
            #expect(await gateway.send(.get, "/tagged?tagging").all("Value") == ["", "x"])
            let many = (0...50).map { ("k\($0)", "v") }
            for bad in [[("a", "1"), ("a", "2")], [("aws:x", "1")], many] {
                #expect(await gateway.send(.put, "/untagged", text: document(bad)).code == "InvalidTag")
            }
            #expect(await gateway.send(.put, "/untagged", text: document([])).status == 200)
            #expect(await gateway.send(.get, "/untagged?tagging").code == "NoSuchTagSet")
        }
    }

    @Test(
        "a location elsewhere, a bad name and a bad document are refused",
        arguments: [
            (
                "/bucket2",
                "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint>"
                    + "</CreateBucketConfiguration>", "IllegalLocationConstraintException"
            ),
            ("/Bucket2", "", "InvalidBucketName"), ("/b", "", "InvalidBucketName"),
            ("/bucket2", "<CreateBucket/>", "MalformedXML"), ("/bucket2", "not xml", "MalformedXML"),
        ])
    func refused(_ path: String, _ document: String, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.put, path, text: document)
            #expect(answer.status == 400)
            #expect(answer.code == code)
        }
    }

    @Test("us-east-1 is an empty location")
    func location() async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.get, "/bucket?location")
            #expect(answer.text.hasSuffix("/2006-03-01/\"></LocationConstraint>"))
        }
    }

    @Test("HEAD tells the region, and 404 and 403 without a body")
    func head() async throws {
        try await GatewayHarness.run { gateway in
            let there = await gateway.send(.head, "/bucket")
            #expect(there.status == 200)
            #expect(there["x-amz-bucket-region"] == "us-east-1")
            let missing = await gateway.send(.head, "/missing")
            #expect(missing.status == 404)
            #expect(missing.body.isEmpty)
            #expect(await gateway.send(.head, "/bucket", key: gateway.bob).status == 403)
            #expect(await gateway.send(.head, "/bucket", signed: false).status == 403)
        }
    }

    @Test("only an empty bucket is deleted")
    func delete() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            let full = await gateway.send(.delete, "/bucket")
            #expect(full.status == 409)
            #expect(full.code == "BucketNotEmpty")
            _ = await gateway.send(.delete, "/bucket/key")
            #expect(await gateway.send(.delete, "/bucket").status == 204)
            let gone = await gateway.send(.delete, "/bucket")
            #expect(gone.code == "NoSuchBucket")
            #expect(gone.xml("BucketName") == "bucket")
        }
    }

    @Test("buckets are listed by account, in order, by pages and prefixes")
    func list() async throws {
        try await GatewayHarness.run { gateway in
            for name in ["zebra", "apple", "able"] { _ = await gateway.send(.put, "/\(name)") }
            _ = await gateway.send(.put, "/bobs-own", key: gateway.bob)
            let all = await gateway.send(.get, "/")
            #expect(all.all("Name") == ["able", "apple", "bucket", "zebra"])
            #expect(all.xml("ID") == gateway.alice.account)
            #expect(all.xml("DisplayName") == "alice")
            #expect(all.xml("ContinuationToken") == nil)
            let first = await gateway.send(.get, "/?max-buckets=3")
            #expect(first.all("Name") == ["able", "apple", "bucket"])
            let token = try #require(first.xml("ContinuationToken"))
            let second = await gateway.send(.get, "/?max-buckets=3&continuation-token=\(token)")
            #expect(second.all("Name") == ["zebra"])
            #expect(second.xml("ContinuationToken") == nil)
            let some = await gateway.send(.get, "/?prefix=a")
            #expect(some.all("Name") == ["able", "apple"])
            #expect(some.xml("Prefix") == "a")
            #expect(await gateway.send(.get, "/?bucket-region=nowhere").all("Name") == [])
            #expect(await gateway.send(.get, "/?max-buckets=0").code == "InvalidArgument")
            #expect(await gateway.send(.get, "/?continuation-token=nonsense").code == "InvalidArgument")
            #expect(await gateway.send(.get, "/", signed: false).code == "AccessDenied")
        }
    }

    @Test("versioning is never, enabled, suspended, and never never again")
    func versioning() async throws {
        try await GatewayHarness.run { gateway in
            let never = await gateway.send(.get, "/bucket?versioning")
            #expect(never.text.contains("<VersioningConfiguration"))
            #expect(never.xml("Status") == nil)
            for state in ["Enabled", "Suspended"] {
                let document = "<VersioningConfiguration><Status>\(state)</Status></VersioningConfiguration>"
                #expect(await gateway.send(.put, "/bucket?versioning", text: document).status == 200)
                #expect(await gateway.send(.get, "/bucket?versioning").xml("Status") == state)
            }
            let empty = await gateway.send(
                .put, "/bucket?versioning", text: "<VersioningConfiguration></VersioningConfiguration>")
            #expect(empty.code == "IllegalVersioningConfigurationException")
            let odd = await gateway.send(
                .put, "/bucket?versioning",
                text: "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>")
            #expect(odd.code == "MalformedXML")
            let mfa = await gateway.send(
                .put, "/bucket?versioning",
                text: "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"
                    + "</VersioningConfiguration>")
            #expect(mfa.status == 501)
        }
    }

    @Test("an owner other than the expected one is refused")
    func expectedOwner() async throws {
        try await GatewayHarness.run { gateway in
            let right = await gateway.send(
                .head, "/bucket", ["x-amz-expected-bucket-owner": gateway.alice.account])
            #expect(right.status == 200)
            let number = try #require(gateway.store.accountNumber(gateway.alice.account))
            let byNumber = await gateway.send(
                .head, "/bucket", ["x-amz-expected-bucket-owner": AccountNumber.text(number)])
            #expect(byNumber.status == 200)
            let wrong = await gateway.send(.get, "/bucket", ["x-amz-expected-bucket-owner": "123456789012"])
            #expect(wrong.status == 403)
            #expect(wrong.code == "AccessDenied")
        }
    }
}
