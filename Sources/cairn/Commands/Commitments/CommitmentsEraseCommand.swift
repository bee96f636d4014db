// Why this file exists: a person has the right that the journal does not name them. Destroying the salt of the commitment
// is all that it takes, and all that can be done without breaking the proofs.
import ObjectCore
import S3Gateway

/// `cairn commitments erase`
struct CommitmentsEraseCommand: Command {
    private static let kinds: [(option: String, kind: CommitmentKind)] = [
        ("access-key", .accessKey), ("account", .account), ("address", .address), ("session", .session),
        ("source-identity", .sourceIdentity), ("subject", .subject), ("key", .key), ("prefix", .prefix),
    ]

    static let specification = CommandSpecification(
        path: ["commitments", "erase"], summary: "erase a name from entries that have a commitment to it",
        arguments: [.data],
        options: [
            OptionSpecification("access-key", "ID", "an access key"),
            OptionSpecification("account", "ID", "the canonical id of an account"),
            OptionSpecification("address", "ADDRESS", "where requests came from"),
            OptionSpecification("session", "NAME", "ROLE/SESSION, or SESSION as it was asked for"),
            OptionSpecification("source-identity", "NAME", "the SourceIdentity of sessions"),
            OptionSpecification("subject", "NAME", "whom a token of an identity provider spoke of"),
            OptionSpecification("key", "KEY", "a key that nothing has any more; needs --bucket"),
            OptionSpecification("prefix", "PREFIX", "what was listed"),
            OptionSpecification("bucket", "NAME", "only there (the UUID of one that is gone)"),
            OptionSpecification("reason", "TEXT", "why; it stays for ever, so name no person"),
            OptionSpecification("dry-run", nil, "only say what would be erased"),
        ],
        examples: [("cairn commitments erase ./data --address 192.0.2.7 --reason r-4711 --dry-run", "")],
        notes: [
            "Works on a running server and on a stopped store. The journal says which commitments were erased, "
                + "never the name. Without --bucket entries of runs are among them. Run `cairn gc` afterwards: it "
                + "takes the text out of the database's files. Whoever goes on using the store is named by a new "
                + "commitment."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let named = kinds.compactMap { option, kind in arguments.option(option).map { (kind: kind, value: $0) } }
        guard named.count == 1, let name = named.first, !name.value.isEmpty else {
            throw CommandFailure(
                .usage, "one name is erased at a time", advice: "give one of --access-key, --address …")
        }
        guard let reason = arguments.option("reason"), !reason.isEmpty else {
            throw CommandFailure(.usage, "--reason is missing", advice: "say why, as a ticket's number says it")
        }
        let request = ControlNameErasure(
            kind: name.kind, value: name.value, bucket: arguments.option("bucket"), reason: reason,
            isDryRun: arguments.has("dry-run"))
        let report = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.eraseName(request)
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(report))
        } else {
            for line in words(report, isDryRun: request.isDryRun) { Terminal.printResult(line) }
        }
        // As for any other thing that is not there.
        return report.commitments > 0 ? .success : .foundProblems
    }

    private static func words(_ report: NameErasureReport, isDryRun: Bool) -> [String] {
        guard report.commitments > 0 else { return ["no entry has a commitment to that name"] }
        var lines = ["\(isDryRun ? "would erase" : "erased") the name from \(report.commitments) commitments"]
        for bucket in report.buckets { lines.append("in entries of the bucket \(bucket)") }
        if report.hasRuns { lines.append("in entries of runs") }
        if let position = report.position {
            lines += [
                "the journal says so at position \(position)", "run `cairn gc` to take the text out of the files",
            ]
        }
        return lines
    }
}
