// Why this file exists: the server prunes the journal once a day; this command does it now, or says what would go.
import Lineage
import ObjectCore
import S3Gateway

/// `cairn audit prune`
struct AuditPruneCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "prune"], summary: "take the bytes of old journal entries away that nothing rests on",
        arguments: [.data],
        options: [
            OptionSpecification(
                "before", "DATE", "only entries from before this day or time (RFC 3339; default: ten years ago)"),
            OptionSpecification("dry-run", nil, "only say how many would go"),
        ],
        examples: [
            ("cairn audit prune ./data --dry-run", "what has had its ten years?"),
            ("cairn audit prune ./data --before 2020-01-01", ""),
        ],
        notes: [
            "Works on a running server and on a stopped store. What exists keeps its entries whatever the date, and so does "
                + "what it was made from. The hashes of pruned entries stay, so every proof and checkpoint stays valid, "
                + "and the journal says which went. Buckets that keep versions are then told as they were only since the "
                + "date. Exit code 1 when nothing may go because the clock jumped."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let before = try limit(arguments.option("before"))
        let request = ControlAuditRequest.prune(before: before.milliseconds, isDryRun: arguments.has("dry-run"))
        guard let report = try await AuditSession.ask(arguments.argument("DATA"), request).pruning else {
            throw CommandFailure(
                .unavailable, "the server's answer says nothing of pruning",
                advice: "use the `cairn` of the same version as the server")
        }
        Terminal.printResult(context.isJSON ? Terminal.json(report) : sentence(report))
        return report.isHeld ? .foundProblems : .success
    }

    /// The date of the option, or the time of ten years ago.
    static func limit(_ text: String?) throws(CommandFailure) -> Timestamp {
        guard let text else {
            return Timestamp(milliseconds: LogText.wall.milliseconds - JournalPruning.defaultRetention)
        }
        guard let time = EventTime.parse(text) ?? EventTime.parse(text + "T00:00:00Z") else {
            throw CommandFailure(
                .usage, "--before \(text) is no date", advice: "write 2020-01-31 or 2020-01-31T12:00:00Z")
        }
        return time
    }

    private static func sentence(_ report: PruningReport) -> String {
        if report.isHeld { return "nothing is pruned: the clock jumped; see `cairn clock`" }
        let verb = report.isDryRun ? "would prune" : "pruned"
        return "\(verb) \(report.pruned) of \(report.old) journal entries of before "
            + "\(LogText.time(Timestamp(milliseconds: report.before))); \(report.inForce) are in force"
    }
}
