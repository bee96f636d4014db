// Why this file exists: signs what the journal says now; who keeps the lines can prove later that nothing before them
// was changed.
import S3Gateway

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
            "Works on a running server and on a stopped store. The format is https://c2sp.org/tlog-checkpoint; "
                + "keys to verify it with lie in DATA/audit/verifier-keys."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let answer = try await AuditSession.ask(arguments.argument("DATA"), .checkpoint)
        let note = answer.checkpoint ?? ""
        if context.isJSON {
            Terminal.printResult(Terminal.json(["checkpoint": note]))
        } else {
            // The note ends with its own newline.
            Terminal.printResult(String(note.dropLast()))
        }
        return .success
    }
}
