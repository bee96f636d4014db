// Why this file exists: words become options and arguments here, by a pure function. Rules: `--name value` and
// `--name=value`; flags take no value; options may stand before and after arguments; `--` ends options.
// Invariant: nothing is guessed. What the declaration does not name is an error, with a suggestion when one is near.

/// What a command was given, checked against its declaration.
struct ParsedArguments: Sendable, Equatable {
    /// The value of each positional argument by its name.
    var arguments: [String: String] = [:]
    /// The values of each option that was given, in order.
    var options: [String: [String]] = [:]
    var flags: Set<String> = []
    /// The words behind `--`, for commands that take them.
    var rest: [String] = []

    /// The last value of an option.
    func option(_ name: String) -> String? { options[name]?.last }
    func has(_ flag: String) -> Bool { flags.contains(flag) }
    /// A positional argument; the parser saw to it that declared ones are there.
    func argument(_ name: String) -> String { arguments[name] ?? "" }
}

/// Words that do not fit a declaration.
struct UsageError: Error, Equatable {
    /// One sentence without a full stop.
    var message: String
    /// What to do instead; may be empty.
    var advice: String

    init(_ message: String, advice: String = "") {
        self.message = message
        self.advice = advice
    }
}

/// Reads the words after a command's name.
enum ArgumentParser {
    static func parse(
        _ words: [String], for specification: CommandSpecification
    ) throws(UsageError) -> ParsedArguments {
        var result = ParsedArguments()
        var positional: [String] = []
        var index = 0
        var takesOptions = true
        while index < words.count {
            let word = words[index]
            index += 1
            if takesOptions && word == "--" {
                takesOptions = false
                if specification.rest != nil {
                    result.rest = Array(words[index...])
                    break
                }
            } else if takesOptions && word == "-h" {
                result.flags.insert("help")
            } else if takesOptions && word.hasPrefix("--") {
                try readOption(word, words, &index, specification, into: &result)
            } else if takesOptions && word.hasPrefix("-") && word.count > 1 {
                throw UsageError("there are no short options such as \(word)", advice: help(specification))
            } else {
                positional.append(word)
            }
        }
        // Somebody who asks for help need not know what is missing.
        if result.has("help") { return result }
        guard positional.count <= specification.arguments.count else {
            let surplus = positional[specification.arguments.count]
            throw UsageError("\(specification.name) does not take \"\(surplus)\"", advice: help(specification))
        }
        guard positional.count == specification.arguments.count else {
            let missing = specification.arguments[positional.count]
            throw UsageError(
                "\(specification.name) needs \(missing.name), \(missing.help)", advice: help(specification))
        }
        if let rest = specification.rest, result.rest.isEmpty {
            throw UsageError("\(specification.name) needs -- \(rest.name), \(rest.help)", advice: help(specification))
        }
        for (argument, value) in zip(specification.arguments, positional) {
            guard !value.isEmpty else { throw UsageError("\(argument.name) is empty", advice: help(specification)) }
            result.arguments[argument.name] = value
        }
        return result
    }

    private static func readOption(
        _ word: String, _ words: [String], _ index: inout Int, _ specification: CommandSpecification,
        into result: inout ParsedArguments
    ) throws(UsageError) {
        let body = word.dropFirst(2)
        let equals = body.firstIndex(of: "=")
        let name = String(equals.map { body[..<$0] } ?? body)
        guard let option = specification.allOptions.first(where: { $0.name == name }) else {
            let near = Suggestion.nearest(to: name, among: specification.allOptions.map(\.name))
            throw UsageError(
                "\(specification.name) has no option --\(name)",
                advice: near.map { "did you mean --\($0)?" } ?? help(specification))
        }
        guard let placeholder = option.placeholder else {
            guard equals == nil else { throw UsageError("--\(name) takes no value") }
            result.flags.insert(name)
            return
        }
        let value: String
        if let equals {
            value = String(body[body.index(after: equals)...])
        } else {
            guard index < words.count, !words[index].hasPrefix("--") else {
                throw UsageError("--\(name) needs a value", advice: "write --\(name) \(placeholder)")
            }
            value = words[index]
            index += 1
        }
        guard option.isRepeatable || result.options[name] == nil else {
            throw UsageError("--\(name) is given twice", advice: "leave one of them out")
        }
        result.options[name, default: []].append(value)
    }

    private static func help(_ specification: CommandSpecification) -> String {
        "see `cairn \(specification.name) --help`"
    }
}
