// Why this file exists: makes a bucket of a snapshot that can be written, without copying a byte.
import ObjectCore
import S3Gateway

/// `cairn snapshot clone`
struct SnapshotCloneCommand: Command {
    static let specification = CommandSpecification(
        path: ["snapshot", "clone"], summary: "make a new bucket with a snapshot's objects, by reference",
        arguments: [
            .data, ArgumentSpecification("SNAPSHOT", "its name, BUCKET.NAME"),
            ArgumentSpecification("NEWBUCKET", "the bucket to make"),
        ],
        options: [OptionSpecification("owner", "ID", "the account that owns it (default: the snapshot's)")],
        examples: [("cairn snapshot clone ./data training.before-cleanup experiment", "")],
        notes: [
            "Works on a running server and on a stopped store. Locks and access lists are not taken over.",
            "Run again after an interruption it goes on where it was; until it succeeds, the bucket is not whole.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let request = ControlCloneRequest(
            snapshot: arguments.argument("SNAPSHOT"), bucket: arguments.argument("NEWBUCKET"),
            owner: arguments.option("owner"))
        guard BucketName.isValid(request.bucket) else {
            throw CommandFailure(.foundProblems, "\(request.bucket) is no name for a bucket")
        }
        let report = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.clone(request)
        }
        Terminal.printResult(
            context.isJSON ? Terminal.json(report) : "\(request.bucket): \(report.objects) objects by reference")
        return .success
    }
}
