// Why this file exists: sessions from the call to the signature that they make: who gets one, what it says, when it ends,
// and what is refused.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct SecurityTokenTests {
    private static let account = "000000000001"
    private static let runRole = "arn:aws:iam::000000000001:role/cairn/run"

    @Test("a session opens S3 with its token only, until its end")
    func life() async throws {
        try await IdentityHarness.run { harness in
            let answer = await harness.call(
                "AssumeRole", ["RoleArn": Self.runRole, "RoleSessionName": "train", "DurationSeconds": "900"])
            #expect(answer.status == 200)
            let caller = Caller(answer)
            for presigned in [false, true] {
                var changed = caller
                #expect(harness.refusal(of: changed, presigned: presigned) == nil)
                changed.token = nil
                #expect(harness.refusal(of: changed, presigned: presigned) == .invalidAccessKeyId)
                changed.token = (caller.token ?? "").dropLast() + "~"
                #expect(harness.refusal(of: changed, presigned: presigned) == .invalidToken)
                changed.token = String((caller.token ?? "").dropLast())
                #expect(harness.refusal(of: changed, presigned: presigned) == .invalidToken)
                changed = caller
                changed.secret = "wrong-secret"
                #expect(harness.refusal(of: changed, presigned: presigned) == .signatureDoesNotMatch)
                changed = Caller(harness.root)
                changed.token = caller.token
                #expect(harness.refusal(of: changed, presigned: presigned) == .invalidToken, "it is another key's")
            }
            harness.now += 890
            #expect(harness.refusal(of: caller) == nil)
            // The store takes its own time, which is a little later than the test's.
            harness.now += 100
            #expect(harness.refusal(of: caller) == .expiredToken)
            #expect(harness.refusal(of: caller, presigned: true) == .expiredToken)
            #expect(await harness.call("GetCallerIdentity", as: caller).code == "ExpiredToken")
        }
    }

    @Test("two sessions cannot use each other's tokens")
    func foreignToken() async throws {
        try await IdentityHarness.run { harness in
            let one = Caller(await harness.call("GetSessionToken"))
            var two = Caller(await harness.call("GetSessionToken"))
            two.token = one.token
            #expect(harness.refusal(of: one) == nil)
            #expect(harness.refusal(of: two) == .invalidToken)
        }
    }

    @Test("the session's facts reach the gateway")
    func facts() async throws {
        try await IdentityHarness.run { harness in
            let run = "0198a1b2-7000-7000-8000-0123456789ab"
            let answer = await harness.call(
                "AssumeRole",
                [
                    "RoleArn": Self.runRole, "RoleSessionName": "train", "SourceIdentity": "alice",
                    "Tags.member.1.Key": "cairn:run", "Tags.member.1.Value": run, "Tags.member.2.Key": "cairn:job",
                    "Tags.member.2.Value": "curate +/=", "TransitiveTagKeys.member.1": "cairn:run",
                ])
            let record = try #require(harness.credentials.credential(for: Caller(answer).id))
            guard case .session(let facts) = record.actor else {
                Issue.record("no session: \(record.actor)")
                return
            }
            #expect(facts.role == "run" && facts.name == "train" && facts.sourceIdentity == "alice")
            #expect(facts.tag("cairn:job") == "curate +/=")
            #expect(facts.run?.description == run)
            #expect(facts.hasAccountRights)
            #expect(record.accountID == harness.root.account)
        }
    }

    @Test("who calls is told by their ARN")
    func callers() async throws {
        try await IdentityHarness.run { harness in
            let told = await harness.call("GetCallerIdentity")
            #expect(told.xml("Arn") == "arn:aws:iam::000000000001:root")
            #expect(told.xml("UserId") == Self.account && told.xml("Account") == Self.account)
            let federated = Caller(await harness.call("GetFederationToken", ["Name": "bob"]))
            let bob = await harness.call("GetCallerIdentity", as: federated)
            #expect(bob.xml("Arn") == "arn:aws:sts::000000000001:federated-user/bob")
            #expect(bob.xml("UserId") == "000000000001:bob")
            let second = try await harness.store.createAccessKey(displayName: "second")
            #expect(await harness.call("GetCallerIdentity", as: Caller(second)).xml("Account") == "000000000002")
            let foreign = await harness.call(
                "AssumeRole", ["RoleArn": Self.runRole, "RoleSessionName": "xx"], as: Caller(second))
            #expect(foreign.status == 403 && foreign.code == "AccessDenied")
        }
    }

    @Test(
        "what is out of its limits is refused",
        arguments: [
            ["RoleSessionName": "x"], ["RoleSessionName": String(repeating: "x", count: 65)],
            ["RoleSessionName": "a b"], ["RoleSessionName": "ä_name"], ["DurationSeconds": "899"],
            ["DurationSeconds": "43201"], ["DurationSeconds": "-1"], ["DurationSeconds": "99999999999999999999"],
            ["DurationSeconds": "1h"], ["SourceIdentity": "aws:me"], ["SourceIdentity": "x"],
            ["Tags.member.1.Key": "", "Tags.member.1.Value": "v"],
            ["Tags.member.1.Key": String(repeating: "k", count: 129)],
            ["Tags.member.1.Key": "k", "Tags.member.1.Value": String(repeating: "v", count: 257)],
            ["Tags.member.1.Key": "k;", "Tags.member.1.Value": "v"],
            ["Tags.member.1.Key": "AWS:k", "Tags.member.1.Value": "v"],
            ["Tags.member.1.Key": "cairn:parent", "Tags.member.1.Value": "no uuid"],
            ["Tags.member.2.Key": "k"], ["Tags.member.1.Value": "v"], ["Tags": "v"],
            ["TransitiveTagKeys.member.1": "k"], ["PolicyArns.member.1.arn": "arn:aws:iam::000000000009:policy/p"],
            ["PolicyArns.member.1.arn": "p"], ["TokenCode": "123456"], ["Unknown": "x"], ["action": "x"],
            ["ProvidedContexts.member.1.ProviderArn": "x"],
        ] as [[String: String]])
    func limits(change: [String: String]) async throws {
        try await IdentityHarness.run { harness in
            var parameters = ["RoleArn": Self.runRole, "RoleSessionName": "name"]
            parameters.merge(change) { $1 }
            let form = parameters.map { name, value in
                "\(name)=\(PercentCoding.encoded(value.utf8, keepingSlash: false))"
            }.joined(separator: "&")
            let answer = await harness.post("Action=AssumeRole&Version=2011-06-15&\(form)", api: .sts)
            // A list that is written as an empty one, and a name that differs in case, are the two that may pass.
            if change["action"] != nil {
                #expect(answer.status == 200)
            } else {
                #expect(answer.status == 400 && answer.code == "ValidationError", "\(answer.text)")
            }
            let kinds = try harness.store.journalEntries(limit: 100).map { CanonicalJSON($0.bytes)?["kind"]?.text }
            #expect(change["action"] != nil || !kinds.contains("session.issued"))
        }
    }

    @Test("fifty tags are taken and one more is not")
    func manyTags() async throws {
        try await IdentityHarness.run { harness in
            for (count, status) in [(50, 200), (51, 400)] {
                let tags = (1...count).map { "Tags.member.\($0).Key=k\($0)&Tags.member.\($0).Value=" }
                let answer = await harness.post(
                    "Action=AssumeRole&Version=2011-06-15&RoleArn=\(Self.runRole)&RoleSessionName=name&"
                        + tags.joined(separator: "&"), api: .sts)
                #expect(answer.status == status, "\(answer.text)")
            }
        }
    }

    @Test("a trust policy can ask for tags of the role itself", arguments: ["iam:ResourceTag", "aws:ResourceTag"])
    func roleTags(key: String) async throws {
        try await IdentityHarness.run { harness in
            let trust = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(Self.account)"},\
                "Action":"sts:AssumeRole","Condition":{"StringEquals":{"\(key)/open":"yes"}}}]}
                """
            _ = await harness.call("CreateRole", ["RoleName": "r", "AssumeRolePolicyDocument": trust])
            func assume() async -> String? {
                await harness.call(
                    "AssumeRole", ["RoleArn": "arn:aws:iam::\(Self.account):role/r", "RoleSessionName": "name"]
                ).code
            }
            #expect(await assume() == "AccessDenied")
            _ = await harness.call(
                "TagRole", ["RoleName": "r", "Tags.member.1.Key": "open", "Tags.member.1.Value": "yes"])
            #expect(await assume() == nil)
        }
    }

    @Test("AssumeRoleWithSAML and the like are refused by name")
    func unserved() async throws {
        try await IdentityHarness.run { harness in
            let answer = await harness.call("AssumeRoleWithSAML")
            #expect(answer.status == 501 && answer.code == "NotImplemented")
            #expect(answer.text.contains("AssumeRoleWithSAML"))
            #expect(await harness.call("NoSuchAction").code == "InvalidAction")
        }
    }
}
