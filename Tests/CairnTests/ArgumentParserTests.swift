// Why this file exists: holds the grammar of the command line.
import Testing

@testable import cairn

@Suite struct ArgumentParserTests {
    private static let specification = CommandSpecification(
        path: ["try"], summary: "try", arguments: [.data],
        options: [
            OptionSpecification("listen", "HOST:PORT", "", isRepeatable: true),
            OptionSpecification("region", "NAME", ""),
            OptionSpecification("force", nil, ""),
        ])

    private func parse(_ words: String...) throws(UsageError) -> ParsedArguments {
        try ArgumentParser.parse(words, for: Self.specification)
    }

    @Test("options take their value from the next word or after an equals sign")
    func values() throws {
        let arguments = try parse("--region", "a", "./data", "--listen=h:1", "--listen", "h:2")
        #expect(arguments.option("region") == "a")
        #expect(arguments.options["listen"] == ["h:1", "h:2"])
        #expect(arguments.argument("DATA") == "./data")
    }

    @Test("a value may hold equals signs, be empty, or begin with dashes after an equals sign")
    func oddValues() throws {
        #expect(try parse("d", "--region=a=b").option("region") == "a=b")
        #expect(try parse("d", "--region=").option("region") == "")
        #expect(try parse("d", "--region=--x").option("region") == "--x")
    }

    @Test("flags are told apart from options")
    func flags() throws {
        #expect(try parse("--force", "d", "--json").flags == ["force", "json"])
        #expect(throws: UsageError("--force takes no value")) { try parse("d", "--force=yes") }
    }

    @Test("two dashes end options")
    func terminator() throws {
        #expect(try parse("--", "--region").argument("DATA") == "--region")
    }

    @Test("an unknown option is refused with the one that was meant")
    func unknownOption() {
        #expect(throws: UsageError("try has no option --regoin", advice: "did you mean --region?")) {
            try parse("d", "--regoin", "x")
        }
        #expect(throws: UsageError("try has no option --zzzzzz", advice: "see `cairn try --help`")) {
            try parse("d", "--zzzzzz")
        }
    }

    @Test("a missing value does not swallow the next option")
    func missingValue() {
        #expect(throws: UsageError("--region needs a value", advice: "write --region NAME")) {
            try parse("d", "--region", "--force")
        }
        #expect(throws: UsageError("--region needs a value", advice: "write --region NAME")) {
            try parse("d", "--region")
        }
    }

    @Test("an option that is not repeatable may come once")
    func repeated() {
        #expect(throws: UsageError("--region is given twice", advice: "leave one of them out")) {
            try parse("d", "--region", "a", "--region", "b")
        }
    }

    @Test("missing, surplus and empty arguments are named")
    func positional() {
        #expect(throws: UsageError("try needs DATA, the folder of the store", advice: "see `cairn try --help`")) {
            try parse()
        }
        #expect(throws: UsageError("try does not take \"b\"", advice: "see `cairn try --help`")) { try parse("a", "b") }
        #expect(throws: UsageError("DATA is empty", advice: "see `cairn try --help`")) { try parse("") }
    }

    @Test("there are no short options but -h")
    func shortOptions() throws {
        #expect(try parse("-h").has("help"))
        #expect(throws: UsageError.self) { try parse("-f", "d") }
        #expect(try parse("-").argument("DATA") == "-")
    }

    @Test("help needs nothing else")
    func help() throws {
        #expect(try parse("--help").has("help"))
    }
}

@Suite struct SuggestionTests {
    @Test(
        "the nearest name is found",
        arguments: [
            ("sevre", "serve"), ("chekc", "check"), ("stat", "stats"), ("scurb", "scrub"), ("verison", "version"),
        ])
    func nearest(word: String, expected: String) {
        #expect(Suggestion.nearest(to: word, among: ["serve", "check", "scrub", "gc", "stats", "version"]) == expected)
    }

    @Test("a name that is far from all suggests nothing")
    func nothingNear() {
        #expect(Suggestion.nearest(to: "quux", among: ["serve", "check"]) == nil)
    }

    @Test("a swap of neighbours counts as one error")
    func distance() {
        #expect(Suggestion.distance(Array("ab"), Array("ba")) == 1)
        #expect(Suggestion.distance(Array("kitten"), Array("sitting")) == 3)
        #expect(Suggestion.distance([], Array("abc")) == 3)
    }
}
