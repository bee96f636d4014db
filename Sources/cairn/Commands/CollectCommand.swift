// Why this file exists: deleted bytes stay until they are collected; this command does it now.
import S3Gateway

/// `cairn gc`
struct CollectCommand: Command {
    static let specification = CommandSpecification(
        path: ["gc"], summary: "remove what nothing refers to and give its space back",
        arguments: [.data],
        examples: [("cairn gc ./data", "after large deletions, instead of waiting for gc-interval")],
        notes: MaintenanceCommand.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await MaintenanceCommand.run(.gc, arguments, in: context)
    }
}
