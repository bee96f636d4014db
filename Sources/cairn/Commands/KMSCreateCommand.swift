// Why this file exists: makes a named key for SSE-KMS. Running servers find it at once.
import ObjectCore

/// `cairn kms create`
struct KMSCreateCommand: Command {
    static let specification = CommandSpecification(
        path: ["kms", "create"], summary: "make a named key for SSE-KMS",
        arguments: [.keyName], options: KeyringLoader.options,
        examples: [
            ("cairn kms create reports --master-key-file /etc/cairn/master.key", ""),
            ("cairn kms create aws/s3 --master-key-file /etc/cairn/master.key", "for clients that name no key"),
        ],
        notes: ["A key that is lost takes the objects under it along: keep the keyring and the master key safe."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try KMSKeys.add(arguments, in: context, isNew: true)
    }
}
