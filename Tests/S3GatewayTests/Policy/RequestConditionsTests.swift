// Why this file exists: what conditions are told of a request, key by key.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite("RequestConditions")
struct RequestConditionsTests {
    private static func conditions(
        _ method: HTTPMethod = .get, _ path: String = "/example/key", query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)] = [], subject: PolicySubject = Subjects.ownerUser,
        facts: RequestConditions.Facts = .init()
    ) throws -> RequestConditions {
        let request = try authenticator().verify(
            signedRequest(method, path, query: query, headers: headers), id: "id", now: exampleTime + 5)
        return RequestConditions(
            request, subject: subject, resourceAccount: Accounts.owner, now: exampleTime + 5, facts: facts)
    }

    @Test(
        "keys of the request itself",
        arguments: [
            ("aws:SourceIp", "127.0.0.1"), ("aws:SecureTransport", "false"),
            ("aws:CurrentTime", "2013-05-24T00:00:05Z"),
            ("aws:EpochTime", "1369353605"), ("aws:Referer", "http://example.com/"), ("aws:UserAgent", "agent/1"),
            ("aws:ResourceAccount", "111122223333"), ("s3:ResourceAccount", "111122223333"),
            ("aws:ViaAWSService", "false"), ("s3:authType", "REST-HEADER"), ("s3:signatureversion", "AWS4-HMAC-SHA256"),
            ("s3:signatureAge", "5000"), ("S3:X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
        ])
    func request(name: String, value: String) throws {
        let conditions = try RequestConditionsTests.conditions(
            headers: [("referer", "http://example.com/"), ("user-agent", "agent/1")])
        #expect(conditions.values(of: ConditionKey(name)) == [value])
    }

    @Test("keys of whoever asks are those of AWS's table")
    func principals() throws {
        var session = Subjects.ownerRole
        session.tags = [NameValue("Team", "red"), NameValue("cairn:run", "7")]
        session.sourceIdentity = "alice"
        session.tokenIssued = exampleTime
        for (subject, expected) in [
            (
                Subjects.ownerRoot,
                [
                    "aws:PrincipalType": "Account", "aws:userid": "111122223333", "aws:username": nil,
                    "aws:PrincipalArn": "arn:aws:iam::111122223333:root", "aws:PrincipalAccount": "111122223333",
                ]
            ),
            (
                Subjects.ownerPathUser,
                [
                    "aws:PrincipalType": "User", "aws:userid": "AIDAPATH", "aws:username": "bob",
                    "aws:PrincipalArn": "arn:aws:iam::111122223333:user/team/bob", "aws:TokenIssueTime": nil,
                    "aws:MultiFactorAuthPresent": nil,
                ]
            ),
            (
                session,
                [
                    "aws:PrincipalType": "AssumedRole", "aws:userid": "AROAETL:run1", "aws:username": nil,
                    "aws:PrincipalArn": "arn:aws:iam::111122223333:role/etl", "aws:PrincipalTag/team": "red",
                    "aws:PrincipalTag/cairn:run": "7", "aws:SourceIdentity": "alice",
                    "aws:TokenIssueTime": "2013-05-24T00:00:00Z", "aws:MultiFactorAuthPresent": "false",
                ]
            ),
            (
                PolicySubject.anonymous,
                [
                    "aws:PrincipalType": "Anonymous", "aws:userid": "anonymous", "aws:username": nil,
                    "aws:PrincipalArn": nil, "aws:PrincipalAccount": nil,
                ]
            ),
            (
                Subjects.logging,
                ["aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "logging.s3.amazonaws.com"]
            ),
        ] as [(PolicySubject, [String: String?])] {
            let conditions = try RequestConditionsTests.conditions(subject: subject)
            for (name, value) in expected {
                #expect(conditions.values(of: ConditionKey(name)) == value.map { [$0] }, "\(name) of \(subject.kind)")
            }
        }
    }

    @Test("listings tell what they ask for, and only what they ask for")
    func listings() throws {
        let asked = try RequestConditionsTests.conditions(
            .get, "/example", query: [("list-type", "2"), ("prefix", "own/"), ("delimiter", "/"), ("max-keys", "7")])
        #expect(asked.values(of: ConditionKey("s3:prefix")) == ["own/"])
        #expect(asked.values(of: ConditionKey("s3:delimiter")) == ["/"])
        #expect(asked.values(of: ConditionKey("s3:max-keys")) == ["7"])
        let bare = try RequestConditionsTests.conditions(.get, "/example")
        #expect(bare.values(of: ConditionKey("s3:prefix")) == nil)
        #expect(
            try RequestConditionsTests.conditions(.get, "/example", query: [("prefix", "")])
                .values(of: ConditionKey("s3:prefix")) == [""])
        // On an object the parameter means nothing.
        #expect(
            try RequestConditionsTests.conditions(query: [("prefix", "x")])
                .values(of: ConditionKey("s3:prefix")) == nil)
    }

    @Test(
        "headers of a write are keys of their own",
        arguments: [
            ("x-amz-acl", "public-read"), ("x-amz-grant-full-control", "id=abc"), ("x-amz-grant-read", "id=abc"),
            ("x-amz-grant-write", "id=abc"), ("x-amz-grant-read-acp", "id=abc"), ("x-amz-grant-write-acp", "id=abc"),
            ("x-amz-metadata-directive", "COPY"), ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "key"), ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256"), ("x-amz-object-ownership", "ObjectWriter"),
            ("x-amz-website-redirect-location", "/x"),
        ])
    func headers(name: String, value: String) throws {
        let key = ConditionKey("s3:" + name)
        #expect(try RequestConditionsTests.conditions(.put, headers: [(name, value)]).values(of: key) == [value])
        #expect(try RequestConditionsTests.conditions(.put).values(of: key) == nil)
    }

    @Test(
        "the source of a copy is told as bucket and key, however it was written",
        arguments: [
            ("src/public/a%20b", "src/public/a b"), ("/src/public/a%20b", "src/public/a b"),
            ("src/k?versionId=null", "src/k"),
        ])
    func copySource(header: String, value: String) throws {
        let conditions = try RequestConditionsTests.conditions(.put, headers: [("x-amz-copy-source", header)])
        #expect(conditions.values(of: ConditionKey("s3:x-amz-copy-source")) == [value])
    }

    @Test("tags of the object, of the request and of the principal are kept apart")
    func tags() throws {
        var facts = RequestConditions.Facts()
        facts.requestTags = [NameValue("Project", "x"), NameValue("b", "")]
        facts.existingTags = { [NameValue("Project", "y")] }
        let conditions = try RequestConditionsTests.conditions(.put, facts: facts)
        #expect(conditions.values(of: ConditionKey("s3:RequestObjectTag/Project")) == ["x"])
        #expect(conditions.values(of: ConditionKey("s3:RequestObjectTagKeys")) == ["Project", "b"])
        #expect(conditions.values(of: ConditionKey("s3:ExistingObjectTag/Project")) == ["y"])
        // Tags of objects may differ in case alone; keys under `aws:` may not.
        #expect(conditions.values(of: ConditionKey("s3:ExistingObjectTag/project")) == nil)
        #expect(conditions.values(of: ConditionKey("aws:RequestTag/project")) == ["x"])
        #expect(conditions.values(of: ConditionKey("aws:TagKeys")) == ["Project", "b"])
        #expect(conditions.values(of: ConditionKey("aws:PrincipalTag/Project")) == nil)
        let bare = try RequestConditionsTests.conditions(.put)
        #expect(bare.values(of: ConditionKey("s3:RequestObjectTagKeys")) == nil)
        #expect(bare.values(of: ConditionKey("s3:ExistingObjectTag/Project")) == nil)
    }

    @Test("locks are told from headers or from the body, days that have begun are counted")
    func locks() throws {
        let written = try RequestConditionsTests.conditions(
            .put,
            headers: [
                ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-legal-hold", "ON"),
                ("x-amz-object-lock-retain-until-date", "2013-05-26T00:00:06Z"),
            ])
        #expect(written.values(of: ConditionKey("s3:object-lock-mode")) == ["GOVERNANCE"])
        #expect(written.values(of: ConditionKey("s3:object-lock-legal-hold")) == ["ON"])
        #expect(written.values(of: ConditionKey("s3:object-lock-retain-until-date")) == ["2013-05-26T00:00:06Z"])
        #expect(written.values(of: ConditionKey("s3:object-lock-remaining-retention-days")) == ["3"])
        var facts = RequestConditions.Facts()
        facts.retainUntil = exampleTime + 5 + 86_400
        facts.lockMode = "COMPLIANCE"
        let read = try RequestConditionsTests.conditions(.put, facts: facts)
        #expect(read.values(of: ConditionKey("s3:object-lock-remaining-retention-days")) == ["1"])
        #expect(read.values(of: ConditionKey("s3:object-lock-mode")) == ["COMPLIANCE"])
    }

    @Test("a write tells whether it makes an object, its conditions and its version")
    func writes() throws {
        let key = ConditionKey("s3:ObjectCreationOperation")
        #expect(try RequestConditionsTests.conditions(.put).values(of: key) == ["true"])
        #expect(try RequestConditionsTests.conditions(.post, query: [("uploads", nil)]).values(of: key) == ["false"])
        #expect(try RequestConditionsTests.conditions(.post, query: [("uploadId", "u")]).values(of: key) == ["true"])
        #expect(
            try RequestConditionsTests.conditions(.put, query: [("uploadId", "u"), ("partNumber", "1")]).values(of: key)
                == ["false"])
        #expect(try RequestConditionsTests.conditions(.get).values(of: key) == nil)
        let conditional = try RequestConditionsTests.conditions(
            .put, query: [("versionId", "v")], headers: [("if-none-match", "*"), ("if-match", "\"e\"")])
        #expect(conditional.values(of: ConditionKey("s3:if-none-match")) == ["*"])
        #expect(conditional.values(of: ConditionKey("s3:if-match")) == ["\"e\""])
        #expect(conditional.values(of: ConditionKey("s3:VersionId")) == ["v"])
    }

    @Test("what nobody knows is absent")
    func unknown() throws {
        let conditions = try RequestConditionsTests.conditions()
        for name in ["aws:SourceVpc", "s3:unknown", "ec2:Region", "s3:ExistingObjectTag", "aws:SourceArn"] {
            #expect(conditions.values(of: ConditionKey(name)) == nil, "\(name)")
        }
    }
}
