// Why this file exists: gives a named key a new version. New objects are written under it, old ones stay readable.
import ObjectCore

/// `cairn kms rotate`
struct KMSRotateCommand: Command {
    static let specification = CommandSpecification(
        path: ["kms", "rotate"], summary: "make a new version of a named key; older versions still decrypt",
        arguments: [.keyName], options: KeyringLoader.options,
        examples: [("cairn kms rotate reports --master-key-file /etc/cairn/master.key", "")],
        notes: ["An object takes the new version when it is copied onto itself."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try KMSKeys.add(arguments, in: context, isNew: false)
    }
}
