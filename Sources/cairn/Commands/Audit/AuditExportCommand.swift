// Why this file exists: the whole log as files that any web server serves and any auditor keeps.
import FoundationEssentials
import Lineage
import ObjectCore
import S3Gateway

/// `cairn audit export`
struct AuditExportCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "export"], summary: "write the log as a folder of static files",
        arguments: [.data, ArgumentSpecification("FOLDER", "where to write; it is made")],
        options: [
            OptionSpecification(
                "open", "OBJECT", "also write what opens the commitment to its key", isRepeatable: true)
        ],
        examples: [("cairn audit export ./data ./log", "`cairn audit verify ./log` then needs no store")],
        notes: [
            "Works on a running server, which then writes the files, and on a stopped store. What is written is "
                + "the log as it was when it began. Names that are hidden in it stay hidden, but for those of --open, "
                + "which go into the file openings. The layout is https://c2sp.org/tlog-tiles, with the public keys in "
                + "verifier-keys."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let folder = arguments.argument("FOLDER")
        // A server has another working directory.
        let path = folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
        var objects: [ControlAuditObject] = []
        for text in arguments.options["open"] ?? [] {
            let address = try LineageArgument.object(text)
            objects.append(
                ControlAuditObject(
                    bucket: address.bucket, key: address.key.description, version: address.version?.description))
        }
        let answer = try await AuditSession.ask(
            arguments.argument("DATA"), .export(folder: path, opening: objects))
        let note = answer.checkpoint ?? ""
        if context.isJSON {
            Terminal.printResult(Terminal.json(["folder": folder, "checkpoint": note]))
        } else {
            Terminal.printResult(String(note.dropLast()))
        }
        return .success
    }
}
