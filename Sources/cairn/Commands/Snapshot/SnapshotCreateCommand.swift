// Why this file exists: names the present state of a bucket, which is then read as a bucket of its own.
import S3Gateway

/// `cairn snapshot create`
struct SnapshotCreateCommand: Command {
    static let specification = CommandSpecification(
        path: ["snapshot", "create"], summary: "name a bucket's present state, to be read as BUCKET.NAME",
        arguments: [
            .data, ArgumentSpecification("BUCKET", "the bucket"),
            ArgumentSpecification("NAME", "lower-case letters, digits and dashes"),
        ],
        examples: [("cairn snapshot create ./data training before-cleanup", "then s3://training.before-cleanup/")],
        notes: [
            "Works on a running server and on a stopped store, in milliseconds whatever the size.",
            "What it shows is kept until it is deleted, whatever is overwritten, deleted or expired meanwhile.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let request = ControlSnapshotRequest(bucket: arguments.argument("BUCKET"), name: arguments.argument("NAME"))
        let made = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.createSnapshot(request)
        }
        Terminal.printResult(context.isJSON ? Terminal.json(made) : made.name)
        return .success
    }
}
