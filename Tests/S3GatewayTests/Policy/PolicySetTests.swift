// Why this file exists: how policies of identities, buckets and sessions go together, case by case of the documentation.
import Testing

@testable import S3Gateway

@Suite("PolicySet")
struct PolicySetTests {
    private static func bucketPolicy(_ effect: String, principal: String, action: String = "s3:*") throws
        -> PolicyDocument
    {
        try .bucket(
            """
            {"Effect":"\(effect)","Principal":\(principal),"Action":"\(action)",
             "Resource":["arn:aws:s3:::example","arn:aws:s3:::example/*"]}
            """)
    }

    private static let user = "{\"AWS\":\"arn:aws:iam::111122223333:user/bob\"}"
    private static let role = "{\"AWS\":\"arn:aws:iam::111122223333:role/etl\"}"
    private static let session = "{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/etl/run1\"}"
    private static let account = "{\"AWS\":\"111122223333\"}"
    private static let otherAccount = "{\"AWS\":\"arn:aws:iam::444455556666:root\"}"

    @Test("without a policy the account may do all in its account, and nobody else anything")
    func noPolicies() {
        let set = PolicySet()
        #expect(set.verdict(on: question(Subjects.ownerRoot)) == .allow)
        for subject in [
            Subjects.ownerUser, Subjects.ownerRole, Subjects.otherRoot, Subjects.otherUser, .anonymous,
            Subjects.logging,
        ] {
            #expect(set.verdict(on: question(subject)) == .implicitDeny)
        }
    }

    @Test("within an account one yes is enough: the identity's or the bucket's")
    func sameAccount() throws {
        let identity = PolicySet(identity: [try .allowing("s3:GetObject")])
        #expect(identity.verdict(on: question(Subjects.ownerUser)) == .allow)
        #expect(identity.verdict(on: question(Subjects.ownerUser, "s3:PutObject")) == .implicitDeny)
        for (principal, subject, verdict) in [
            (PolicySetTests.user, Subjects.ownerUser, PolicyVerdict.allow),
            (PolicySetTests.role, Subjects.ownerRole, .allow),
            (PolicySetTests.session, Subjects.ownerRole, .allow), ("\"*\"", Subjects.ownerUser, .allow),
            (PolicySetTests.user, Subjects.ownerPathUser, .implicitDeny),
            (PolicySetTests.role, Subjects.ownerUser, .implicitDeny),
        ] {
            let set = PolicySet(resource: try PolicySetTests.bucketPolicy("Allow", principal: principal))
            #expect(set.verdict(on: question(subject)) == verdict, "\(principal) \(subject.kind)")
        }
    }

    @Test("to name an account leaves the decision to its own policies")
    func accountDelegates() throws {
        var set = PolicySet(resource: try PolicySetTests.bucketPolicy("Allow", principal: PolicySetTests.account))
        #expect(set.verdict(on: question(Subjects.ownerUser)) == .implicitDeny)
        set.identity = [try .allowing("s3:*")]
        #expect(set.verdict(on: question(Subjects.ownerUser)) == .allow)
    }

    @Test("across accounts both must say yes")
    func acrossAccounts() throws {
        let granting = try PolicySetTests.bucketPolicy("Allow", principal: PolicySetTests.otherAccount)
        let allowing = try PolicyDocument.allowing("s3:GetObject")
        #expect(PolicySet(resource: granting).verdict(on: question(Subjects.otherRoot)) == .allow)
        #expect(PolicySet(resource: granting).verdict(on: question(Subjects.otherUser)) == .implicitDeny)
        #expect(PolicySet(identity: [allowing]).verdict(on: question(Subjects.otherUser)) == .implicitDeny)
        let both = PolicySet(identity: [allowing], resource: granting)
        #expect(both.verdict(on: question(Subjects.otherUser)) == .allow)
        #expect(both.verdict(on: question(Subjects.otherUser, "s3:PutObject")) == .implicitDeny)
    }

    @Test(
        "nobody is let in by `*` only", arguments: ["\"*\"", "{\"AWS\":\"*\"}", "{\"AWS\":[\"111122223333\",\"*\"]}"])
    func anonymous(principal: String) throws {
        let open = PolicySet(resource: try PolicySetTests.bucketPolicy("Allow", principal: principal))
        #expect(open.verdict(on: question(.anonymous)) == .allow)
        let named = PolicySet(resource: try PolicySetTests.bucketPolicy("Allow", principal: PolicySetTests.account))
        #expect(named.verdict(on: question(.anonymous)) == .implicitDeny)
    }

