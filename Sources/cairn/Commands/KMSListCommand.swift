// Why this file exists: shows the named keys and whether the master key at hand opens them. Key bytes are never shown.
import ObjectCore

/// `cairn kms list`
struct KMSListCommand: Command {
    static let specification = CommandSpecification(
        path: ["kms", "list"], summary: "list the named keys and their versions", options: KeyringLoader.options,
        examples: [("cairn kms list --master-key-file /etc/cairn/master.key", "")],
        notes: ["Exit code 1 when a key is under a master key that was not given."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let entries = try KMSKeys.entries(try KMSKeys.keyring(arguments, in: context))
        if context.isJSON {
            Terminal.printResult(Terminal.json(entries.map { KMSKeys.Document($0) }))
        } else {
            for entry in entries { Terminal.printResult(KMSKeys.line(entry)) }
        }
        return entries.allSatisfy(\.isUsable) ? .success : .foundProblems
    }
}
