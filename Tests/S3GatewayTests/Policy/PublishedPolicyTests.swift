// Why this file exists: the examples that AWS publishes, asked what their text says they do.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples.html
import Testing

@testable import S3Gateway

@Suite("PublishedPolicies")
struct PublishedPolicyTests {
    private static func verdict(
        _ policy: PolicyDocument, _ subject: PolicySubject, _ action: Action, _ key: String?,
        _ context: [String: [String]] = [:]
    ) -> PolicyVerdict {
        PolicySet(resource: policy).verdict(on: question(subject, action, key: key, context))
    }

    @Test("TLS or nothing, and no old TLS")
    func transport() throws {
        let policy = try PolicyDocument(
            Array(
                """
                {"Version":"2012-10-17","Statement":[
                 {"Sid":"RestrictToTLSRequestsOnly","Action":"s3:*","Effect":"Deny",
                  "Resource":["arn:aws:s3:::example","arn:aws:s3:::example/*"],
                  "Condition":{"Bool":{"aws:SecureTransport":"false"}},"Principal":"*"},
                 {"Sid":"EnforceTLSv12orHigher","Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],
                  "Resource":["arn:aws:s3:::example/*","arn:aws:s3:::example"],
                  "Condition":{"NumericLessThan":{"s3:TlsVersion":1.2}}}]}
                """.utf8), as: .bucket("example"))
        #expect(
            PublishedPolicyTests.verdict(
                policy, Subjects.ownerRoot, "s3:GetObject", "k", ["aws:SecureTransport": ["false"]])
                == .explicitDeny)
        #expect(
            PublishedPolicyTests.verdict(
                policy, Subjects.ownerRoot, "s3:GetObject", "k",
                ["aws:SecureTransport": ["true"], "s3:TlsVersion": ["1.1"]]) == .explicitDeny)
        #expect(
            PublishedPolicyTests.verdict(
                policy, Subjects.ownerRoot, "s3:GetObject", "k",
                ["aws:SecureTransport": ["true"], "s3:TlsVersion": ["1.3"]]) == .allow)
    }

    @Test("uploads must name a KMS key")
    func encryption() throws {
        let policy = try PolicyDocument.bucket(
            """
            {"Sid":"DenyObjectsThatAreNotSSEKMSWithSpecificKey","Principal":"*","Effect":"Deny","Action":"s3:PutObject",
             "Resource":"arn:aws:s3:::example/*","Condition":{"ArnNotEqualsIfExists":{
             "s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111122223333:key/01234567"}}}
            """)
        let key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        #expect(
            PublishedPolicyTests.verdict(
                policy, Subjects.ownerRoot, "s3:PutObject", "k",
                [key: ["arn:aws:kms:us-east-1:111122223333:key/01234567"]])
                == .allow)
        #expect(
            PublishedPolicyTests.verdict(
                policy, Subjects.ownerRoot, "s3:PutObject", "k", [key: ["arn:aws:kms:us-east-1:111122223333:key/other"]]
            )
                == .explicitDeny)
    }

    @Test("a range of addresses, with holes")
    func addresses() throws {
        let policy = try PolicyDocument.bucket(
            """
            {"Sid":"IPAllow","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::example/*",
             "Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:DB8:1234:5678::/64"]},
             "NotIpAddress":{"aws:SourceIp":["192.0.2.188/32","2001:DB8:1234:5678:ABCD::/80"]}}}
            """)
        for (address, verdict) in [
            ("192.0.2.1", PolicyVerdict.allow), ("192.0.2.188", .implicitDeny), ("192.0.3.1", .implicitDeny),
            ("2001:db8:1234:5678::1", .allow), ("2001:db8:1234:5678:abcd::1", .implicitDeny),
        ] {
            #expect(
                PublishedPolicyTests.verdict(policy, .anonymous, "s3:GetObject", "k", ["aws:SourceIp": [address]])
                    == verdict, "\(address)")
        }
    }

    @Test("objects of one tag only, and new objects with the tags that are allowed")
    func tags() throws {
        let reading = try PolicyDocument.bucket(
            """
            {"Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},"Effect":"Allow",
             "Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::example/*",
             "Condition":{"StringEquals":{"s3:ExistingObjectTag/environment":"production"}}}
            """)
        let key = "s3:ExistingObjectTag/environment"
        #expect(
            PublishedPolicyTests.verdict(reading, Subjects.ownerUser, "s3:GetObject", "k", [key: ["production"]])
                == .allow)
        #expect(
            PublishedPolicyTests.verdict(reading, Subjects.ownerUser, "s3:GetObject", "k", [key: ["test"]])
                == .implicitDeny)
        #expect(PublishedPolicyTests.verdict(reading, Subjects.ownerUser, "s3:GetObject", "k") == .implicitDeny)
        let tagging = try PolicyDocument.bucket(
            """
            {"Principal":{"AWS":["arn:aws:iam::111122223333:user/bob"]},"Effect":"Allow","Action":["s3:PutObjectTagging"],
             "Resource":["arn:aws:s3:::example/*"],
             "Condition":{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["Owner","CreationDate"]}}}
            """)
        for (names, verdict) in [
            (["Owner"], PolicyVerdict.allow), (["Owner", "CreationDate"], .allow), (["Owner", "Other"], .implicitDeny),
        ] {
            #expect(
                PublishedPolicyTests.verdict(
                    tagging, Subjects.ownerUser, "s3:PutObjectTagging", "k", ["s3:RequestObjectTagKeys": names])
                    == verdict)
        }
    }

    @Test("uploads by another account must give the bucket's owner full control")
    func grants() throws {
        let policy = try PolicyDocument.bucket(
            """
            {"Sid":"PolicyForAllowUploadWithACL","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:PutObject",
             "Resource":"arn:aws:s3:::example/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}
            """)
        #expect(
            PublishedPolicyTests.verdict(
                policy, Subjects.otherRoot, "s3:PutObject", "k", ["s3:x-amz-acl": ["bucket-owner-full-control"]])
                == .allow)
        #expect(PublishedPolicyTests.verdict(policy, Subjects.otherRoot, "s3:PutObject", "k") == .implicitDeny)
    }

    @Test("everyone has a folder of their own name")
    func folders() throws {
        let policy = try PolicyDocument(
            Array(
                """
                {"Version":"2012-10-17","Statement":[
                 {"Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"*"},
                 {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::example",
                  "Condition":{"StringLike":{"s3:prefix":["","own/","own/${aws:username}/*"]}}},
                 {"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::example/own/${aws:username}",
                  "arn:aws:s3:::example/own/${aws:username}/*"]}]}
                """.utf8), as: .identity)
        let set = PolicySet(identity: [policy])
        let bob = ["aws:username": ["bob"]]
        func verdict(_ action: Action, _ key: String?, _ context: [String: [String]]) -> PolicyVerdict {
            set.verdict(on: question(Subjects.ownerUser, action, key: key, context))
        }
        #expect(verdict("s3:PutObject", "own/bob/x", bob) == .allow)
        #expect(verdict("s3:PutObject", "own/eve/x", bob) == .implicitDeny)
        #expect(verdict("s3:PutObject", "own/bob/x", [:]) == .implicitDeny)
        #expect(verdict("s3:ListBucket", nil, bob.merging(["s3:prefix": ["own/bob/a"]]) { $1 }) == .allow)
        #expect(verdict("s3:ListBucket", nil, bob.merging(["s3:prefix": [""]]) { $1 }) == .allow)
        #expect(verdict("s3:ListBucket", nil, bob.merging(["s3:prefix": ["own/eve/"]]) { $1 }) == .implicitDeny)
        #expect(verdict("s3:ListBucket", nil, bob) == .implicitDeny)
    }

    @Test("a limit on keys for each listing, and on days of retention")
    func numbers() throws {
        let listing = try PolicyDocument.bucket(
            """
            {"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::example",
             "Condition":{"NumericLessThanEquals":{"s3:max-keys":"10"}}}
            """)
        #expect(
            PublishedPolicyTests.verdict(listing, .anonymous, "s3:ListBucket", nil, ["s3:max-keys": ["10"]]) == .allow)
        #expect(
            PublishedPolicyTests.verdict(listing, .anonymous, "s3:ListBucket", nil, ["s3:max-keys": ["11"]])
                == .implicitDeny)
        #expect(PublishedPolicyTests.verdict(listing, .anonymous, "s3:ListBucket", nil) == .implicitDeny)
        let retention = try PolicyDocument.bucket(
            """
            {"Sid":"SetRetentionLimits","Effect":"Deny","Principal":"*","Action":["s3:PutObjectRetention"],
             "Resource":"arn:aws:s3:::example/*",
             "Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"10"}}}
            """)
        let key = "s3:object-lock-remaining-retention-days"
        #expect(
            PublishedPolicyTests.verdict(retention, Subjects.ownerRoot, "s3:PutObjectRetention", "k", [key: ["11"]])
                == .explicitDeny)
        #expect(
            PublishedPolicyTests.verdict(retention, Subjects.ownerRoot, "s3:PutObjectRetention", "k", [key: ["10"]])
                == .allow)
    }
}
