// Why this file exists: locks over the wire: every way in by which a version can be locked, every way by which
// somebody might try to get rid of it, and the exact codes that clients match on.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct ObjectLockTests {
    private static let future = "2099-01-01T00:00:00.000Z"
    private static let later = "2099-01-02T00:00:00.000Z"
    private static let sooner = "2098-01-01T00:00:00.000Z"

    private static func retention(_ mode: String, _ until: String) -> String {
        "<Retention><Mode>\(mode)</Mode><RetainUntilDate>\(until)</RetainUntilDate></Retention>"
    }

    private static func configuration(_ inner: String) -> String {
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>\(inner)</ObjectLockConfiguration>"
    }

    private static func rule(_ inner: String) -> String {
        configuration("<Rule><DefaultRetention>\(inner)</DefaultRetention></Rule>")
    }

    private static let lock: KeyValuePairs = [
        "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": future,
        "x-amz-object-lock-legal-hold": "ON",
    ]

    /// Runs `work` with a bucket `locked` beside.
    private static func run(_ work: (GatewayHarness) async throws -> Void) async throws {
        try await GatewayHarness.run { gateway in
            let made = await gateway.send(.put, "/locked", ["x-amz-bucket-object-lock-enabled": "true"])
            #expect(made.status == 200)
            try await work(gateway)
        }
    }

    @Test("a bucket made with locks keeps versions, says so, and cannot stop")
    func bucket() async throws {
        try await Self.run { gateway in
            #expect(await gateway.send(.get, "/locked?versioning").xml("Status") == "Enabled")
            #expect(await gateway.send(.get, "/locked?object-lock").xml("ObjectLockEnabled") == "Enabled")
            let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
            #expect(await gateway.send(.put, "/locked?versioning", text: suspended).code == "InvalidBucketState")
            #expect(await gateway.send(.get, "/bucket?object-lock").code == "ObjectLockConfigurationNotFoundError")
            let again = await gateway.send(.put, "/bucket", ["x-amz-bucket-object-lock-enabled": "true"])
            #expect(again.code == "BucketAlreadyOwnedByYou")
            let odd = await gateway.send(.put, "/other", ["x-amz-bucket-object-lock-enabled": "maybe"])
            #expect(odd.code == "InvalidArgument")
        }
    }

    @Test("the default retention is set, told, given to objects and removed")
    func defaults() async throws {
        try await Self.run { gateway in
            let document = Self.rule("<Mode>GOVERNANCE</Mode><Days>2</Days>")
            #expect(await gateway.send(.put, "/locked?object-lock", text: document).status == 200)
            let told = await gateway.send(.get, "/locked?object-lock")
            #expect(told.xml("Mode") == "GOVERNANCE")
            #expect(told.xml("Days") == "2")
            _ = await gateway.send(.put, "/locked/key", text: "x")
            #expect(await gateway.send(.head, "/locked/key")["x-amz-object-lock-mode"] == "GOVERNANCE")
            #expect(await gateway.send(.put, "/locked?object-lock", text: Self.configuration("")).status == 200)
            _ = await gateway.send(.put, "/locked/key", text: "x")
            #expect(await gateway.send(.head, "/locked/key")["x-amz-object-lock-mode"] == nil)
        }
    }

    @Test(
        "what a configuration gets wrong",
        arguments: [
            ("<Mode>GOVERNANCE</Mode><Days>0</Days>", "InvalidRetentionPeriod"),
            ("<Mode>GOVERNANCE</Mode><Years>-1</Years>", "InvalidRetentionPeriod"),
            ("<Mode>GOVERNANCE</Mode><Years>101</Years>", "InvalidRetentionPeriod"),
            ("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>", "MalformedXML"),
            ("<Mode>governance</Mode><Days>1</Days>", "MalformedXML"), ("<Mode>GOVERNANCE</Mode>", "MalformedXML"),
            ("<Days>1</Days>", "MalformedXML"), ("<Mode>GOVERNANCE</Mode><Days>many</Days>", "MalformedXML"),
        ])
    func wrongConfiguration(_ inner: String, _ code: String) async throws {
        try await Self.run { gateway in
            #expect(await gateway.send(.put, "/locked?object-lock", text: Self.rule(inner)).code == code)
        }
    }

    @Test("locks can be switched on later, for a bucket that keeps versions")
    func later() async throws {
        try await Self.run { gateway in
            let document = Self.configuration("")
            #expect(await gateway.send(.put, "/bucket?object-lock", text: document).code == "InvalidBucketState")
            let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            _ = await gateway.send(.put, "/bucket?versioning", text: enabled)
            #expect(await gateway.send(.put, "/bucket?object-lock", text: document).status == 200)
            #expect(await gateway.send(.put, "/bucket/key", Self.lock, text: "x").status == 200)
            #expect(
                await gateway.send(.put, "/locked?object-lock", text: "<ObjectLockConfiguration/>").code
                    == "MalformedXML")
        }
    }

    @Test("PUT, COPY and multipart lock what they write, and GET and HEAD tell")
    func writing() async throws {
        try await Self.run { gateway in
            #expect(await gateway.send(.put, "/locked/put", Self.lock, text: "x").status == 200)
            var copy = Array(Self.lock.map { ($0.key, $0.value) })
            copy.append(("x-amz-copy-source", "/locked/put"))
            var sent = Sent(method: .put, path: "/locked/copy", key: gateway.alice)
            sent.headers = copy
            #expect(await gateway.exchange(sent).status == 200)
            let upload = await gateway.send(.post, "/locked/parts?uploads", Self.lock)
            let id = try #require(upload.xml("UploadId"))
            let part = await gateway.send(.put, "/locked/parts?partNumber=1&uploadId=\(id)", text: "x")
            let etag = try #require(part["etag"])
            let done = await gateway.send(
                .post, "/locked/parts?uploadId=\(id)",
                text: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part>"
                    + "</CompleteMultipartUpload>")
            #expect(done.status == 200)
            for key in ["put", "copy", "parts"] {
                for method in [HTTPMethod.get, .head] {
                    let answer = await gateway.send(method, "/locked/\(key)")
                    #expect(answer["x-amz-object-lock-mode"] == "COMPLIANCE", "\(key)")
                    #expect(answer["x-amz-object-lock-retain-until-date"] == Self.future)
                    #expect(answer["x-amz-object-lock-legal-hold"] == "ON")
                }
                let version = try #require(await gateway.send(.head, "/locked/\(key)")["x-amz-version-id"])
                let target = "/locked/\(key)?versionId=\(version)"
                #expect(await gateway.send(.delete, target).code == "AccessDenied")
                #expect(await gateway.send(.put, target + "&legal-hold", text: Self.hold("OFF")).status == 200)
                let bypass = ["x-amz-bypass-governance-retention": "true"] as KeyValuePairs
                #expect(await gateway.send(.delete, target, bypass).code == "AccessDenied")
                #expect(await gateway.send(.get, target).status == 200)
            }
            // A copy does not take its source's locks along.
            #expect(await gateway.send(.put, "/locked/free", ["x-amz-copy-source": "/locked/put"]).status == 200)
            #expect(await gateway.send(.head, "/locked/free")["x-amz-object-lock-mode"] == nil)
        }
    }

    private static func hold(_ status: String) -> String { "<LegalHold><Status>\(status)</Status></LegalHold>" }

    @Test(
        "lock headers that are wrong store nothing",
        arguments: [
            (["x-amz-object-lock-mode": "COMPLIANCE"], "InvalidArgument"),
            (["x-amz-object-lock-retain-until-date": future], "InvalidArgument"),
            (
                ["x-amz-object-lock-mode": "compliance", "x-amz-object-lock-retain-until-date": future],
                "InvalidArgument"
            ),
            (
                [
                    "x-amz-object-lock-mode": "COMPLIANCE",
                    "x-amz-object-lock-retain-until-date": "2001-01-01T00:00:00Z",
                ], "InvalidArgument"
            ),
            (
                ["x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "soon"],
                "InvalidArgument"
            ),
            (["x-amz-object-lock-legal-hold": "on"], "InvalidArgument"),
        ] as [([String: String], String)])
    func wrongHeaders(_ headers: [String: String], _ code: String) async throws {
        try await Self.run { gateway in
            for (method, path, query) in [
                (HTTPMethod.put, "/locked/key", []), (.post, "/locked/key", [(name: "uploads", value: nil)]),
            ] as [(HTTPMethod, String, [(name: String, value: String?)])] {
                var sent = Sent(method: method, path: path, query: query, key: gateway.alice)
                sent.headers = headers.map { ($0.key, $0.value) }
                sent.body = []
                #expect(await gateway.exchange(sent).code == code)
            }
            #expect(await gateway.send(.head, "/locked/key").status == 404)
        }
    }

    @Test("a bucket without locks refuses them in every form")
    func without() async throws {
        try await Self.run { gateway in
            #expect(await gateway.send(.put, "/bucket/key", Self.lock, text: "x").code == "InvalidRequest")
            #expect(await gateway.send(.post, "/bucket/key?uploads", Self.lock).code == "InvalidRequest")
            #expect(await gateway.send(.head, "/bucket/key").status == 404)
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            let retention = Self.retention("GOVERNANCE", Self.future)
            for (target, text) in [("retention", retention), ("legal-hold", Self.hold("ON"))] {
                let answer = await gateway.send(.put, "/bucket/key?\(target)", text: text)
                #expect(answer.xml("Message") == "Bucket is missing Object Lock Configuration")
                #expect(await gateway.send(.get, "/bucket/key?\(target)").code == "InvalidRequest")
            }
        }
    }

    @Test("retention is told, extended, and shortened only with the bypass")
    func retention() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/locked/key", text: "x")
            #expect(await gateway.send(.get, "/locked/key?retention").code == "NoSuchObjectLockConfiguration")
            func put(_ text: String, bypass: Bool = false) async -> String? {
                await gateway.send(
                    .put, "/locked/key?retention", ["x-amz-bypass-governance-retention": "\(bypass)"], text: text
                ).code
            }
            #expect(await put(Self.retention("GOVERNANCE", Self.future)) == nil)
            #expect(await put(Self.retention("GOVERNANCE", Self.later)) == nil)
            #expect(await gateway.send(.get, "/locked/key?retention").xml("RetainUntilDate") == Self.later)
            #expect(await put(Self.retention("GOVERNANCE", Self.sooner)) == "AccessDenied")
            #expect(await put("<Retention/>") == "AccessDenied")
            #expect(await put(Self.retention("GOVERNANCE", Self.sooner), bypass: true) == nil)
            #expect(await put("<Retention/>", bypass: true) == nil)
            #expect(await put(Self.retention("COMPLIANCE", Self.future)) == nil)
            #expect(await put("<Retention/>", bypass: true) == "AccessDenied")
            #expect(await put(Self.retention("GOVERNANCE", Self.later), bypass: true) == "AccessDenied")
            #expect(await put(Self.retention("COMPLIANCE", "2001-01-01T00:00:00Z")) == "InvalidArgument")
            #expect(await put(Self.retention("STRICT", Self.later)) == "MalformedXML")
            #expect(await put("<Retention><Mode>COMPLIANCE</Mode></Retention>") == "MalformedXML")
        }
    }

    @Test("bulk deletion keeps what is locked and says so, and a plain DELETE puts a marker")
    func deletion() async throws {
        try await Self.run { gateway in
            let governed =
                ["x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": Self.future]
                as KeyValuePairs
            let version = try #require(await gateway.send(.put, "/locked/key", governed, text: "x")["x-amz-version-id"])
            let document =
                "<Delete><Object><Key>key</Key><VersionId>\(version)</VersionId></Object></Delete>"
            let refused = await gateway.send(.post, "/locked?delete", text: document)
            #expect(refused.xml("Code") == "AccessDenied")
            let marker = await gateway.send(.delete, "/locked/key")
            #expect(marker.status == 204)
            #expect(marker["x-amz-delete-marker"] == "true")
            #expect(await gateway.send(.get, "/locked/key?versionId=\(version)").status == 200)
            let bypassed = await gateway.send(
                .post, "/locked?delete", ["x-amz-bypass-governance-retention": "true"], text: document)
            #expect(bypassed.xml("VersionId") == version)
            #expect(await gateway.send(.get, "/locked/key?versionId=\(version)").code == "NoSuchVersion")
            #expect(await gateway.send(.delete, "/locked").code == "BucketNotEmpty")
        }
    }
}
