// Why this file exists: lifecycle documents: every form is given back as it came, AWS's refusals, and what requests are
// told of an expiry to come. What rules do is tested beside the engine.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct LifecycleConfigurationTests {
    private static func document(_ rules: String...) -> String {
        "<LifecycleConfiguration>" + rules.map { "<Rule>\($0)</Rule>" }.joined() + "</LifecycleConfiguration>"
    }

    private static let on = "<Status>Enabled</Status>"
    private static let days = "<Expiration><Days>1</Days></Expiration>"

    @Test(
        "a rule is given back in the form in which it came",
        arguments: [
            "<ID>a</ID><Prefix>p/</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>",
            "<ID>a</ID><Filter></Filter><Status>Disabled</Status><Expiration><Date>2030-01-01T00:00:00.000Z</Date>"
                + "</Expiration>",
            "<ID>a</ID><Filter><Prefix>p/</Prefix></Filter><Status>Enabled</Status><Expiration>"
                + "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
            "<ID>a</ID><Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>"
                + "<ObjectSizeGreaterThan>1</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And>"
                + "</Filter><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays>"
                + "<NewerNoncurrentVersions>5</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
            "<ID>a</ID><Filter><Tag><Key>k</Key><Value></Value></Tag></Filter><Status>Enabled</Status>"
                + "<Expiration><Days>3</Days></Expiration>",
            "<ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload>"
                + "<DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
        ])
    func roundTrip(_ rule: String) async throws {
        try await GatewayHarness.run { gateway in
            let put = await gateway.send(.put, "/bucket?lifecycle", text: Self.document(rule))
            #expect(put.status == 200, "\(put.text)")
            #expect(put["x-amz-transition-default-minimum-object-size"] == "all_storage_classes_128K")
            let got = await gateway.send(.get, "/bucket?lifecycle")
            #expect(got.text.contains("<Rule>\(rule)</Rule>"), "\(got.text)")
            #expect(await gateway.send(.delete, "/bucket?lifecycle").status == 204)
            #expect(await gateway.send(.get, "/bucket?lifecycle").code == "NoSuchLifecycleConfiguration")
        }
    }

    @Test(
        "what is refused, with AWS's codes",
        arguments: [
            ("<Prefix/>" + days, "MalformedXML"), ("<Prefix/><Status>enabled</Status>" + days, "MalformedXML"),
            (on + days, "MalformedXML"), ("<Prefix/><Filter/>" + on + days, "MalformedXML"),
            ("<Prefix/>" + on, "InvalidRequest"),
            ("<Prefix/>" + on + "<Expiration><Days>0</Days></Expiration>", "InvalidArgument"),
            ("<Prefix/>" + on + "<Expiration><Days>x</Days></Expiration>", "MalformedXML"),
            (
                "<Prefix/>" + on + "<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>",
                "MalformedXML"
            ),
            ("<Prefix/>" + on + "<Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>", "InvalidArgument"),
            ("<Prefix/>" + on + "<Expiration><Date>tomorrow</Date></Expiration>", "MalformedXML"),
            ("<ID>\(String(repeating: "a", count: 256))</ID><Prefix/>" + on + days, "InvalidArgument"),
            (
                "<Filter><Prefix>a</Prefix><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter>" + on + days,
                "MalformedXML"
            ),
            (
                "<Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>5"
                    + "</ObjectSizeLessThan></And></Filter>" + on + days, "InvalidRequest"
            ),
            (
                "<Filter><And><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag></And>"
                    + "</Filter>" + on + days, "InvalidRequest"
            ),
            (
                "<Filter><Tag><Key>a</Key><Value>1</Value></Tag></Filter>" + on
                    + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
                    + "</AbortIncompleteMultipartUpload>", "InvalidRequest"
            ),
            (
                "<Filter/>" + on + "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
                    + "<NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
                "InvalidArgument"
            ),
            (
                "<Prefix/>" + on + "<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition>",
                "InvalidArgument"
            ),
            (
                "<Prefix/>" + on + "<Transition><Days>1</Days><StorageClass>STANDARD</StorageClass></Transition>",
                "MalformedXML"
            ),
            (
                "<Prefix/>" + on + "<Transition><Days>-1</Days><StorageClass>GLACIER</StorageClass></Transition>",
                "InvalidArgument"
            ),
            (
                "<Prefix/>" + on + "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"
                    + "<Transition><Days>2</Days><StorageClass>GLACIER</StorageClass></Transition>",
                "InvalidRequest"
            ),
            (
                "<Prefix/>" + on + "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"
                    + "<Expiration><Days>1</Days></Expiration>", "InvalidArgument"
            ),
            (
                "<Prefix/>" + on + "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"
                    + "<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>", "InvalidRequest"
            ),
            (
                "<Prefix/>" + on + "<NoncurrentVersionTransition><NoncurrentDays>9</NoncurrentDays>"
                    + "<StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>"
                    + "<NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration>",
                "InvalidArgument"
            ),
            (
                "<Prefix/>" + on + "<Transition><Date>never</Date><StorageClass>GLACIER</StorageClass></Transition>",
                "MalformedXML"
            ),
        ])
    func refused(_ rule: String, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.put, "/bucket?lifecycle", text: Self.document(rule))
            #expect(answer.code == code, "\(answer.text)")
            #expect(await gateway.send(.get, "/bucket?lifecycle").code == "NoSuchLifecycleConfiguration")
        }
    }

    @Test("transitions come back as they were said")
    func transitions() async throws {
        try await GatewayHarness.run { gateway in
            let rule =
                "<ID>r</ID><Filter><Prefix>a</Prefix></Filter>" + Self.on
                + "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>"
                + "<Transition><Days>0</Days><StorageClass>GLACIER</StorageClass></Transition>"
                + "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays>"
                + "<NewerNoncurrentVersions>2</NewerNoncurrentVersions><StorageClass>DEEP_ARCHIVE</StorageClass>"
                + "</NoncurrentVersionTransition>"
            #expect(await gateway.send(.put, "/bucket?lifecycle", text: Self.document(rule)).status == 200)
            let told = await gateway.send(.get, "/bucket?lifecycle").text
            for piece in rule.replacing("<Filter>", with: "\n<Filter>").replacing("<Status>", with: "\n<Status>")
                .split(separator: "\n")
            {
                #expect(told.contains(piece), "\(piece) in \(told)")
            }
        }
    }

    @Test("two rules of one name are refused, and a rule without a name gets one")
    func names() async throws {
        try await GatewayHarness.run { gateway in
            let named = "<ID>a</ID><Prefix/>" + Self.on + Self.days
            let twice = await gateway.send(.put, "/bucket?lifecycle", text: Self.document(named, named))
            #expect(twice.code == "InvalidArgument")
            let nameless = "<Prefix/>" + Self.on + Self.days
            _ = await gateway.send(.put, "/bucket?lifecycle", text: Self.document(nameless, nameless))
            let ids = await gateway.send(.get, "/bucket?lifecycle").all("ID")
            #expect(Set(ids).count == 2)
            let odd = await gateway.send(
                .put, "/bucket?lifecycle", ["x-amz-transition-default-minimum-object-size": "small"],
                text: Self.document(named))
            #expect(odd.code == "InvalidRequest")
        }
    }

    @Test("writers and readers are told when an object will go, and by which rule")
    func header() async throws {
        try await GatewayHarness.run { gateway in
            let rule = "<ID>my rule</ID><Prefix>a/</Prefix>" + Self.on + Self.days
            _ = await gateway.send(.put, "/bucket?lifecycle", text: Self.document(rule))
            let put = await gateway.send(.put, "/bucket/a/key", text: "x")
            let told = try #require(put["x-amz-expiration"])
            #expect(told.hasPrefix("expiry-date=\"") && told.hasSuffix("00:00:00 GMT\", rule-id=\"my%20rule\""))
            for method in [HTTPMethod.get, .head] {
                #expect(await gateway.send(method, "/bucket/a/key")["x-amz-expiration"] == told)
            }
            let copy = await gateway.send(.put, "/bucket/a/copy", ["x-amz-copy-source": "/bucket/a/key"])
            #expect(copy["x-amz-expiration"] == told)
            #expect(await gateway.send(.put, "/bucket/b/key", text: "x")["x-amz-expiration"] == nil)
        }
    }
}
