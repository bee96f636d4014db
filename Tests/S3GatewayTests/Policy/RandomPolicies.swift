// Why this file exists: policies and requests at random, out of a vocabulary that is small enough for them to be about each
// other often. Each case follows from its seed.
@testable import S3Gateway

/// Makes cases.
struct RandomPolicies {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    /// One or several, as a policy writes them.
    private mutating func some(_ values: [String], quoted: Bool = true) -> String {
        let count = chance(60) ? 1 : 2 + Int(random.next() % 2)
        var chosen: [String] = []
        for _ in 0..<count { chosen.append(quoted ? "\"\(pick(values))\"" : pick(values)) }
        return count == 1 && chance(60) ? chosen[0] : "[\(chosen.joined(separator: ","))]"
    }

    // MARK: Policies

    private static let actions = [
        "s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*Object", "s3:*", "*", "S3:getobject", "s3:?etObject",
        "s3:ListBucket", "s3:*Bucket*", "s3:PutBucketPolicy", "s3:GetObjectVersion", "s3:DeleteObject",
    ]
    private static let resources = [
        "arn:aws:s3:::example", "arn:aws:s3:::example/*", "arn:aws:s3:::example*", "*", "arn:aws:s3:::*",
        "arn:aws:s3:::example/photos/*", "arn:aws:s3:::example/photos/?.jpg", "arn:aws:s3:::*/a:b",
        "arn:aws:s3:::example/own/${aws:username}/*", "arn:aws:s3:::example/${aws:PrincipalTag/team, 'none'}/*",
        "arn:aws:s3:::example/${*}", "arn:*:s3:::example/*", "arn:aws:s3:::example/*é", "arn:aws:s3:::example/??",
        "arn:aws:s3:::example/${aws:userid}",
    ]
    private static let principals = [
        "\"*\"", "{\"AWS\":\"*\"}", "{\"AWS\":\"111122223333\"}", "{\"AWS\":\"arn:aws:iam::111122223333:root\"}",
        "{\"AWS\":\"arn:aws:iam::111122223333:user/bob\"}", "{\"AWS\":\"arn:aws:iam::111122223333:user/team/bob\"}",
        "{\"AWS\":\"arn:aws:iam::111122223333:role/etl\"}", "{\"AWS\":\"arn:aws:iam:::role/etl\"}",
        "{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/etl/run1\"}", "{\"AWS\":\"444455556666\"}",
        "{\"AWS\":\"arn:aws:iam::444455556666:user/eve\"}",
        "{\"AWS\":\"arn:aws:sts::444455556666:assumed-role/etl/run1\"}",
        "{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/idp.example.com/realm\"}",
        "{\"Federated\":[\"arn:aws:iam::111122223333:oidc-provider/idp.example.com\",\"idp.example.com/realm\"]}",
        "{\"Service\":\"logging.s3.amazonaws.com\"}", "{\"CanonicalUser\":\"\(Accounts.other.canonicalID)\"}",
        "{\"AWS\":\"arn:aws:iam:::user/\(Accounts.owner.canonicalID)\"}",
        "{\"AWS\":[\"arn:aws:iam::111122223333:user/bob\",\"arn:aws:iam::111122223333:root\"]}",
        "{\"AWS\":[\"111122223333\",\"arn:aws:iam::111122223333:role/etl\","
            + "\"arn:aws:sts::111122223333:assumed-role/etl/run1\"],\"CanonicalUser\":[\"\(Accounts.other.canonicalID)\"]}",
    ]

    /// - Parameter bucket: whether it is a bucket's, with principals.
    mutating func policy(bucket: Bool) -> String {
        var statements: [String] = []
        for _ in 0..<(1 + Int(random.next() % 3)) { statements.append(statement(bucket: bucket)) }
        let version = pick([
            "\"Version\":\"2012-10-17\",", "\"Version\":\"2012-10-17\",", "\"Version\":\"2008-10-17\",", "",
        ])
        let isAlone = statements.count == 1 && chance(50)
        return "{\(version)\"Statement\":\(isAlone ? statements[0] : "[\(statements.joined(separator: ","))]")}"
    }

    private mutating func statement(bucket: Bool) -> String {
        let isAllow = chance(70)
        var members = ["\"Effect\":\"\(isAllow ? "Allow" : "Deny")\""]
        members.append("\"\(chance(85) ? "" : "Not")Action\":\(some(RandomPolicies.actions))")
        members.append("\"\(chance(85) ? "" : "Not")Resource\":\(some(RandomPolicies.resources))")
        if bucket {
            let excludes = !isAllow && chance(20)
            members.append("\"\(excludes ? "Not" : "")Principal\":\(pick(RandomPolicies.principals))")
        }
        if chance(55) {
            var operators: [String: String] = [:]
            for _ in 0..<(chance(70) ? 1 : 2) {
                let (name, keys) = condition()
                operators[name] = keys
            }
            let text = operators.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
            members.append("\"Condition\":{\(text)}")
        }
        members.shuffle(using: &random)
        return "{\(members.joined(separator: ","))}"
    }

    // MARK: Conditions

