// Why this file exists: the two questions that lineage is for: what was this made from, and what was made from this.
import Lineage
import ObjectCore

/// `cairn lineage upstream`
struct LineageUpstreamCommand: Command {
    static let specification = ClosureCommand.specification(
        "upstream", summary: "what an object was made from, all the way back")

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await ClosureCommand.run("upstream", arguments, in: context)
    }
}

/// `cairn lineage downstream`
struct LineageDownstreamCommand: Command {
    static let specification = ClosureCommand.specification(
        "downstream", summary: "what was made from an object, all the way on")

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await ClosureCommand.run("downstream", arguments, in: context)
    }
}

/// What both have in common.
enum ClosureCommand {
    static func specification(_ name: String, summary: String) -> CommandSpecification {
        CommandSpecification(
            path: ["lineage", name], summary: summary, arguments: [LineageArgument.object],
            options: LineageArgument.options + LineageArgument.formats,
            examples: [("cairn lineage \(name) s3://models/m.pt --depth 3", "")], notes: LineageArgument.notes)
    }

    static func run(
        _ name: String, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws(CommandFailure) -> ExitCode {
        let query = try LineageArgument.query(of: arguments.argument("OBJECT")) + LineageArgument.query(arguments)
        let client = try EndpointClient(context.environment)
        if let format = LineageArgument.picture(arguments) {
            Terminal.printResult(try await client.text(name, query + [("format", format)]).trimmedEnd)
            return .success
        }
        let answer = try await client.ask(name, query)
        if context.isJSON {
            Terminal.printResult(String(decoding: answer.encoded, as: UTF8.self))
        } else {
            Terminal.printResult(LineageTree(answer).text)
        }
        LineageArgument.warn(answer, in: context)
        return .success
    }
}

extension String {
    /// Without line feeds at the end: printing adds one.
    var trimmedEnd: String {
        var text = self[...]
        while text.last?.isNewline == true { text = text.dropLast() }
        return String(text)
    }
}
