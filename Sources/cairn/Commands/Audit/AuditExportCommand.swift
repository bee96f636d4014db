// Why this file exists: the whole log as files that any web server serves and any auditor keeps.
import FoundationEssentials
import S3Gateway

/// `cairn audit export`
struct AuditExportCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "export"], summary: "write the log as a folder of static files",
        arguments: [.data, ArgumentSpecification("FOLDER", "where to write; it is made")],
        examples: [("cairn audit export ./data ./log", "`cairn audit verify ./log` then needs no store")],
        notes: [
            "Works on a running server, which then writes the files, and on a stopped store. What is written is the log",
            "as it was when it began. The layout is https://c2sp.org/tlog-tiles, with the public keys in verifier-keys.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let folder = arguments.argument("FOLDER")
        // A server has another working directory.
        let path = folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
        let answer = try await AuditSession.ask(arguments.argument("DATA"), .export(folder: path))
        let note = answer.checkpoint ?? ""
        if context.isJSON {
            Terminal.printResult(Terminal.json(["folder": folder, "checkpoint": note]))
        } else {
            Terminal.printResult(String(note.dropLast()))
        }
        return .success
    }
}
