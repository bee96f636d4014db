// Why this file exists: from the words of the command line to an exit code: finds the command, answers --help, and
// turns every failure into one sentence or one JSON document.

/// Runs the command that the words name.
enum CommandRunner {
    static func run(_ words: [String], environment: [String: String]) async -> ExitCode {
        // Known before anything is parsed, because parsing may fail.
        let isJSON = words.prefix { $0 != "--" }.contains("--json")
        do throws(CommandFailure) {
            return try await dispatch(words, isJSON: isJSON, environment: environment)
        } catch {
            Terminal.printMessage(isJSON ? Terminal.json(FailureDocument(error)) : error.sentence)
            return error.code
        }
    }

    private static func dispatch(
        _ words: [String], isJSON: Bool, environment: [String: String]
    ) async throws(CommandFailure) -> ExitCode {
        let specifications = CommandTable.all.map { $0.specification }
        switch words.first {
        case nil:
            Terminal.printMessage(HelpText.overview(specifications, prefix: []))
            return .usage
        case "--help", "-h":
            Terminal.printResult(HelpText.overview(specifications, prefix: []))
            return .success
        case "--version":
            return try await VersionCommand.run(
                ParsedArguments(), in: CommandContext(isJSON: isJSON, environment: environment))
        case "help":
            return try await dispatch(
                Array(words.dropFirst()) + ["--help"], isJSON: isJSON, environment: environment)
        default: break
        }
        if let command = find(words) {
            let specification = command.specification
            let arguments: ParsedArguments
            do throws(UsageError) {
                arguments = try ArgumentParser.parse(
                    Array(words.dropFirst(specification.path.count)), for: specification)
            } catch {
                throw CommandFailure(error)
            }
            if arguments.has("help") {
                Terminal.printResult(HelpText.command(specification))
                return .success
            }
            return try await command.run(
                arguments, in: CommandContext(isJSON: isJSON, environment: environment))
        }
        let prefix = [words[0]]
        let group = specifications.filter { $0.path.starts(with: prefix) && $0.path.count > 1 }
        if !group.isEmpty {
            if words.dropFirst().allSatisfy({ $0 == "--help" || $0 == "-h" }) && words.count > 1 {
                Terminal.printResult(HelpText.overview(specifications, prefix: prefix))
                return .success
            }
            throw unknown(words.count > 1 ? words[1] : "", prefix: prefix, among: group.map { $0.path[1] })
        }
        throw unknown(words[0], prefix: [], among: specifications.map { $0.path[0] })
    }

    /// The command whose path the words begin with.
    static func find(_ words: [String]) -> (any Command.Type)? {
        CommandTable.all.first { words.starts(with: $0.specification.path) }
    }

    private static func unknown(_ word: String, prefix: [String], among names: [String]) -> CommandFailure {
        let group = (["cairn"] + prefix).joined(separator: " ")
        if word.isEmpty {
            return CommandFailure(
                .usage, "`\(group)` needs one of: \(names.joined(separator: ", "))", advice: "see `\(group) --help`")
        }
        let near = Suggestion.nearest(to: word, among: names)
        return CommandFailure(
            .usage, "there is no command `\(group) \(word)`",
            advice: near.map { "did you mean `\(group) \($0)`?" } ?? "see `\(group) --help`")
    }
}
