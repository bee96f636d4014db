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

    @Test("a pattern that is made to be tried again everywhere costs little, and means the same")
    func madeToBeSlow() throws {
        let text = String(repeating: "a", count: 1015) + "é"
        let run = String(repeating: "a", count: 500)
        var matched = 0
        let clock = ContinuousClock()
        let taken = try clock.measure {
            for _ in 0..<50 where try PolicyPatternTests.matches("*\(run)b*", text) { matched += 1 }
        }
        #expect(matched == 0)
        // Tried one by one these are 500 times more steps than there are bytes: seconds.
        #expect(taken < .seconds(1))
        #expect(try PolicyPatternTests.matches("*\(run)?", text))
        #expect(try PolicyPatternTests.matches("*\(run)*é", text))
        #expect(try !PolicyPatternTests.matches("*\(run)a??", text + "bcd"))
    }

    @Test("both ways of matching agree")
    func agreement() throws {
        var generator = SystemRandomNumberGenerator()
        let letters = ["a", "b", "é", "*", "?"]
        for _ in 0..<5000 {
            let pattern = (0..<Int.random(in: 0...9, using: &generator)).map { _ in letters.randomElement() ?? "" }
                .joined()
            let text = (0..<Int.random(in: 0...9, using: &generator)).map { _ in letters[Int.random(in: 0...2)] }
                .joined()
            let pieces = try PolicyPattern.pieces(of: pattern, wildcards: .meant, takesVariables: false)
            let isMatch = try PolicyPatternTests.matches(pattern, text)
            #expect(PatternStates(pieces).match(Array(text.utf8)[...]) == isMatch, "\(pattern) \(text)")
        }
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
