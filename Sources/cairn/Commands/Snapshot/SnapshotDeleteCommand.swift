// Why this file exists: lets a snapshot go; what nothing else shows is given back by the next garbage collection.
import S3Gateway

/// `cairn snapshot delete`
struct SnapshotDeleteCommand: Command {
    static let specification = CommandSpecification(
        path: ["snapshot", "delete"], summary: "delete a snapshot; its bucket stays as it is",
        arguments: [.data, ArgumentSpecification("SNAPSHOT", "its name, BUCKET.NAME")],
        examples: [("cairn snapshot delete ./data training.before-cleanup", "")],
        notes: ["Works on a running server and on a stopped store. `cairn gc` gives back what nothing else holds."])

    private struct Answer: Encodable {
        var deleted: String
    }

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let name = arguments.argument("SNAPSHOT")
        try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.deleteSnapshot(name)
        }
        Terminal.printResult(context.isJSON ? Terminal.json(Answer(deleted: name)) : "deleted \(name)")
        return .success
    }
}
