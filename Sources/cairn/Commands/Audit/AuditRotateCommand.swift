// Why this file exists: a signing key that may be known to others is replaced, without losing what it has signed.
import S3Gateway

/// `cairn audit rotate-key`
struct AuditRotateCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "rotate-key"], summary: "make a new signing key for checkpoints",
        arguments: [.data],
        examples: [("cairn audit rotate-key ./data", "prints the new verifier key: hand it round")],
        notes: ["On a running server too. Checkpoints are then signed by the new key and by the one before."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let keys = try await AuditSession.ask(arguments.argument("DATA"), .rotateKey).verifiers ?? []
        if context.isJSON {
            Terminal.printResult(Terminal.json(["verifiers": keys]))
        } else {
            Terminal.printResult(keys.last ?? "")
        }
        return .success
    }
}
