// Why this file exists: from a provider's token to a session, over the wire: who is registered, who is trusted, what the
// session says, and when it ends.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct WebIdentityServiceTests {
    private static let account = "000000000001"
    private static let provider = "arn:aws:iam::000000000001:oidc-provider/idp.example.com/realm"
    private static let role = "arn:aws:iam::000000000001:role/train"

    private static func trust(
        _ principal: String = "{\"Federated\":\"\(provider)\"}", condition: String = "{}",
        actions: String = "\"sts:AssumeRoleWithWebIdentity\"", more: String = ""
    ) -> String {
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\(principal),"Action":[\(actions)],\
        "Condition":\(condition)}\(more)]}
        """
    }

    /// With the provider and a role of that trust.
    private static func run(
        trust: String = trust(), _ work: (IdentityHarness) async throws -> Void
    ) async throws {
        try await IdentityHarness.run { harness in
            harness.now = SampleTokens.now
            let made = await harness.call(
                "CreateOpenIDConnectProvider",
                ["Url": SampleTokens.issuer, "ClientIDList.member.1": "trainer"])
            #expect(made.xml("OpenIDConnectProviderArn") == provider)
            let role = await harness.call("CreateRole", ["RoleName": "train", "AssumeRolePolicyDocument": trust])
            #expect(role.status == 200, "\(role.text)")
            try await work(harness)
        }
    }

    private static func assume(
        _ harness: IdentityHarness, _ token: String = "es256", role: String = role,
        more: [(name: String, value: String)] = []
    ) async -> Received {
        var form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", "run-1"), ("WebIdentityToken", SampleTokens.all[token] ?? token),
        ]
        form += more.map { ($0.name, $0.value) }
        let pieces = form.map { "\($0.0)=\(PercentCoding.encoded($0.1.utf8, keepingSlash: false))" }
        return await harness.post(pieces.joined(separator: "&"), api: .sts, isSigned: false)
    }

    @Test("a token of a registered provider that the role trusts gets a session, without a signature")
    func session() async throws {
        try await Self.run { harness in
            let answer = await Self.assume(harness)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.xml("SubjectFromWebIdentityToken") == "user-1" && answer.xml("Audience") == "trainer")
            #expect(answer.xml("Provider") == SampleTokens.issuer)
            #expect(answer.xml("Arn") == "arn:aws:sts::000000000001:assumed-role/train/run-1")
            let id = Caller(answer).id
            let session = try #require(harness.store.session(id))
            #expect(
                session.grant.vouched
                    == VouchedIdentity(provider: Self.provider, subject: "user-1", audience: "trainer"))
            let record = try #require(harness.credentials.credential(for: id))
            let standing = harness.policies.standing(of: Identity(record))
            #expect(standing.subject.further["aws:federatedprovider"] == [Self.provider])
            #expect(standing.subject.callerARN == answer.xml("Arn"))
            // A removed provider takes along what it vouched for.
            _ = await harness.call("DeleteOpenIDConnectProvider", ["OpenIDConnectProviderArn": Self.provider])
            #expect(harness.credentials.credential(for: id) == nil)
            #expect(await Self.assume(harness).code == "InvalidIdentityToken")
        }
    }

    @Test(
        "the role's policy decides by provider and claims",
        arguments: [
            (trust(condition: #"{"StringEquals":{"idp.example.com/realm:aud":"trainer"}}"#), true),
            (trust(condition: #"{"StringEquals":{"IDP.example.com/Realm:SUB":"user-1"}}"#), true),
            (trust(condition: #"{"StringLike":{"idp.example.com/realm:sub":"user-?"}}"#), true),
            (trust(condition: #"{"StringEquals":{"idp.example.com/realm:sub":"user-2"}}"#), false),
            (trust(condition: #"{"StringEquals":{"idp.example.com:sub":"user-1"}}"#), false),
            (trust(condition: #"{"StringEquals":{"sts:RoleSessionName":"run-1"}}"#), true),
            (trust(condition: #"{"ArnEquals":{"aws:FederatedProvider":"\#(provider)"}}"#), true),
            (trust(#""*""#), false), (trust(#"{"AWS":"*"}"#), false), (trust(#"{"AWS":"000000000001"}"#), false),
            (trust(#"{"Federated":"arn:aws:iam::000000000001:oidc-provider/idp.example.com"}"#), false),
            (trust(#"{"Federated":"arn:aws:iam::000000000002:oidc-provider/idp.example.com/realm"}"#), false),
            (trust(actions: #""sts:AssumeRole""#), false), (trust(actions: #""sts:*""#), true),
            (
                trust(
                    more: #"""
                        ,{"Effect":"Deny","Principal":"*","Action":"sts:*",\#
                        "Condition":{"StringEquals":{"idp.example.com/realm:sub":"user-1"}}}
                        """#), false
            ),
        ])
    func trusts(policy: String, isTrusted: Bool) async throws {
        try await Self.run(trust: policy) { harness in
            let answer = await Self.assume(harness)
            #expect(answer.code == (isTrusted ? nil : "AccessDenied"), "\(policy): \(answer.text)")
        }
    }

    @Test("tags and a source identity need permissions of their own, and are the session's")
    func tags() async throws {
        try await Self.run { harness in
            #expect(await Self.assume(harness, "tagged").code == "AccessDenied")
        }
        let open = Self.trust(
            condition: #"{"StringEquals":{"aws:RequestTag/Department":"Engineering"}}"#,
            actions: #""sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity""#)
        try await Self.run(trust: open) { harness in
            let answer = await Self.assume(harness, "tagged")
            #expect(answer.xml("SourceIdentity") == "alice")
            let grant = try #require(harness.store.session(Caller(answer).id)).grant
            #expect(grant.tags.map(\.name) == ["Department", "cairn:job"] && grant.transitiveTags == ["Department"])
            #expect(await Self.assume(harness).code == "AccessDenied", "without the tag")
        }
    }

    @Test(
        "refusals have AWS's codes",
        arguments: [
            ("expired", "ExpiredTokenException", 400), ("notYet", "IDPRejectedClaim", 403),
            ("otherAudience", "InvalidIdentityToken", 400), ("none", "InvalidIdentityToken", 400),
            ("abcdef", "InvalidIdentityToken", 400), ("otherIssuer", "InvalidIdentityToken", 400),
            ("abc", "ValidationError", 400),
        ])
    func refusals(token: String, code: String, status: Int) async throws {
        try await Self.run { harness in
            let answer = await Self.assume(harness, token)
            #expect(answer.code == code && answer.status == status, "\(answer.text)")
        }
    }

    @Test("whether a role exists is told to nobody whose token is not believed")
    func silence() async throws {
        try await Self.run { harness in
            let other = "arn:aws:iam::000000000001:role/none"
            #expect(await Self.assume(harness, role: other).code == "AccessDenied")
            for token in ["otherAudience", "otherIssuer", "expired", "changed"] {
                let known = await Self.assume(harness, token)
                let unknown = await Self.assume(harness, token, role: other)
                #expect(known.text == unknown.text)
            }
            #expect(
                await Self.assume(harness, role: "arn:aws:iam::000000000009:role/train").code == "InvalidIdentityToken")
            #expect(
                await Self.assume(harness, role: "arn:aws:iam::000000000001:role/cairn/run").code == "AccessDenied")
        }
    }

    @Test("parameters are held to their limits")
    func parameters() async throws {
        try await Self.run { harness in
            for (name, value) in [
                ("DurationSeconds", "899"), ("DurationSeconds", "3601"), ("ProviderId", "graph.facebook.com"),
                ("Unknown", "x"), ("PolicyArns.member.1.arn", "arn:aws:iam::000000000002:policy/x"),
            ] {
                #expect(await Self.assume(harness, more: [(name, value)]).code == "ValidationError", "\(name)")
            }
            #expect(await Self.assume(harness, more: [("Policy", "{}")]).code == "MalformedPolicyDocument")
            #expect(
                await Self.assume(harness, more: [("PolicyArns.member.1.arn", "arn:aws:iam::000000000001:policy/x")])
                    .code
                    == "NoSuchEntity")
            let narrow = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#
            let answer = await Self.assume(harness, more: [("Policy", narrow), ("DurationSeconds", "900")])
            #expect(harness.store.session(Caller(answer).id)?.grant.restrictions == [[.document(narrow)]])
        }
    }

    @Test("providers are made, told, changed and removed")
    func providers() async throws {
        try await IdentityHarness.run { harness in
            let thumbprint = String(repeating: "ab", count: 20)
            let arn = ["OpenIDConnectProviderArn": Self.provider] as KeyValuePairs
            func get() async -> Received { await harness.call("GetOpenIDConnectProvider", arn) }
            #expect(await get().code == "NoSuchEntity")
            let made = await harness.call(
                "CreateOpenIDConnectProvider",
                [
                    "Url": SampleTokens.issuer, "ClientIDList.member.1": "a", "ThumbprintList.member.1": thumbprint,
                    "Tags.member.1.Key": "team", "Tags.member.1.Value": "ml",
                ])
            #expect(made.status == 200)
            let again = await harness.call("CreateOpenIDConnectProvider", ["Url": SampleTokens.issuer])
            #expect(again.code == "EntityAlreadyExists")
            #expect(await harness.call("ListOpenIDConnectProviders").xml("Arn") == Self.provider)
            for client in ["b", "a"] {
                let added = await harness.call(
                    "AddClientIDToOpenIDConnectProvider",
                    ["OpenIDConnectProviderArn": Self.provider, "ClientID": client])
                #expect(added.status == 200)
            }
            var told = await get()
            #expect(told.text.contains("<ClientIDList><member>a</member><member>b</member></ClientIDList>"))
            #expect(told.text.contains("<ThumbprintList><member>\(thumbprint)</member></ThumbprintList>"))
            #expect(told.xml("Url") == "idp.example.com/realm" && told.xml("Value") == "ml")
            _ = await harness.call(
                "RemoveClientIDFromOpenIDConnectProvider",
                ["OpenIDConnectProviderArn": Self.provider, "ClientID": "a"])
            _ = await harness.call(
                "UpdateOpenIDConnectProviderThumbprint",
                ["OpenIDConnectProviderArn": Self.provider, "ThumbprintList.member.1": String(thumbprint.reversed())])
            _ = await harness.call(
                "UntagOpenIDConnectProvider",
                ["OpenIDConnectProviderArn": Self.provider, "TagKeys.member.1": "team"])
            _ = await harness.call(
                "TagOpenIDConnectProvider",
                [
                    "OpenIDConnectProviderArn": Self.provider, "Tags.member.1.Key": "stage",
                    "Tags.member.1.Value": "prod",
                ])
            told = await get()
            #expect(told.text.contains("<ClientIDList><member>b</member></ClientIDList>"))
            #expect(told.text.contains("<member>\(String(thumbprint.reversed()))</member>"))
            #expect(await harness.call("ListOpenIDConnectProviderTags", arn).all("Key") == ["stage"])
            for _ in 0..<2 { #expect(await harness.call("DeleteOpenIDConnectProvider", arn).status == 200) }
            #expect(await get().code == "NoSuchEntity")
        }
    }

    @Test(
        "addresses that are not to be asked are not registered",
        arguments: [
            "http://idp.example.com", "https://idp.example.com?x=1", "idp.example.com", "https://*.example.com",
        ])
    func addresses(url: String) async throws {
        try await IdentityHarness.run { harness in
            #expect(await harness.call("CreateOpenIDConnectProvider", ["Url": url]).code == "ValidationError")
            #expect(
                await harness.call("CreateOpenIDConnectProvider", ["Url": "http://localhost:1/x"]).status == 200)
            let other = Caller(try await harness.store.createAccessKey(displayName: "other"))
            let refused = await harness.call("CreateOpenIDConnectProvider", ["Url": "http://localhost:1/y"], as: other)
            #expect(refused.code == "ValidationError", "the server's owner only")
        }
    }
}
