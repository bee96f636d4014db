// Why this file exists: makes access keys. The secret is shown this once and never again.
import S3Gateway

/// `cairn key create`
struct KeyCreateCommand: Command {
    static let specification = CommandSpecification(
        path: ["key", "create"], summary: "make an access key and print it, this once",
        arguments: [.data],
        options: [
            OptionSpecification("account", "ID", "another key for this account (default: a new account)"),
            OptionSpecification("name", "TEXT", "what the account or key is called in listings"),
        ],
        examples: [
            ("cairn key create ./data --name alice", "a second account, which shares nothing with the first"),
            ("eval \"$(cairn key create ./data --name ci)\"", "put the key into this shell"),
        ],
        notes: ["Works on a running server and on a stopped store."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let request = ControlKeyRequest(
            account: arguments.option("account"), displayName: arguments.option("name") ?? "")
        let key = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.createKey(request)
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(key))
        } else {
            Terminal.printResult("export AWS_ACCESS_KEY_ID=\(key.id)")
            Terminal.printResult("export AWS_SECRET_ACCESS_KEY=\(key.secret ?? "")")
            Terminal.printMessage("account \(key.account)")
        }
        return .success
    }
}
