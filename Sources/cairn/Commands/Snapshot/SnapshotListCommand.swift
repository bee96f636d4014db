// Why this file exists: shows which snapshots there are, and what point of the journal each is.
import ObjectCore
import S3Gateway

/// `cairn snapshot list`
struct SnapshotListCommand: Command {
    static let specification = CommandSpecification(
        path: ["snapshot", "list"], summary: "list snapshots",
        arguments: [.data],
        examples: [("cairn snapshot list ./data", "")],
        notes: ["Works on a running server and on a stopped store."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let snapshots = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.snapshots()
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(snapshots))
            return .success
        }
        for snapshot in snapshots {
            let created = LogText.time(Timestamp(milliseconds: snapshot.created))
            Terminal.printResult("\(created)  index \(snapshot.index)  \(snapshot.name)")
        }
        if snapshots.isEmpty { Terminal.printMessage("no snapshots") }
        return .success
    }
}
