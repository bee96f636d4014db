// Why this file exists: disks change bytes without saying so; this command finds it before a reader does.
import S3Gateway

/// `cairn scrub`
struct ScrubCommand: Command {
    static let specification = CommandSpecification(
        path: ["scrub"], summary: "read every stored byte and compare it with its digest",
        arguments: [.data],
        examples: [("cairn scrub ./data", "find damage that the disk did not report")],
        notes: MaintenanceCommand.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await MaintenanceCommand.run(.scrub, arguments, in: context)
    }
}
