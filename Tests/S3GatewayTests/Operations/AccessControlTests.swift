// Why this file exists: access control lists, ownership and the public access block as clients see them.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct AccessControlTests {
    /// A service whose new buckets have lists, with a bucket of alice's.
    private static func run(
        ownership: ObjectOwnership = .objectWriter, _ work: (GatewayHarness) async throws -> Void
    ) async throws {
        var configuration = S3Service.Configuration()
        configuration.objectOwnership = ownership
        let gateway = try await GatewayHarness(configuration: configuration)
        _ = await gateway.send(.put, "/bucket")
        do {
            try await work(gateway)
        } catch {
            await gateway.close()
            throw error
        }
        await gateway.close()
    }

    /// Grants as `WHO:PERMISSION`, sorted, alice and bob by name, groups by the last part of their address.
    private static func grants(_ answer: Received, _ gateway: GatewayHarness) -> [String] {
        answer.all("Grant").map { grant in
            let part = Received(status: 200, headers: [], body: Array(grant.utf8), announcedLength: nil)
            let who =
                switch part.xml("ID") {
                case gateway.alice.account: "alice"
                case gateway.bob.account: "bob"
                default: String((part.xml("URI") ?? "?").split(separator: "/").last ?? "?")
                }
            return "\(who):\(part.xml("Permission") ?? "")"
        }.sorted()
    }

    @Test("the list of an object is S3's document")
    func document() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", ["x-amz-acl": "public-read"], text: "x")
            let list = await gateway.send(.get, "/bucket/key?acl")
            let id = gateway.alice.account
            #expect(
                list.text == """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>\(id)</ID>\
                    <DisplayName>alice</DisplayName></Owner><AccessControlList><Grant>\
                    <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">\
                    <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission>\
                    </Grant><Grant><Grantee \
                    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>\(id)</ID>\
                    <DisplayName>alice</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
                    </AccessControlList></AccessControlPolicy>
                    """)
            #expect(await gateway.send(.put, "/bucket/key?acl", body: list.body).status == 200)
            #expect(await gateway.send(.get, "/bucket/key?acl").body == list.body)
        }
    }

    @Test(
        "a canned list of a bucket is what S3 says it is",
        arguments: [
            ("private", []), ("public-read", ["AllUsers:READ"]),
            ("public-read-write", ["AllUsers:READ", "AllUsers:WRITE"]),
            ("authenticated-read", ["AuthenticatedUsers:READ"]), ("bucket-owner-read", []),
            ("bucket-owner-full-control", []), ("log-delivery-write", ["LogDelivery:WRITE", "LogDelivery:READ_ACP"]),
        ])
    func cannedBucket(_ canned: String, _ expected: [String]) async throws {
        try await Self.run { gateway in
            #expect(await gateway.send(.put, "/bucket?acl", ["x-amz-acl": canned], body: []).status == 200)
            let expected = (["alice:FULL_CONTROL"] + expected).sorted()
            #expect(Self.grants(await gateway.send(.get, "/bucket?acl"), gateway) == expected)
            #expect(await gateway.send(.put, "/made", ["x-amz-acl": canned]).status == 200)
            #expect(Self.grants(await gateway.send(.get, "/made?acl"), gateway) == expected)
        }
    }

    @Test(
        "a canned list of an object is what S3 says it is, on every way of writing one",
        arguments: [
            ("private", []), ("public-read", ["AllUsers:READ"]),
            ("public-read-write", ["AllUsers:READ", "AllUsers:WRITE"]),
            ("authenticated-read", ["AuthenticatedUsers:READ"]), ("bucket-owner-read", ["alice:READ"]),
            ("bucket-owner-full-control", ["alice:FULL_CONTROL"]),
        ])
    func cannedObject(_ canned: String, _ expected: [String]) async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "public-read-write"], body: [])
            let expected = (["bob:FULL_CONTROL"] + expected).sorted()
            let bob = gateway.bob
            func shown(_ target: String) async -> [String] {
                Self.grants(await gateway.send(.get, target + "?acl", key: bob), gateway)
            }
            let put = await gateway.send(.put, "/bucket/put", ["x-amz-acl": canned], body: [1], key: bob)
            #expect(put.status == 200)
            #expect(await shown("/bucket/put") == expected)
            let copied = await gateway.send(
                .put, "/bucket/copied", ["x-amz-acl": canned, "x-amz-copy-source": "/bucket/put"], key: bob)
            #expect(copied.status == 200, "\(copied.text)")
            #expect(await shown("/bucket/copied") == expected)
            let upload = await gateway.send(.post, "/bucket/parts?uploads", ["x-amz-acl": canned], key: bob)
            let id = try #require(upload.xml("UploadId"))
            let part = await gateway.send(.put, "/bucket/parts?partNumber=1&uploadId=\(id)", body: [1], key: bob)
            let done = await gateway.send(
                .post, "/bucket/parts?uploadId=\(id)",
                body: Array(
                    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(part["etag"] ?? "")</ETag></Part></CompleteMultipartUpload>"
                        .utf8), key: bob)
            #expect(done.status == 200, "\(done.text)")
            #expect(await shown("/bucket/parts") == expected)
            _ = await gateway.send(.put, "/bucket/later", body: [1], key: bob)
            #expect(
                await gateway.send(.put, "/bucket/later?acl", ["x-amz-acl": canned], body: [], key: bob).status == 200)
            #expect(await shown("/bucket/later") == expected)
            #expect(
                await gateway.send(.get, "/bucket/later?acl").status
                    == (expected.contains("alice:FULL_CONTROL") ? 200 : 403))
        }
    }

    @Test("aws-exec-read, unknown names, two ways at once and nothing at all are refused")
    func refused() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            for target in ["/bucket?acl", "/bucket/key?acl"] {
                func code(_ headers: KeyValuePairs<String, String>, _ text: String = "") async -> String? {
                    await gateway.send(.put, target, headers, text: text).code
                }
                #expect(await code(["x-amz-acl": "aws-exec-read"]) == "NotImplemented")
                #expect(await code(["x-amz-acl": "odd"]) == "InvalidArgument")
                #expect(
                    await code(["x-amz-acl": "private", "x-amz-grant-read": "id=\(gateway.bob.account)"])
                        == "InvalidRequest")
                #expect(await code([:]) == "MissingSecurityHeader")
                #expect(await code(["x-amz-acl": "private"], "<AccessControlPolicy/>") == "UnexpectedContent")
                #expect(await code([:], "<AccessControlPolicy/>") == "MalformedACLError")
                #expect(await code(["x-amz-grant-read": "id=nobody"]) == "InvalidArgument")
                #expect(await code(["x-amz-grant-read": "uri=http://example.com"]) == "InvalidArgument")
                #expect(await code(["x-amz-grant-read": "name=x"]) == "InvalidArgument")
                #expect(await code(["x-amz-grant-read": "emailAddress=x@y"]) == "UnresolvableGrantByEmailAddress")
                let many = Array(repeating: "id=\(gateway.bob.account)", count: 101).joined(separator: ",")
                #expect(await code(["x-amz-grant-read": many]) == "MalformedACLError")
                let others = await gateway.send(.get, target).text.replacing(
                    gateway.alice.account, with: gateway.bob.account)
                #expect(await code([:], others) == "AccessDenied")
            }
        }
    }

    @Test("grants in headers name accounts, groups and addresses")
    func headers() async throws {
        try await Self.run { gateway in
            let bob = gateway.bob.account
            let made = await gateway.send(
                .put, "/bucket/key",
                [
                    "x-amz-grant-full-control": "id=\"\(gateway.alice.account)\"",
                    "x-amz-grant-read":
                        "id=\(bob), uri=\"http://acs.amazonaws.com/groups/global/AuthenticatedUsers\"",
                    "x-amz-grant-write-acp": "emailAddress=\"bob\"",
                ], text: "x")
            #expect(made.status == 200, "\(made.text)")
            #expect(
                Self.grants(await gateway.send(.get, "/bucket/key?acl"), gateway)
                    == ["AuthenticatedUsers:READ", "alice:FULL_CONTROL", "bob:READ", "bob:WRITE_ACP"])
            #expect(await gateway.send(.get, "/bucket/key", key: gateway.bob).text == "x")
            #expect(await gateway.send(.get, "/bucket/key", signed: false).status == 403)
            #expect(await gateway.send(.get, "/bucket/key?acl", key: gateway.bob).status == 403)
        }
    }

    @Test("each version has its own list, and reads are judged by the version that is answered")
    func versions() async throws {
        try await Self.run { gateway in
            let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            _ = await gateway.send(.put, "/bucket?versioning", text: enabled)
            let first = await gateway.send(.put, "/bucket/key", ["x-amz-acl": "public-read"], text: "first")
            let second = await gateway.send(.put, "/bucket/key", text: "second")
            let old = try #require(first["x-amz-version-id"])
            let new = try #require(second["x-amz-version-id"])
            #expect(await gateway.send(.get, "/bucket/key", signed: false).status == 403)
            #expect(await gateway.send(.get, "/bucket/key?versionId=\(old)", signed: false).text == "first")
            #expect(await gateway.send(.get, "/bucket/key?versionId=\(new)", signed: false).status == 403)
            _ = await gateway.send(.put, "/bucket/key?acl&versionId=\(old)", ["x-amz-acl": "private"], body: [])
            _ = await gateway.send(.put, "/bucket/key?acl", ["x-amz-acl": "public-read"], body: [])
            #expect(await gateway.send(.get, "/bucket/key", signed: false).text == "second")
            #expect(await gateway.send(.get, "/bucket/key?versionId=\(old)", signed: false).status == 403)
        }
    }

    @Test("nobody in particular reads, lists and writes what was opened to all, and nothing else")
    func anonymous() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket/private", text: "x")
            _ = await gateway.send(.put, "/bucket/public", ["x-amz-acl": "public-read"], text: "x")
            #expect(await gateway.send(.get, "/bucket", signed: false).code == "AccessDenied")
            #expect(await gateway.send(.get, "/bucket/private", signed: false).code == "AccessDenied")
            #expect(await gateway.send(.head, "/bucket/public", signed: false).status == 200)
            #expect(await gateway.send(.get, "/bucket/missing", signed: false).code == "AccessDenied")
            #expect(await gateway.send(.put, "/bucket/new", body: [1], signed: false).code == "AccessDenied")
            _ = await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "public-read-write"], body: [])
            #expect(await gateway.send(.get, "/bucket", signed: false).all("Key") == ["private", "public"])
            #expect(await gateway.send(.get, "/bucket/missing", signed: false).code == "NoSuchKey")
            #expect(await gateway.send(.get, "/bucket/private", signed: false).code == "AccessDenied")
            #expect(await gateway.send(.put, "/bucket/new", body: [1], signed: false).status == 200)
            #expect(await gateway.send(.delete, "/bucket/new", signed: false).code == "AccessDenied")
            #expect(await gateway.send(.post, "/bucket/new?uploads", signed: false).code == "AccessDenied")
            // It belongs to nobody whom the bucket's owner could speak for, but can be taken away.
            #expect(await gateway.send(.get, "/bucket/new").code == "AccessDenied")
            #expect(await gateway.send(.get, "/bucket").text.contains(NewObjectOwnership.anonymous))
            #expect(await gateway.send(.delete, "/bucket/new").status == 204)
        }
    }

    @Test("copies need the source to be readable and the target to be writable")
    func copies() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bobs", key: gateway.bob)
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            func copy(_ target: String, _ source: String, _ key: AccessKey) async -> Int {
                await gateway.send(.put, target, ["x-amz-copy-source": source], key: key).status
            }
            #expect(await copy("/bobs/key", "/bucket/key", gateway.bob) == 403)
            #expect(await copy("/bobs/key", "/bucket/missing", gateway.bob) == 403)
            #expect(await copy("/bucket/copy", "/bucket/key", gateway.bob) == 403)
            _ = await gateway.send(.put, "/bucket/key?acl", ["x-amz-acl": "authenticated-read"], body: [])
            #expect(await copy("/bobs/key", "/bucket/key", gateway.bob) == 200)
            #expect(await gateway.send(.get, "/bobs/key", key: gateway.bob).text == "x")
            // Tags are not content: a list does not give them away.
            let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
            _ = await gateway.send(.put, "/bucket/key?tagging", text: tags)
            #expect(await copy("/bobs/key", "/bucket/key", gateway.bob) == 403)
            #expect(await gateway.send(.head, "/bucket/key", key: gateway.bob)["x-amz-tagging-count"] == nil)
            #expect(await gateway.send(.head, "/bucket/key")["x-amz-tagging-count"] == "1")
        }
    }

    @Test("with BucketOwnerPreferred a writer can hand the object over")
    func preferred() async throws {
        try await Self.run(ownership: .bucketOwnerPreferred) { gateway in
            _ = await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "public-read-write"], body: [])
            _ = await gateway.send(
                .put, "/bucket/given", ["x-amz-acl": "bucket-owner-full-control"], body: [1], key: gateway.bob)
            _ = await gateway.send(.put, "/bucket/kept", body: [1], key: gateway.bob)
            #expect(await gateway.send(.get, "/bucket/given?acl").xml("ID") == gateway.alice.account)
            #expect(await gateway.send(.get, "/bucket/given", key: gateway.bob).status == 403)
            #expect(await gateway.send(.get, "/bucket/kept?acl", key: gateway.bob).xml("ID") == gateway.bob.account)
            #expect(await gateway.send(.get, "/bucket/kept").status == 403)
        }
    }

    @Test("ownership controls are set, told, taken away, and switch lists off and on")
    func ownershipControls() async throws {
        func document(_ ownership: String) -> String {
            "<OwnershipControls><Rule><ObjectOwnership>\(ownership)</ObjectOwnership></Rule></OwnershipControls>"
        }
        try await GatewayHarness.run { gateway in
            #expect(
                await gateway.send(.get, "/bucket?ownershipControls").xml("ObjectOwnership") == "BucketOwnerEnforced")
            #expect(
                await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "public-read"], body: []).code
                    == "AccessControlListNotSupported")
            #expect(
                await gateway.send(.put, "/bucket/key", ["x-amz-acl": "private"], body: [1]).code
                    == "AccessControlListNotSupported")
            #expect(await gateway.send(.delete, "/bucket?ownershipControls").status == 204)
            #expect(await gateway.send(.get, "/bucket?ownershipControls").code == "OwnershipControlsNotFoundError")
            #expect(await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "public-read"], body: []).status == 200)
            #expect(await gateway.send(.get, "/bucket", signed: false).status == 200)
            let enforced = document("BucketOwnerEnforced")
            #expect(
                await gateway.send(.put, "/bucket?ownershipControls", text: enforced).code
                    == "InvalidBucketAclWithObjectOwnership")
            _ = await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "private"], body: [])
            #expect(await gateway.send(.put, "/bucket?ownershipControls", text: enforced).status == 200)
            for odd in [document("none"), document("Odd"), "<OwnershipControls/>"] {
                #expect(await gateway.send(.put, "/bucket?ownershipControls", text: odd).code == "MalformedXML")
            }
            let made = await gateway.send(
                .put, "/open", ["x-amz-object-ownership": "ObjectWriter", "x-amz-acl": "public-read"])
            #expect(made.status == 200)
            #expect(await gateway.send(.get, "/open?ownershipControls").xml("ObjectOwnership") == "ObjectWriter")
            // Made again, a bucket gets its list anew, and nothing else.
            #expect(await gateway.send(.put, "/open").status == 200)
            #expect(await gateway.send(.get, "/open", signed: false).status == 403)
            let other = await gateway.send(.put, "/open", ["x-amz-object-ownership": "BucketOwnerEnforced"])
            #expect(other.code == "BucketAlreadyOwnedByYou")
            let closed = await gateway.send(.put, "/closed", ["x-amz-acl": "public-read"])
            #expect(closed.code == "InvalidBucketAclWithObjectOwnership")
            #expect(await gateway.send(.put, "/odd", ["x-amz-object-ownership": "none"]).code == "InvalidArgument")
        }
    }

    private static func block(_ names: String...) -> String {
        "<PublicAccessBlockConfiguration>" + names.map { "<\($0)>true</\($0)>" }.joined()
            + "</PublicAccessBlockConfiguration>"
    }

    @Test("the public access block is set, told and taken away")
    func blockDocument() async throws {
        try await GatewayHarness.run { gateway in
            let target = "/bucket?publicAccessBlock"
            #expect(await gateway.send(.get, target).code == "NoSuchPublicAccessBlockConfiguration")
            #expect(
                await gateway.send(.put, target, text: Self.block("BlockPublicAcls", "RestrictPublicBuckets")).status
                    == 200)
            let told = await gateway.send(.get, target)
            #expect(told.xml("BlockPublicAcls") == "true")
            #expect(told.xml("IgnorePublicAcls") == "false")
            #expect(told.xml("BlockPublicPolicy") == "false")
            #expect(told.xml("RestrictPublicBuckets") == "true")
            #expect(await gateway.send(.put, target, text: Self.block("Odd")).code == "MalformedXML")
            #expect(await gateway.send(.put, target).code == "MissingRequestBodyError")
            #expect(await gateway.send(.delete, target).status == 204)
            #expect(await gateway.send(.get, target).code == "NoSuchPublicAccessBlockConfiguration")
        }
    }

    @Test("BlockPublicAcls refuses public lists on every way, and only those")
    func blockPublicAcls() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            _ = await gateway.send(.put, "/bucket?publicAccessBlock", text: Self.block("BlockPublicAcls"))
            for canned in ["public-read", "public-read-write", "authenticated-read"] {
                for (method, target) in [
                    (HTTPMethod.put, "/bucket?acl"), (.put, "/bucket/key?acl"), (.put, "/bucket/new"),
                    (.post, "/bucket/new?uploads"), (.put, "/bucket"),
                ] {
                    let answer = await gateway.send(method, target, ["x-amz-acl": canned], body: [])
                    #expect(answer.code == "AccessDenied", "\(target) \(canned)")
                }
                let copy = await gateway.send(
                    .put, "/bucket/new", ["x-amz-acl": canned, "x-amz-copy-source": "/bucket/key"])
                #expect(copy.code == "AccessDenied")
            }
            let named = ["x-amz-grant-read": "id=\(gateway.bob.account)"] as KeyValuePairs
            #expect(await gateway.send(.put, "/bucket/new", named, body: []).status == 200)
        }
    }

    @Test("IgnorePublicAcls closes what public lists opened")
    func ignorePublicAcls() async throws {
        try await Self.run { gateway in
            _ = await gateway.send(.put, "/bucket?acl", ["x-amz-acl": "public-read"], body: [])
            _ = await gateway.send(.put, "/bucket/key", ["x-amz-acl": "public-read"], text: "x")
            #expect(await gateway.send(.get, "/bucket/key", signed: false).status == 200)
            _ = await gateway.send(.put, "/bucket?publicAccessBlock", text: Self.block("IgnorePublicAcls"))
            #expect(await gateway.send(.get, "/bucket/key", signed: false).status == 403)
            #expect(await gateway.send(.get, "/bucket", key: gateway.bob).status == 403)
            _ = await gateway.send(.delete, "/bucket?publicAccessBlock")
            #expect(await gateway.send(.get, "/bucket/key", signed: false).status == 200)
        }
    }

    @Test("an owner who is shut out by a policy gets back in by replacing it")
    func shutOut() async throws {
        try await GatewayHarness.run { gateway in
            let bucket = try gateway.store.bucket("bucket")
            let deny = """
                {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]}]}
                """
            try await gateway.store.setBucketSetting("policy", to: Array(deny.utf8), of: bucket)
            #expect(await gateway.send(.get, "/bucket").code == "AccessDenied")
            #expect(await gateway.send(.delete, "/bucket").code == "AccessDenied")
            #expect(await gateway.send(.get, "/bucket?policy").code != "AccessDenied")
            try await gateway.store.setBucketSetting("policy", to: Array("unreadable".utf8), of: bucket)
            #expect(await gateway.send(.get, "/bucket").code == "AccessDenied")
            #expect(await gateway.send(.delete, "/bucket?policy").code != "AccessDenied")
        }
    }

    @Test("access settings that cannot be read open nothing")
    func damaged() async throws {
        try await GatewayHarness.run { gateway in
            let bucket = try gateway.store.bucket("bucket")
            for (name, value) in [("ownership", "odd"), ("public-access-block", "odd"), ("acl", "odd")] {
                try await gateway.store.setBucketSetting(name, to: Array(value.utf8), of: bucket)
                #expect(await gateway.send(.get, "/bucket", signed: false).status == 500)
                #expect(await gateway.send(.get, "/bucket").status == 500)
                try await gateway.store.setBucketSetting(name, to: nil, of: bucket)
                #expect(await gateway.send(.get, "/bucket").status == 200)
            }
        }
    }
}
