// Why this file exists: wildcards and variables, alone and in the parts of an ARN.
import Testing

@testable import S3Gateway

@Suite("PolicyPattern")
struct PolicyPatternTests {
    private static func matches(_ pattern: String, _ text: String, _ context: [String: [String]] = [:]) throws -> Bool {
        try PolicyPattern(pattern, wildcards: .meant, takesVariables: true)
            .matches(Array(text.utf8)[...], in: TableContext(context))
    }

    @Test(
        "wildcards stand for runs and for single characters",
        arguments: [
            ("*", "", true), ("*", "a/b:c", true), ("?", "", false), ("?", "a", true), ("?", "é", true),
            ("??", "é", false),
            ("a*", "abc", true), ("*c", "abc", true), ("a*c", "abc", true), ("a*c", "abd", false), ("a**c", "ac", true),
            ("*a*b*", "xaxbx", true), ("*a*b*", "xbxax", false), ("a?c", "abc", true), ("a?c", "ac", false),
            ("*?*", "€", true), ("*??", "€", false), ("?€?", "a€b", true), ("abc", "ABC", false), ("", "", true),
            ("", "a", false),
        ])
    func wildcards(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try PolicyPatternTests.matches(pattern, text) == isMatch)
    }

    @Test("what comes out of a variable is text, whatever is in it")
    func variables() throws {
        #expect(try PolicyPatternTests.matches("own/${aws:username}/*", "own/bob/x", ["aws:username": ["bob"]]))
        #expect(try !PolicyPatternTests.matches("own/${aws:username}/*", "own/bob/x", ["aws:username": ["*"]]))
        #expect(try PolicyPatternTests.matches("own/${AWS:UserName}/*", "own/*/x", ["aws:username": ["*"]]))
        #expect(try PolicyPatternTests.matches("${*}${?}${$}", "*?$"))
        #expect(try !PolicyPatternTests.matches("${*}", "a"))
    }

    @Test("a variable without a value fits nothing, unless it has a default")
    func missing() throws {
        #expect(try !PolicyPatternTests.matches("a${aws:username}*", "a"))
        #expect(try !PolicyPatternTests.matches("${aws:username}", "a", ["aws:username": ["a", "b"]]))
        #expect(try PolicyPatternTests.matches("${aws:username, 'nobody'}", "nobody"))
        #expect(
            try PolicyPatternTests.matches(
                "${aws:PrincipalTag/team, 'none'}", "red", ["aws:principaltag/team": ["red"]]))
        #expect(try PolicyPatternTests.matches("x${aws:username, ''}", "x"))
    }

    @Test("version 2008-10-17 has no variables")
    func oldVersion() throws {
        let pattern = try PolicyPattern("${aws:username}", wildcards: .meant, takesVariables: false)
        #expect(pattern.matches(Array("${aws:username}".utf8)[...], in: TableContext(["aws:username": ["bob"]])))
    }

    @Test("matching takes no more than the product of the lengths")
    func isBounded() throws {
        let pattern = String(repeating: "a*", count: 200) + "b"
        #expect(try !PolicyPatternTests.matches(pattern, String(repeating: "a", count: 1100)))
    }

    @Test(
        "a wildcard in one part of an ARN does not reach into the next",
        arguments: [
            ("arn:aws:s3:::example/*", "arn:aws:s3:::example/a:b", true),
            ("arn:aws:*:example", "arn:aws:s3:::example", false),
            ("arn:*:s3:::example", "arn:aws:s3:::example", true), ("arn:*:*:*:*:*", "arn:aws:iam::1:user/x", true),
            ("arn:aws*::1:user/x", "arn:aws:iam::1:user/x", false), ("*", "no ARN", true),
            ("arn:aws:s3:::*", "no ARN", false),
        ])
    func parts(pattern: String, text: String, isMatch: Bool) throws {
        let pattern = try ARNPattern(pattern, takesVariables: true)
        #expect(pattern.matches(ARNParts(Array(text.utf8)), in: EmptyContext()) == isMatch)
    }

    @Test("a colon in the value of a variable stays in its part")
    func colonInVariable() throws {
        let pattern = try ARNPattern("arn:aws:s3:::${aws:userid}", takesVariables: true)
        #expect(
            pattern.matches(ARNParts(Array("arn:aws:s3:::A:b".utf8)), in: TableContext(["aws:userid": ["A:b"]])))
    }
}
