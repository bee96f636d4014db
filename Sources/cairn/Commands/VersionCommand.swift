// Why this file exists: which version runs, for people, scripts and bug reports.

/// `cairn version`
struct VersionCommand: Command {
    static let specification = CommandSpecification(
        path: ["version"], summary: "tell the version",
        examples: [("cairn version --json", "")])

    private struct Answer: Encodable {
        var version: String
    }

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        Terminal.printResult(context.isJSON ? Terminal.json(Answer(version: Cairn.version)) : "cairn \(Cairn.version)")
        return .success
    }
}