    private static let texts = [
        "bob", "Bob", "b*", "?ob", "*", "", "own/", "own/*", "${aws:username}", "own/${aws:username}/*", "${*}",
        "${aws:PrincipalTag/team, 'red'}", "public", "pri?ate", "red",
    ]
    private static let textKeys = [
        "aws:username", "s3:prefix", "S3:Prefix", "s3:ExistingObjectTag/security", "s3:RequestObjectTagKeys",
        "aws:userid",
        "aws:PrincipalTag/team", "aws:Referer",
    ]
    private static let families: [(names: [String], keys: [String], values: [String])] = [
        (
            [
                "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
                "StringNotLike",
            ], textKeys, texts
        ),
        (
            [
                "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ], ["s3:max-keys", "s3:signatureAge"], ["1", "10", "10.0", "-3", "2.5", "1e1"]
        ),
        (
            [
                "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
                "DateGreaterThanEquals",
            ], ["aws:CurrentTime"], NaivePolicies.dates.keys.sorted()
        ),
        (["Bool"], ["aws:SecureTransport"], ["true", "false", "TRUE"]),
        (["BinaryEquals"], ["aws:Referer"], ["Ym9i", "AAEC"]),
        (
            ["IpAddress", "NotIpAddress"], ["aws:SourceIp"],
            [
                "10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "10.1.2.77/24", "192.168.0.0/16", "2001:db8::/32",
                "2001:DB8:1234:5678::/64", "::1",
            ]
        ),
        (
            ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], ["aws:PrincipalArn", "aws:SourceArn"],
            [
                "arn:aws:iam::111122223333:user/bob", "arn:aws:iam::*:user/*", "arn:aws:*:*:111122223333:*", "*",
                "arn:aws:s3:::source", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam:*",
            ]
        ),
    ]

    private mutating func condition() -> (name: String, keys: String) {
        if chance(12) {
            return ("Null", "{\"\(pick(RandomPolicies.textKeys))\":\(pick(["\"true\"", "false", "[true]"]))}")
        }
        let family = pick(RandomPolicies.families)
        let prefix = chance(75) ? "" : pick(["ForAllValues:", "ForAnyValue:"])
        let name = prefix + pick(family.names) + (chance(80) ? "" : "IfExists")
        return (name, "{\"\(pick(family.keys))\":\(some(family.values))}")
    }

    // MARK: Requests

    mutating func request() -> (PolicyRequest, TableContext) {
        let subject = pick([
            Subjects.ownerRoot, Subjects.ownerUser, Subjects.ownerPathUser, Subjects.ownerRole, Subjects.otherRoot,
            Subjects.otherUser, Subjects.otherRole, .anonymous, Subjects.logging,
            Subjects.vouched,
        ])
        let action: Action = pick([
            "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketPolicy",
            "s3:GetObjectVersion",
        ])
        let key = pick([
            "photos/1.jpg", "photos/é.jpg", "own/bob/x", "red/1", "none/1", "a:b", "*", "éé", "public", "é",
        ])
        let isOfBucket = action.rawValue.contains("Bucket")
        var values: [String: [String]] = [:]
        for (key, choices) in [
            ("aws:username", [["bob"], ["Bob"], ["*"], ["eve"]]), ("aws:userid", [["AIDABOB"], ["A:b"], ["a:b"]]),
            ("s3:prefix", [[""], ["own/"], ["own/bob/"], ["public"]]),
            ("s3:ExistingObjectTag/security", [["public"], ["private"]]),
            ("s3:RequestObjectTagKeys", [["public"], ["red", "bob"], [""], []]),
            ("aws:PrincipalTag/team", [["red"], ["none"], ["red", "blue"]]),
            ("aws:Referer", [["Ym9i"], ["bob"], ["own/x"]]),
            ("s3:max-keys", [["10"], ["1"], ["2.50"], ["many"], [""]]), ("s3:signatureAge", [["10"], ["-3"], ["0"]]),
            ("aws:CurrentTime", NaivePolicies.dates.keys.sorted().map { [$0] } + [["never"]]),
            ("aws:SecureTransport", [["true"], ["false"]]),
            (
                "aws:SourceIp",
                [["10.1.2.3"], ["192.168.1.1"], ["2001:db8:1234:5678::1"], ["::1"], ["unix"], ["11.0.0.1"]]
            ),
            (
                "aws:PrincipalArn",
                [["arn:aws:iam::111122223333:user/bob"], ["arn:aws:iam::444455556666:role/etl"], ["nobody"]]
            ), ("aws:SourceArn", [["arn:aws:s3:::source"], ["arn:aws:iam::111122223333:user/a:b"]]),
        ] where chance(65) {
            values[key] = pick(choices)
        }
        let context = TableContext(values)
        let request = PolicyRequest(
            subject: subject, action: action,
            resource: isOfBucket
                ? PolicyRequest.resource(bucket: "example") : PolicyRequest.resource(bucket: "example", key: key),
            resourceAccount: Accounts.owner, context: context)
        return (request, context)
    }

    /// The policies of a case; the request is made for each.
    mutating func policies() -> (identity: [String], bucket: String?, layers: [[String]], grant: ResourceGrant) {
        var identity: [String] = []
        while identity.count < 2, chance(55) { identity.append(policy(bucket: false)) }
        var layers: [[String]] = []
        if chance(25) {
            for _ in 0..<(1 + Int(random.next() % 2)) {
                var layer: [String] = []
                while layer.count < 2, chance(70) { layer.append(policy(bucket: false)) }
                layers.append(layer)
            }
        }
        return (
            identity, chance(75) ? policy(bucket: true) : nil, layers,
            pick([.none, .none, .none, .account, .everyone])
        )
    }
}
