// Why this file exists: each operator of conditions, held to AWS's documentation value by value.
import Testing

@testable import S3Gateway

@Suite("PolicyCondition")
struct PolicyConditionTests {
    /// Whether a condition holds for the values that the request has.
    private static func holds(_ name: String, _ values: [String], _ own: [String]?) throws -> Bool {
        let condition = try PolicyCondition(
            operator: name, key: "aws:username", values: values, takesVariables: true)
        return condition.holds(in: TableContext(own.map { ["aws:username": $0] } ?? [:]))
    }

    // operator, values of the policy, value of the request, whether it holds
    @Test(
        "each operator compares as documented",
        arguments: [
            ("StringEquals", ["bob"], "bob", true), ("StringEquals", ["bob"], "Bob", false),
            ("StringEquals", ["*"], "bob", false), ("StringEquals", ["a", "bob"], "bob", true),
            ("StringNotEquals", ["bob"], "bob", false), ("StringNotEquals", ["bob"], "eve", true),
            ("StringNotEquals", ["bob", "eve"], "eve", false),
            ("StringEqualsIgnoreCase", ["BoB"], "bOb", true), ("StringNotEqualsIgnoreCase", ["BOB"], "bob", false),
            ("StringLike", ["b?b", "x*"], "bob", true), ("StringLike", ["*/x"], "a/b/x", true),
            ("StringNotLike", ["b*"], "bob", false), ("StringNotLike", ["b*"], "eve", true),
            ("NumericEquals", ["10"], "10.0", true), ("NumericEquals", ["10"], "ten", false),
            ("NumericNotEquals", ["10"], "11", true), ("NumericNotEquals", ["10"], "10", false),
            ("NumericLessThan", ["10"], "9.5", true), ("NumericLessThan", ["10"], "10", false),
            ("NumericLessThanEquals", ["10"], "10", true), ("NumericGreaterThan", ["-1"], "0", true),
            ("NumericGreaterThan", ["10"], "10", false), ("NumericGreaterThanEquals", ["1e1"], "10", true),
            ("DateEquals", ["2024-02-29T00:00:00Z"], "1709164800", true),
            ("DateEquals", ["2024-02-29"], "2024-02-29T01:00:00+01:00", true),
            ("DateNotEquals", ["2024-02-29T00:00:00Z"], "2024-02-29T00:00:00.5Z", true),
            ("DateLessThan", ["2024-02-29T00:00:00Z"], "2024-02-28T23:59:59Z", true),
            ("DateLessThan", ["2024-02-29T00:00:00Z"], "2024-02-29T00:00:00Z", false),
            ("DateLessThanEquals", ["2024-02-29T00:00:00Z"], "2024-02-29T00:00:00Z", true),
            ("DateGreaterThan", ["2013-07-01T00:00:00Z"], "2013-07-01T00:00:01Z", true),
            ("DateGreaterThanEquals", ["1700000000"], "1700000000", true),
            ("DateGreaterThan", ["2013-07-01T00:00:00Z"], "soon", false),
            ("Bool", ["true"], "True", true), ("Bool", ["true"], "false", false), ("Bool", ["false"], "false", true),
            ("Bool", ["true"], "1", false),
            ("BinaryEquals", ["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], "QmluYXJ5VmFsdWVJbkJhc2U2NA==", true),
            ("BinaryEquals", ["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], "QmluYXJ5", false),
            ("IpAddress", ["203.0.113.0/24"], "203.0.113.99", true),
            ("IpAddress", ["203.0.113.0/24"], "203.0.114.1", false),
            ("IpAddress", ["203.0.113.7"], "203.0.113.7", true), ("IpAddress", ["0.0.0.0/0"], "8.8.8.8", true),
            ("IpAddress", ["203.0.113.77/24"], "203.0.113.1", true), ("IpAddress", ["0.0.0.0/0"], "::1", false),
            ("IpAddress", ["2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", true),
            ("IpAddress", ["2001:DB8:1234:5678::/64"], "2001:db8:1234:5679::1", false),
            ("IpAddress", ["203.0.113.0/24"], "::ffff:203.0.113.5", true),
            ("IpAddress", ["::/0"], "fe80::1%eth0", true),
            ("IpAddress", ["203.0.113.0/24"], "unix", false), ("NotIpAddress", ["203.0.113.0/24"], "unix", true),
            ("NotIpAddress", ["203.0.113.0/24"], "203.0.113.1", false),
            ("NotIpAddress", ["203.0.113.0/24"], "1.2.3.4", true),
            ("IpAddress", ["10.128.0.0/9"], "10.200.1.1", true), ("IpAddress", ["10.128.0.0/9"], "10.100.1.1", false),
            ("ArnEquals", ["arn:aws:iam::111122223333:user/*"], "arn:aws:iam::111122223333:user/a/b", true),
            ("ArnLike", ["arn:aws:*:*:111122223333:*"], "arn:aws:iam::111122223333:user/a", true),
            ("ArnLike", ["arn:aws:iam:*"], "arn:aws:iam::111122223333:user/a", false),
            ("ArnNotEquals", ["arn:aws:iam::111122223333:role/a"], "arn:aws:iam::111122223333:role/a", false),
            ("ArnNotLike", ["arn:aws:iam::111122223333:role/*"], "arn:aws:iam::444455556666:role/a", true),
        ])
    func operators(name: String, values: [String], own: String, isHeld: Bool) throws {
        #expect(try PolicyConditionTests.holds(name, values, [own]) == isHeld)
    }

    @Test(
        "a key that is absent fails what must match, and passes what must not",
        arguments: [
            ("StringEquals", ["x"], false), ("StringNotEquals", ["x"], true), ("StringLike", ["*"], false),
            ("StringNotLike", ["*"], true), ("NumericNotEquals", ["1"], true), ("NumericLessThan", ["1"], false),
            ("DateLessThan", ["2024-01-01"], false), ("Bool", ["false"], false), ("IpAddress", ["0.0.0.0/0"], false),
            ("NotIpAddress", ["0.0.0.0/0"], true), ("ArnLike", ["*"], false), ("ArnNotLike", ["*"], true),
            ("StringEqualsIfExists", ["x"], true), ("StringNotEqualsIfExists", ["x"], true),
            ("NumericLessThanIfExists", ["1"], true), ("BoolIfExists", ["true"], true),
            ("ForAllValues:StringEquals", ["x"], true), ("ForAnyValue:StringEquals", ["x"], false),
            ("ForAnyValue:StringNotEquals", ["x"], false), ("ForAnyValue:StringEqualsIfExists", ["x"], true),
            ("Null", ["true"], true), ("Null", ["false"], false),
        ])
    func absence(name: String, values: [String], isHeld: Bool) throws {
        #expect(try PolicyConditionTests.holds(name, values, nil) == isHeld)
    }

    @Test(
        "several values go together as the qualifier says",
        arguments: [
            ("ForAllValues:StringEquals", ["a", "b"], ["a"], true),
            ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false),
            ("ForAnyValue:StringEquals", ["a", "b"], ["c", "a"], true),
            ("ForAnyValue:StringEquals", ["a", "b"], ["c"], false),
            ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], true),
            ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], false),
            ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], true),
            ("ForAnyValue:StringNotEquals", ["a"], ["a"], false),
            ("ForAllValues:StringLike", ["env*"], ["env1", "env2"], true),
            ("ForAllValues:StringEquals", ["a"], [""], true),
            ("ForAnyValue:StringEquals", ["", "a"], [""], false), ("StringEquals", ["", "a"], [""], true),
            ("StringEquals", ["a"], ["b", "a"], true), ("StringNotEquals", ["a"], ["b", "a"], false),
            ("ForAllValues:NumericLessThan", ["5"], ["1", "4"], true),
            ("ForAllValues:NumericLessThan", ["5"], ["1", "5"], false),
            ("Null", ["true"], ["x"], false), ("Null", ["false"], ["x"], true),
            ("Null", ["true", "false"], ["x"], true),
        ])
    func quantifiers(name: String, values: [String], own: [String], isHeld: Bool) throws {
        #expect(try PolicyConditionTests.holds(name, values, own) == isHeld)
    }

    @Test("texts and ARNs of conditions take variables")
    func variables() throws {
        let context = TableContext(["aws:username": ["Bob"], "s3:prefix": ["own/Bob/"]])
        for (name, value, isHeld) in [
            ("StringEquals", "own/${aws:username}/", true), ("StringLike", "own/${aws:username}/*", true),
            ("StringEqualsIgnoreCase", "OWN/${aws:username}/", true), ("StringEquals", "own/${aws:userid}/", false),
            ("StringNotEquals", "own/${aws:userid}/", true),
        ] {
            let condition = try PolicyCondition(
                operator: name, key: "S3:Prefix", values: [value], takesVariables: true)
            #expect(condition.holds(in: context) == isHeld, "\(name) \(value)")
        }
    }
}
