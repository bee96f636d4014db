// Why this file exists: structure can be wrong while every byte reads well; this command finds it.
import S3Gateway

/// `cairn check`
struct CheckCommand: Command {
    static let specification = CommandSpecification(
        path: ["check"], summary: "prove that the structure of a store is whole",
        arguments: [.data],
        examples: [("cairn check ./data", "check every row, reference and location")],
        notes: MaintenanceCommand.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await MaintenanceCommand.run(.check, arguments, in: context)
    }
}
