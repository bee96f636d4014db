// Why this file exists: signs what the journal says now; who keeps the lines can prove later that nothing before them
// was changed.
import Lineage

/// `cairn audit checkpoint`
struct AuditCheckpointCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "checkpoint"], summary: "sign the journal as it is and print the checkpoint",
        arguments: [.data],
        examples: [
            ("cairn audit checkpoint ./data > monday.checkpoint", "keep it elsewhere"),
            ("cairn audit checkpoint ./data --json", "for scripts"),
        ],
        notes: [
            "On a stopped store. The format is https://c2sp.org/tlog-checkpoint; keys to verify it with lie in",
            "DATA/audit/verifier-keys.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let note = try await AuditSession.withLog(arguments.argument("DATA")) { _, log in try log.checkpoint() }
        if context.isJSON {
            Terminal.printResult(Terminal.json(["checkpoint": note.encoded]))
        } else {
            // The note ends with its own newline.
            Terminal.printResult(String(note.encoded.dropLast()))
        }
        return .success
    }
}
