// Why this file exists: the whole log as files that any web server serves and any auditor keeps.
import Lineage

/// `cairn audit export`
struct AuditExportCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "export"], summary: "write the log as a folder of static files",
        arguments: [.data, ArgumentSpecification("FOLDER", "where to write; it is made")],
        examples: [("cairn audit export ./data ./log", "`cairn audit verify ./log` then needs no store")],
        notes: ["On a stopped store. The layout is https://c2sp.org/tlog-tiles, with the public keys in verifier-keys."]
    )

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let folder = arguments.argument("FOLDER")
        let note = try await AuditSession.withLog(arguments.argument("DATA")) { _, log in
            try log.export(to: folder)
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(["folder": folder, "checkpoint": note.encoded]))
        } else {
            Terminal.printResult(String(note.encoded.dropLast()))
        }
        return .success
    }
}
