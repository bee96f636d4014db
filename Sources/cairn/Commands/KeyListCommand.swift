// Why this file exists: shows which keys there are, without their secrets.
import ObjectCore
import S3Gateway

/// `cairn key list`
struct KeyListCommand: Command {
    static let specification = CommandSpecification(
        path: ["key", "list"], summary: "list access keys, without their secrets",
        arguments: [.data],
        examples: [("cairn key list ./data", "")],
        notes: ["Works on a running server and on a stopped store."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let keys = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.keys()
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(keys))
            return .success
        }
        for key in keys {
            let created = LogText.time(Timestamp(milliseconds: key.created))
            let name = key.displayName.isEmpty ? "-" : key.displayName
            let state = key.isRevoked ? "revoked " : key.isInactive == true ? "inactive" : "active  "
            let user = key.user.map { "  user \($0)" } ?? ""
            Terminal.printResult("\(key.id)  \(created)  \(state)  \(name)  \(key.account)\(user)")
        }
        if keys.isEmpty { Terminal.printMessage("no keys; `cairn key create \(arguments.argument("DATA"))` makes one") }
        return .success
    }
}