    @Test("a deny wins over every yes, wherever it stands")
    func denyWins() throws {
        let open = try PolicySetTests.bucketPolicy("Allow", principal: "\"*\"")
        let deny = try PolicyDocument.identity("{\"Effect\":\"Deny\",\"Action\":\"s3:Get*\",\"Resource\":\"*\"}")
        #expect(PolicySet(identity: [deny], resource: open).verdict(on: question(Subjects.ownerUser)) == .explicitDeny)
        #expect(
            PolicySet(resource: open, restrictions: [[deny]]).verdict(on: question(Subjects.ownerUser)) == .explicitDeny
        )
        for principal in ["\"*\"", PolicySetTests.account] {
            let closed = PolicySet(
                identity: [try .allowing("*")],
                resource: try PolicySetTests.bucketPolicy("Deny", principal: principal))
            for subject in [Subjects.ownerRoot, Subjects.ownerUser, Subjects.ownerRole] {
                #expect(closed.verdict(on: question(subject)) == .explicitDeny)
            }
        }
    }

    @Test("what narrows a session narrows its identity and its role, not a grant to the session itself")
    func sessions() throws {
        let narrow = [[try PolicyDocument.allowing("s3:GetObject")]]
        let wide = try PolicyDocument.allowing("s3:*")
        var set = PolicySet(identity: [wide], restrictions: narrow)
        #expect(set.verdict(on: question(Subjects.ownerRole)) == .allow)
        #expect(set.verdict(on: question(Subjects.ownerRole, "s3:PutObject")) == .implicitDeny)
        for (principal, verdict) in [
            (PolicySetTests.role, PolicyVerdict.implicitDeny), ("\"*\"", .implicitDeny),
            (PolicySetTests.session, .allow),
        ] {
            set = PolicySet(
                resource: try PolicySetTests.bucketPolicy("Allow", principal: principal), restrictions: narrow)
            #expect(set.verdict(on: question(Subjects.ownerRole, "s3:PutObject")) == verdict, "\(principal)")
        }
        set = PolicySet(identity: [wide], restrictions: [[]])
        #expect(set.verdict(on: question(Subjects.ownerRole)) == .implicitDeny)
        // The session of another account needs its own account's yes as well.
        set = PolicySet(
            resource: try PolicySetTests.bucketPolicy(
                "Allow", principal: "{\"AWS\":\"arn:aws:sts::444455556666:assumed-role/etl/run1\"}"))
        #expect(set.verdict(on: question(Subjects.otherRole)) == .implicitDeny)
        set.identity = [wide]
        #expect(set.verdict(on: question(Subjects.otherRole)) == .allow)
    }

    @Test(
        "the account that owns a bucket keeps its hands on the policy, unless it gave that up",
        arguments: ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"] as [Action])
    func ownerKeepsPolicy(action: Action) throws {
        var set = PolicySet(
            identity: [], resource: try PolicySetTests.bucketPolicy("Deny", principal: "\"*\""))
        #expect(set.verdict(on: question(Subjects.ownerRoot, action, key: nil)) == .allow)
        #expect(set.verdict(on: question(Subjects.ownerRoot, "s3:ListBucket", key: nil)) == .explicitDeny)
        #expect(set.verdict(on: question(Subjects.otherRoot, action, key: nil)) == .explicitDeny)
        set.identity = [try .allowing("s3:*")]
        #expect(set.verdict(on: question(Subjects.ownerUser, action, key: nil)) == .explicitDeny)
        set.ownerKeepsPolicy = false
        #expect(set.verdict(on: question(Subjects.ownerRoot, action, key: nil)) == .explicitDeny)
        set = PolicySet(resource: .denyingAll)
        #expect(set.verdict(on: question(Subjects.ownerRoot, action, key: nil)) == .allow)
        #expect(set.verdict(on: question(Subjects.ownerRoot)) == .explicitDeny)
    }

    @Test("a list counts like an allow of the bucket's policy")
    func lists() throws {
        let set = PolicySet()
        #expect(set.verdict(on: question(Subjects.otherRoot), grant: .account) == .allow)
        #expect(set.verdict(on: question(Subjects.otherUser), grant: .account) == .implicitDeny)
        #expect(set.verdict(on: question(.anonymous), grant: .everyone) == .allow)
        #expect(set.verdict(on: question(Subjects.ownerUser), grant: .everyone) == .allow)
        #expect(set.verdict(on: question(Subjects.ownerUser), grant: .account) == .implicitDeny)
        let closed = PolicySet(resource: try PolicySetTests.bucketPolicy("Deny", principal: "\"*\""))
        #expect(closed.verdict(on: question(.anonymous), grant: .everyone) == .explicitDeny)
    }

    @Test("NotPrincipal exempts only those who are listed with everything that contains them")
    func notPrincipal() throws {
        func verdict(_ listed: String, _ subject: PolicySubject) throws -> PolicyVerdict {
            let set = PolicySet(
                identity: [try .allowing("s3:*")],
                resource: try .bucket(
                    """
                    {"Effect":"Deny","NotPrincipal":{"AWS":[\(listed)]},"Action":"s3:*",
                     "Resource":"arn:aws:s3:::example/*"}
                    """))
            return set.verdict(on: question(subject))
        }
        let account = "\"arn:aws:iam::111122223333:root\""
        let user = "\"arn:aws:iam::111122223333:user/bob\""
        let role = "\"arn:aws:iam::111122223333:role/etl\""
        let session = "\"arn:aws:sts::111122223333:assumed-role/etl/run1\""
        #expect(try verdict("\(user),\(account)", Subjects.ownerUser) == .allow)
        #expect(try verdict(user, Subjects.ownerUser) == .explicitDeny)
        #expect(try verdict(account, Subjects.ownerUser) == .explicitDeny)
        #expect(try verdict(account, Subjects.ownerRoot) == .allow)
        #expect(try verdict("\(account),\(role),\(session)", Subjects.ownerRole) == .allow)
        #expect(try verdict("\(account),\(role)", Subjects.ownerRole) == .explicitDeny)
        #expect(try verdict(account, .anonymous) == .explicitDeny)
        #expect(try verdict("\"*\"", .anonymous) == .implicitDeny)
    }

    @Test(
        "an account is found under its number, its canonical id, and the forms that other servers write",
        arguments: [
            "{\"AWS\":\"111122223333\"}", "{\"AWS\":\"arn:aws:iam::111122223333:root\"}",
            "{\"CanonicalUser\":\"\(Accounts.owner.canonicalID)\"}", "{\"AWS\":\"\(Accounts.owner.canonicalID)\"}",
            "{\"AWS\":\"arn:aws:iam:::user/\(Accounts.owner.canonicalID)\"}",
            "{\"AWS\":\"arn:aws:iam::tenant:user/\(Accounts.owner.canonicalID)\"}",
            "{\"AWS\":\"arn:aws:iam::111122223333:user/\(Accounts.owner.canonicalID)\"}",
            "{\"AWS\":\"arn:aws:iam::\(Accounts.owner.canonicalID):root\"}",
        ])
    func accountForms(principal: String) throws {
        let set = PolicySet(resource: try PolicySetTests.bucketPolicy("Deny", principal: principal))
        #expect(set.verdict(on: question(Subjects.ownerRoot)) == .explicitDeny)
        #expect(set.verdict(on: question(Subjects.otherRoot)) == .implicitDeny)
    }

    @Test("an ARN without an account means the account of the bucket")
    func homeAccount() throws {
        let set = PolicySet(
            resource: try PolicySetTests.bucketPolicy(
                "Allow", principal: "{\"AWS\":[\"arn:aws:iam:::role/etl\",\"arn:aws:iam:::user/eve\"]}"))
        #expect(set.verdict(on: question(Subjects.ownerRole)) == .allow)
        #expect(set.verdict(on: question(Subjects.otherUser)) == .implicitDeny)
    }

    @Test("a service is let in by its own name")
    func services() throws {
        let set = PolicySet(
            resource: try .bucket(
                """
                {"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":["s3:PutObject"],
                 "Resource":"arn:aws:s3:::example/log/*","Condition":{
                  "ArnLike":{"aws:SourceArn":"arn:aws:s3:::source"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}
                """))
        let facts = ["aws:SourceArn": ["arn:aws:s3:::source"], "aws:SourceAccount": ["111122223333"]]
        #expect(set.verdict(on: question(Subjects.logging, "s3:PutObject", key: "log/1", facts)) == .allow)
        #expect(set.verdict(on: question(Subjects.logging, "s3:PutObject", key: "other", facts)) == .implicitDeny)
        #expect(set.verdict(on: question(Subjects.logging, "s3:PutObject", key: "log/1")) == .implicitDeny)
        #expect(set.verdict(on: question(Subjects.ownerUser, "s3:PutObject", key: "log/1", facts)) == .implicitDeny)
    }

    @Test("whoever lists all buckets is allowed to by `*` and by every bucket", arguments: ["*", "arn:aws:s3:::*"])
    func allBuckets(resource: String) throws {
        let set = PolicySet(
            identity: [
                try .identity("{\"Effect\":\"Allow\",\"Action\":\"s3:ListAllMyBuckets\",\"Resource\":\"\(resource)\"}")
            ])
        let request = PolicyRequest(
            subject: Subjects.ownerUser, action: .listAllMyBuckets, resource: "*", resourceAccount: nil,
            context: EmptyContext())
        #expect(set.verdict(on: request) == .allow)
    }

    @Test("a trust policy is judged as a bucket's is")
    func trust() throws {
        func verdict(_ principal: String, _ subject: PolicySubject, identity: [PolicyDocument] = []) throws
            -> PolicyVerdict
        {
            let trust = try PolicyDocument(
                Array(
                    "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\(principal),\"Action\":\"sts:AssumeRole\"}}"
                        .utf8),
                as: .roleTrust)
            return PolicySet(identity: identity, resource: trust).verdict(
                on: PolicyRequest(
                    subject: subject, action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/etl",
                    resourceAccount: Accounts.owner, context: EmptyContext()))
        }
        #expect(try verdict(PolicySetTests.user, Subjects.ownerUser) == .allow)
        #expect(try verdict(PolicySetTests.account, Subjects.ownerUser) == .implicitDeny)
        let assuming = [try PolicyDocument.allowing("sts:AssumeRole")]
        #expect(try verdict(PolicySetTests.account, Subjects.ownerUser, identity: assuming) == .allow)
        #expect(try verdict(PolicySetTests.account, Subjects.otherUser, identity: assuming) == .implicitDeny)
        #expect(
            try verdict(
                "{\"Federated\":\"accounts.google.com\"}",
                PolicySubject(.webIdentity(provider: "accounts.google.com"), account: nil)) == .allow)
    }
}
