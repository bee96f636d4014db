// Why this file exists: clients probe for configurations and match on the exact answers for those that are not there.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct ConfigurationTests {
    @Test(
        "what is not configured has its own code",
        arguments: [
            ("policy", "NoSuchBucketPolicy"), ("cors", "NoSuchCORSConfiguration"),
            ("lifecycle", "NoSuchLifecycleConfiguration"),
            ("tagging", "NoSuchTagSet"), ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
            ("website", "NoSuchWebsiteConfiguration"), ("replication", "ReplicationConfigurationNotFoundError"),
            ("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
            ("object-lock", "ObjectLockConfigurationNotFoundError"),
        ])
    func absent(_ subresource: String, _ code: String) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.get, "/bucket?\(subresource)")
            #expect(answer.status == 404)
            #expect(answer.code == code)
            #expect(answer.xml("BucketName") == "bucket")
            let missing = await gateway.send(.get, "/missing?\(subresource)")
            #expect(missing.code == "NoSuchBucket")
            #expect(await gateway.send(.get, "/bucket?\(subresource)", key: gateway.bob).code == "AccessDenied")
        }
    }

    @Test(
        "what is not configured is deleted at once",
        arguments: [
            "policy", "cors", "lifecycle", "tagging", "encryption", "website", "replication", "publicAccessBlock",
        ])
    func deletion(_ subresource: String) async throws {
        try await GatewayHarness.run { gateway in
            #expect(await gateway.send(.delete, "/bucket?\(subresource)").status == 204)
            #expect(await gateway.send(.delete, "/missing?\(subresource)").code == "NoSuchBucket")
            #expect(await gateway.send(.delete, "/bucket?\(subresource)", key: gateway.bob).code == "AccessDenied")
        }
    }

    @Test(
        "what is the same for every bucket is told",
        arguments: [
            ("ownershipControls", "ObjectOwnership", "BucketOwnerEnforced"), ("requestPayment", "Payer", "BucketOwner"),
            ("logging", "BucketLoggingStatus", nil), ("notification", "NotificationConfiguration", nil),
            ("accelerate", "AccelerateConfiguration", nil), ("abac", "Status", "Disabled"),
        ] as [(String, String, String?)])
    func fixed(_ subresource: String, _ element: String, _ value: String?) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(.get, "/bucket?\(subresource)")
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "application/xml")
            if let value {
                #expect(answer.xml(element) == value)
            } else {
                #expect(
                    answer.text.contains("<\(element) xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></\(element)>"))
            }
        }
    }

    @Test(
        "what is not served is named",
        arguments: [
            (HTTPMethod.put, "/bucket?analytics", "PutBucketAnalyticsConfiguration"),
            (.post, "/bucket/key?select&select-type=2", "SelectObjectContent"),
            (.get, "/bucket/key?torrent", "GetObjectTorrent"),
            (.get, "/bucket?session", "CreateSession"),
            (.put, "/bucket/key?renameObject", "RenameObject"),
        ])
    func unserved(_ method: HTTPMethod, _ target: String, _ name: String) async throws {
        try await GatewayHarness.run { gateway in
            let answer = await gateway.send(method, target, body: method == .get ? nil : [])
            #expect(answer.status == 501)
            #expect(answer.code == "NotImplemented")
            #expect(answer.xml("Operation") == name)
        }
    }

    @Test("locks of an object are asked for in vain")
    func locks() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            for subresource in ["retention", "legal-hold"] {
                let answer = await gateway.send(.get, "/bucket/key?\(subresource)")
                #expect(answer.code == "InvalidRequest")
                #expect(answer.xml("Message") == "Bucket is missing Object Lock Configuration")
            }
        }
    }

    @Test("access lists are the owner's full control, and others are not supported")
    func accessLists() async throws {
        try await GatewayHarness.run { gateway in
            _ = await gateway.send(.put, "/bucket/key", text: "x")
            for target in ["/bucket?acl", "/bucket/key?acl"] {
                let list = await gateway.send(.get, target)
                #expect(list.xml("Permission") == "FULL_CONTROL")
                #expect(list.all("ID") == [gateway.alice.account, gateway.alice.account])
                #expect(list.text.contains("xsi:type=\"CanonicalUser\""))
                #expect(
                    await gateway.send(.put, target, ["x-amz-acl": "bucket-owner-full-control"], body: []).status == 200
                )
                #expect(
                    await gateway.send(.put, target, ["x-amz-acl": "public-read"], body: []).code
                        == "AccessControlListNotSupported")
                #expect(await gateway.send(.put, target, ["x-amz-acl": "odd"], body: []).code == "InvalidArgument")
                #expect(await gateway.send(.put, target, body: list.body).status == 200)
                let others = list.text.replacing(gateway.alice.account, with: gateway.bob.account)
                #expect(
                    await gateway.send(.put, target, text: others).code == "AccessControlListNotSupported")
                #expect(await gateway.send(.put, target, text: "<a").code == "MalformedACLError")
            }
            #expect(await gateway.send(.get, "/bucket/missing?acl").code == "NoSuchKey")
            let made = await gateway.send(.put, "/public", ["x-amz-acl": "public-read"])
            #expect(made.code == "InvalidBucketAclWithObjectOwnership")
        }
    }

    @Test("a preflight is refused in AWS's words, without a signature")
    func preflight() async throws {
        try await GatewayHarness.run { gateway in
            let bare = await gateway.send(.options, "/bucket/key", signed: false)
            #expect(bare.status == 400)
            let origin = ["origin": "https://example.com", "access-control-request-method": "PUT"] as KeyValuePairs
            let asked = await gateway.send(.options, "/bucket/key", origin, signed: false)
            #expect(asked.status == 403)
            #expect(asked.code == "AccessForbidden")
            #expect(asked.xml("Message") == "CORSResponse: CORS is not enabled for this bucket.")
            #expect(asked.xml("ResourceType") == "OBJECT")
            #expect(await gateway.send(.options, "/missing", origin, signed: false).code == "NoSuchBucket")
        }
    }
}
