// Why this file exists: the protocol under IAM and STS: which requests are theirs, that the body is signed, the form of
// answers and errors, and who may do what.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct IdentityServiceTests {
    private static let form = "application/x-www-form-urlencoded"

    @Test(
        "forms to the root are its own, and nothing of S3",
        arguments: [
            (HTTPMethod.post, "/", IdentityServiceTests.form, true),
            (.post, "/", "Application/X-WWW-Form-Urlencoded; charset=utf-8", true),
            (.post, "/?Action=GetCallerIdentity&Version=2011-06-15", "", true),
            (.get, "/?Action=GetCallerIdentity&Version=2011-06-15", "", true),
            (.get, "/?Version=2010-05-08&Action=ListUsers", "", true),
            (.get, "/", "", false), (.get, "/?Action=GetCallerIdentity", "", false),
            (.get, "/?list-type=2&Version=2011-06-15", "", false),
            (.get, "/?Action=x&Version=2006-03-01", "", false),
            (.get, "/bucket?Action=GetCallerIdentity&Version=2011-06-15", "", false),
            (.post, "/bucket", IdentityServiceTests.form, false), (.post, "/?delete", IdentityServiceTests.form, false),
            (.post, "/", "multipart/form-data; boundary=x", false), (.post, "/", "application/xml", false),
            (.post, "/", "", false), (.put, "/", IdentityServiceTests.form, false),
            (.head, "/?Action=x&Version=2011-06-15", "", false),
            (.get, "/?Action=%zz&Version=2011-06-15", "", false),
        ] as [(HTTPMethod, String, String, Bool)])
    func claims(method: HTTPMethod, target: String, type: String, isOurs: Bool) async throws {
        try await IdentityHarness.run { harness in
            let headers = type.isEmpty ? [] : [(name: "content-type", value: type)]
            #expect(harness.service.claims(GatewayHarness.rawHead(method, target: target, headers: headers)) == isOurs)
        }
    }

    @Test("a body that is not the one that was signed does nothing")
    func body() async throws {
        try await IdentityHarness.run { harness in
            let signed = "Action=CreateUser&Version=2010-05-08&UserName=good"
            let answer = await harness.post(
                signed, api: .iam, sent: "Action=CreateUser&Version=2010-05-08&UserName=evil")
            #expect(answer.status == 403 && answer.code == "SignatureDoesNotMatch")
            let open = await harness.post(signed, api: .iam, payloadHeader: "UNSIGNED-PAYLOAD")
            #expect(open.status == 400 && open.code == "IncompleteSignature")
            let unsigned = await harness.post(signed, api: .iam, isSigned: false)
            #expect(unsigned.status == 403 && unsigned.code == "MissingAuthenticationToken")
            #expect(harness.store.identities(of: harness.root.account).users.count == 0)
        }
    }

    @Test("a signature for one service is none for another")
    func scope() async throws {
        try await IdentityHarness.run { harness in
            let answer = await harness.post("Action=GetCallerIdentity&Version=2011-06-15", api: .iam)
            #expect(answer.status == 400 && answer.code == "IncompleteSignature")
        }
    }

    @Test("answers and errors have the services' own form")
    func documents() async throws {
        try await IdentityHarness.run { harness in
            let answer = await harness.call("CreateGroup", ["GroupName": "g"])
            #expect(answer["x-amzn-requestid"] == "REQUEST" && answer["content-type"] == "text/xml")
            #expect(
                answer.text.hasPrefix(
                    """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <CreateGroupResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateGroupResult><Group>\
                    <Path>/</Path><GroupName>g</GroupName><GroupId>AGPA
                    """), "\(answer.text)")
            #expect(
                answer.text.hasSuffix(
                    "</CreateGroupResult><ResponseMetadata><RequestId>REQUEST</RequestId></ResponseMetadata>"
                        + "</CreateGroupResponse>"))
            let refused = await harness.call("CreateGroup", ["GroupName": "g"])
            #expect(refused.status == 409)
            #expect(
                refused.text == """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>\
                    <Code>EntityAlreadyExists</Code><Message>Group with name g already exists.</Message></Error>\
                    <RequestId>REQUEST</RequestId></ErrorResponse>
                    """)
            let without = await harness.call("DeleteGroup", ["GroupName": "g"])
            #expect(
                without.text == """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <DeleteGroupResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata>\
                    <RequestId>REQUEST</RequestId></ResponseMetadata></DeleteGroupResponse>
                    """)
        }
    }

    @Test(
        "malformed calls are told so",
        arguments: [
            ("Version=2010-05-08", "MissingAction"), ("Action=ListUsers", "InvalidAction"),
            ("Action=ListUsers&Version=2099-01-01", "InvalidAction"),
            ("Action=ListUsers&Action=ListUsers&Version=2010-05-08", "MalformedQueryString"),
            ("Action=ListUsers&Version=2010-05-08&PathPrefix=%", "MalformedQueryString"),
            ("Action=ListUsers&Version=2010-05-08&PathPrefix=%FF", "MalformedQueryString"),
            ("Action=ListUsers&Version=2010-05-08&MaxItems=0", "ValidationError"),
            ("Action=ListUsers&Version=2010-05-08&MaxItems=x", "ValidationError"),
            ("Action=GetUser&Version=2010-05-08&UserName=", "NoSuchEntity"),
            ("Action=CreateUser&Version=2010-05-08", "ValidationError"),
            ("", "MissingAction"),
        ])
    func malformed(form: String, code: String) async throws {
        try await IdentityHarness.run { harness in
            #expect(await harness.post(form, api: .iam).code == code)
        }
    }

    @Test("a body over its limit is refused, in whatever pieces it comes")
    func large() async throws {
        try await IdentityHarness.run { harness in
            let form = "Action=ListUsers&Version=2010-05-08&x=" + String(repeating: "x", count: 256 << 10)
            #expect(await harness.post(form, api: .iam).code == "RequestEntityTooLarge")
        }
    }

    @Test("when a key was used last is told to the minute, and found after a restart")
    func lastUse() async throws {
        try await IdentityHarness.run { harness in
            _ = await harness.call("CreateUser", ["UserName": "u"])
            let user = Caller(await harness.call("CreateAccessKey", ["UserName": "u"]))
            func told() async -> Received { await harness.call("GetAccessKeyLastUsed", ["AccessKeyId": user.id]) }
            var answer = await told()
            #expect(answer.xml("UserName") == "u" && answer.xml("ServiceName") == "N/A")
            #expect(answer.xml("LastUsedDate") == nil)
            var forged = user
            forged.secret = "wrong-secret"
            #expect(harness.refusal(of: forged) == .signatureDoesNotMatch)
            #expect(await told().xml("LastUsedDate") == nil, "nobody used it")
            #expect(harness.refusal(of: user) == nil)
            answer = await told()
            #expect(answer.xml("ServiceName") == "s3" && answer.xml("Region") == "us-east-1")
            #expect(answer.xml("LastUsedDate") == WireDate.extended(harness.now / 60 * 60))
            _ = await harness.call("GetCallerIdentity", as: user)
            #expect(await told().xml("ServiceName") == "sts")
            let unknown = await harness.call("GetAccessKeyLastUsed", ["AccessKeyId": "AKIANONE"])
            #expect(unknown.code == "NoSuchEntity")
            let other = try await harness.store.createAccessKey(displayName: "other")
            let foreign = await harness.call("GetAccessKeyLastUsed", ["AccessKeyId": other.id])
            #expect(foreign.code == "NoSuchEntity", "another account's")
        }
    }

    @Test("logs and metrics learn the action, who asked, and the refusal")
    func notes() async throws {
        try await IdentityHarness.run { harness in
            let metrics = RequestMetrics.ofGateway()
            func note(_ form: String, signed: Bool = true) async -> ExchangeNotes {
                let notes = ExchangeNotes()
                _ = await harness.post(form, api: .iam, isSigned: signed, notes: notes)
                metrics.count(
                    action: notes.action ?? "", errorCode: notes.errorCode,
                    summary: ExchangeSummary(
                        status: notes.errorCode == nil ? 200 : 400, bytesSent: 0, bytesReceived: 0,
                        totalNanoseconds: 0, turnaroundNanoseconds: 0, isComplete: true))
                return notes
            }
            let served = await note("Action=ListUsers&Version=2010-05-08")
            #expect(served.action == "iam:ListUsers" && served.errorCode == nil)
            #expect(served.request?.principal.identity?.accessKey == harness.root.id)
            let refused = await note("Action=ListUsers&Version=2010-05-08", signed: false)
            #expect(refused.action == "iam:ListUsers" && refused.errorCode == "MissingAuthenticationToken")
            let unknown = await note("Action=Mine%22&Version=2010-05-08")
            #expect(unknown.action == "Unknown" && unknown.errorCode == "InvalidAction")
            var text = PrometheusText()
            metrics.expose(to: &text)
            let lines = String(decoding: text.bytes, as: UTF8.self)
            #expect(lines.contains(#"cairn_requests_total{operation="iam:ListUsers",status="2xx"} 1"#))
            #expect(lines.contains(#"cairn_requests_total{operation="other",status="4xx"} 1"#))
            #expect(lines.contains(#"cairn_errors_total{code="MissingAuthenticationToken"} 1"#))
        }
    }

    @Test("no two actions have one name, and none is both served and not")
    func table() {
        let names = IdentityAPI.allCases.flatMap { api in
            IdentityActionTable.names(of: api).map { "\(api.name):\($0)" }
        }
        #expect(Set(names).count == names.count)
        for (api, unserved) in IdentityActionTable.unserved {
            for name in unserved { #expect(!names.contains("\(api.name):\(name)")) }
        }
    }

    @Test("lists come in pages that neither repeat nor leave out")
    func pages() async throws {
        try await IdentityHarness.run { harness in
            let account = harness.root.account
            let names = ["b", "A", "c", "D", "e", "aa", "a-"]
            try await harness.store.changeIdentities(of: account, action: "test") { directory throws(StoreError) in
                for name in names { _ = try directory.createUser(name, path: "/", tags: []) }
            }
            var found: [String] = []
            var page = await harness.call("ListUsers", ["MaxItems": "2"])
            found += page.all("UserName")
            while let marker = page.xml("Marker") {
                #expect(page.xml("IsTruncated") == "true")
                page = await harness.call("ListUsers", ["MaxItems": "2", "Marker": marker])
                found += page.all("UserName")
            }
            #expect(page.xml("IsTruncated") == "false")
            #expect(found == ["A", "a-", "aa", "b", "c", "D", "e"])
        }
    }

    @Test(
        "lists of what there is none of are about the caller unless a user is named",
        arguments: ["ListMFADevices", "ListSSHPublicKeys", "ListSigningCertificates", "ListAccessKeys"])
    func callersOwn(action: String) async throws {
        try await IdentityHarness.run { harness in
            _ = await harness.call("CreateUser", ["UserName": "u"])
            let user = Caller(await harness.call("CreateAccessKey", ["UserName": "u"]))
            _ = await harness.call(
                "AttachUserPolicy", ["UserName": "u", "PolicyArn": "arn:aws:iam::aws:policy/IAMFullAccess"])
            #expect(await harness.call(action).status == 200, "the account itself")
            #expect(await harness.call(action, as: user).status == 200)
            #expect(await harness.call(action, ["UserName": "u"]).status == 200)
            #expect(await harness.call(action, ["UserName": "nobody"]).code == "NoSuchEntity")
        }
    }

    @Test("a user without policies may ask who they are, and nothing else")
    func powerless() async throws {
        try await IdentityHarness.run { harness in
            _ = await harness.call("CreateUser", ["UserName": "u"])
            let user = Caller(await harness.call("CreateAccessKey", ["UserName": "u"]))
            #expect(await harness.call("GetCallerIdentity", as: user).status == 200)
            for action in IdentityActionTable.served where action.api == .iam {
                let answer = await harness.call(
                    action.name,
                    [
                        "UserName": "u", "GroupName": "g", "RoleName": "r", "PolicyName": "p",
                        "PolicyArn": "arn:aws:iam::aws:policy/IAMFullAccess", "VersionId": "v1",
                        "PolicyDocument": action.name == "UpdateAssumeRolePolicy" ? Self.trust : Self.anything,
                        "AssumeRolePolicyDocument": Self.trust, "AccessKeyId": "AKIA",
                        "Status": "Active", "Description": "", "Url": "https://idp.example.com", "ClientID": "c",
                        "OpenIDConnectProviderArn": "arn:aws:iam::000000000001:oidc-provider/idp.example.com",
                    ].filter { Self.parameters(of: action.name).contains($0.key) }.asPairs, as: user)
                #expect(answer.code == "AccessDenied", "\(action.name): \(answer.text)")
            }
            #expect(harness.store.identities(of: harness.root.account).users.count == 1)
        }
    }

    private static let anything =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    private static let trust =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#

    /// The required parameters of an action, found by its name.
    private static func parameters(of action: String) -> Set<String> {
        var names: Set<String> = []
        if action.contains("User"), action != "ListUsers" { names.insert("UserName") }
        if action.contains("Group"), action != "ListGroups", action != "ListGroupsForUser" { names.insert("GroupName") }
        if action.contains("Role"), action != "ListRoles" { names.insert("RoleName") }
        if action == "UpdateAssumeRolePolicy" { names.insert("PolicyDocument") }
        if action == "CreateRole" { names.insert("AssumeRolePolicyDocument") }
        if action == "UpdateRoleDescription" { names.insert("Description") }
        let isInline = ["User", "Group", "Role"].contains { action.hasSuffix("\($0)Policy") }
        if isInline, action != "UpdateAssumeRolePolicy", !action.hasPrefix("Attach"), !action.hasPrefix("Detach") {
            names.insert("PolicyName")
        }
        if action.hasPrefix("Put") { names.insert("PolicyDocument") }
        if action == "CreatePolicy" { names.formUnion(["PolicyName", "PolicyDocument"]) }
        if action == "CreatePolicyVersion" { names.insert("PolicyDocument") }
        if ["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"].contains(action) {
            names.insert("VersionId")
        }
        let isOfPolicy =
            ["GetPolicy", "DeletePolicy", "TagPolicy", "UntagPolicy", "ListPolicyTags", "ListEntitiesForPolicy"]
            .contains(action) || action.contains("PolicyVersion") || action.hasPrefix("Attach")
            || action.hasPrefix("Detach")
        if isOfPolicy { names.insert("PolicyArn") }
        if action.hasSuffix("AccessKey") { names.insert("UserName") }
        if ["DeleteAccessKey", "UpdateAccessKey", "GetAccessKeyLastUsed"].contains(action) {
            names.insert("AccessKeyId")
        }
        if action == "UpdateAccessKey" { names.insert("Status") }
        if action == "CreateOpenIDConnectProvider" {
            names.insert("Url")
        } else if action.contains("OpenIDConnectProvider"), action != "ListOpenIDConnectProviders" {
            names.insert("OpenIDConnectProviderArn")
        }
        if action.contains("ClientID") { names.insert("ClientID") }
        return names
    }
}

extension Dictionary<String, String> {
    fileprivate var asPairs: [(name: String, value: String)] { map { ($0.key, $0.value) } }
}
