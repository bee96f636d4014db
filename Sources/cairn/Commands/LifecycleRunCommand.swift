// Why this file exists: lifecycle rules are carried out by the server now and then; this command does it now.
import S3Gateway

/// `cairn lifecycle run`
struct LifecycleRunCommand: Command {
    static let specification = CommandSpecification(
        path: ["lifecycle", "run"], summary: "carry out the lifecycle rules of all buckets now",
        arguments: [.data],
        examples: [("cairn lifecycle run ./data", "instead of waiting for lifecycle-interval")],
        notes: [
            "Works on a running server and on a stopped store. What is locked stays, whatever the rules say.",
            "After a forward jump of the clock nothing expires until `cairn clock --confirm`.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await MaintenanceCommand.run(.lifecycle, arguments, in: context)
    }
}
