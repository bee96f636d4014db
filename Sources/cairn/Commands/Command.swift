// Why this file exists: a command is one file and one line of the table, as an S3 operation is.

/// What a command needs beside its arguments.
struct CommandContext: Sendable {
    var isJSON: Bool
    var environment: [String: String]
}

/// A command of the program.
protocol Command: Sendable {
    static var specification: CommandSpecification { get }
    /// Does the work and says how it ended. Results go to standard output.
    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode
}

/// All commands, in the order of help.
enum CommandTable {
    static let all: [any Command.Type] = [
        ServeCommand.self,
        KeyCreateCommand.self,
        KeyListCommand.self,
        KeyRevokeCommand.self,
        KMSCreateCommand.self,
        KMSListCommand.self,
        KMSRotateCommand.self,
        SnapshotCreateCommand.self,
        SnapshotListCommand.self,
        SnapshotDeleteCommand.self,
        SnapshotCloneCommand.self,
        CheckCommand.self,
        ScrubCommand.self,
        CollectCommand.self,
        LifecycleRunCommand.self,
        ClockCommand.self,
        StatsCommand.self,
        AuditCheckpointCommand.self,
        AuditVerifyCommand.self,
        AuditProveCommand.self,
        AuditExportCommand.self,
        AuditRotateCommand.self,
        RunExecCommand.self,
        LineageUpstreamCommand.self,
        LineageDownstreamCommand.self,
        LineagePathCommand.self,
        LineageImpactCommand.self,
        LineageManifestCommand.self,
        LineageReproduceCommand.self,
        LineageHoldCommand.self,
        LineageEraseCommand.self,
        LineageRunsCommand.self,
        LineageRunCommand.self,
        LineageDiffCommand.self,
        LineageByDigestCommand.self,
        LineageCollectionCommand.self,
        LineageDigestsCommand.self,
        LineageOrphansCommand.self,
        LineageCompletenessCommand.self,
        LineageContradictionsCommand.self,
        LineageExportCommand.self,
        LineageTokenCommand.self,
        ConfigCommand.self,
        VersionCommand.self,
    ]
}
