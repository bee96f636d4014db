// Why this file exists: how large a store is, and what deduplication saves, without a metrics system.
import ObjectCore

/// `cairn stats`
struct StatsCommand: Command {
    static let specification = CommandSpecification(
        path: ["stats"], summary: "tell the sizes of a store",
        arguments: [.data],
        examples: [("cairn stats ./data --json", "")],
        notes: ["Works on a running server and on a stopped store."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let statistics = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.statistics()
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(statistics))
            return .success
        }
        Terminal.printResult("buckets          \(statistics.buckets)")
        Terminal.printResult(
            "snapshots        \(statistics.snapshots) (\(statistics.heldVersions) versions are kept for them alone)")
        Terminal.printResult("chunks           \(statistics.chunks) (\(ByteText.text(statistics.chunkBytes)))")
        Terminal.printResult("segment files    \(statistics.segments) (\(ByteText.text(statistics.segmentBytes)))")
        if statistics.coldSegments > 0 {
            let bytes = ByteText.text(statistics.coldSegmentBytes)
            Terminal.printResult("of archives      \(statistics.coldSegments) (\(bytes))")
        }
        Terminal.printResult("journal entries  \(statistics.journalEntries)")
        return .success
    }
}
