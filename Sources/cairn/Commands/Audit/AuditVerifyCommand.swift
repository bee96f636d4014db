// Why this file exists: the auditor's command: does everything that the store says about its past still hold?
import Lineage
import ObjectCore
import S3Gateway

/// `cairn audit verify`
struct AuditVerifyCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "verify"], summary: "verify a store or an exported log",
        arguments: [ArgumentSpecification("DATA", "the folder of a stopped store, or of an export")],
        options: [
            OptionSpecification(
                "checkpoint", "FILE", "a checkpoint that was kept; may be repeated", isRepeatable: true),
            OptionSpecification("keys", "FILE", "verifier keys to believe instead of those that lie there"),
            OptionSpecification("skip-bytes", nil, "do not read every stored byte again"),
        ],
        examples: [
            ("cairn audit verify ./data", "signatures, tree, live state and every stored byte"),
            (
                "cairn audit verify ./data --checkpoint monday.checkpoint --keys kept-keys",
                "nothing was rewritten since"
            ),
        ],
        notes: [
            "Exit 0 only when everything holds; each problem names the journal index. A store that a server "
                + "holds is not verified: stop it, or verify an export, which can be written meanwhile."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let path = arguments.argument("DATA")
        var kept: [(name: String, text: String)] = []
        for file in arguments.options["checkpoint"] ?? [] { kept.append((file, try AuditSession.text(of: file))) }
        let checkpoints = kept
        var verifiers: [NoteVerifier]?
        if let file = arguments.option("keys") {
            do throws(AuditError) {
                verifiers = try NoteVerifier.list(try textOfKeys(file))
            } catch { throw AuditSession.failure(error) }
        }
        let known = verifiers
        let readsBytes = !arguments.has("skip-bytes")
        let report: AuditReport
        if ExportAudit.isExport(path) {
            do {
                var audit = ExportAudit(path)
                audit.checkpoints = checkpoints
                audit.verifiers = known
                report = try audit.run()
            } catch { throw AuditSession.failure(error) }
        } else {
            report = try await AuditSession.with(path) { store in
                var audit = StoreAudit(store)
                audit.checkpoints = checkpoints
                audit.verifiers = known
                audit.readsBytes = readsBytes
                return try audit.run()
            }
        }
        tell(report, isJSON: context.isJSON)
        return report.isClean ? .success : .foundProblems
    }

    private static func textOfKeys(_ file: String) throws(AuditError) -> String {
        do throws(CommandFailure) { return try AuditSession.text(of: file) } catch {
            throw AuditError("cannot read the keys in \(file)")
        }
    }

    private static func tell(_ report: AuditReport, isJSON: Bool) {
        if isJSON {
            Terminal.printResult(Terminal.json(report))
            return
        }
        for problem in report.problems { Terminal.printResult(problem) }
        let checkpoints = report.checkpoints.isEmpty ? "no checkpoint" : "checkpoints at \(report.checkpoints)"
        let pruned = report.prunedBefore.map {
            " (\(report.pruned) pruned, of before \(LogText.time(Timestamp(milliseconds: $0))))"
        }
        let examined =
            "examined \(report.entries) journal entries\(pruned ?? ""), \(report.versions) versions, \(report.chunks) chunks; "
            + checkpoints
        Terminal.printResult(
            report.isClean
                ? "audit: everything holds; \(examined)"
                : "audit: \(report.problemCount) problems; \(examined)")
    }
}
