// Why this file exists: ends a key. Requests that it signs are refused from then on, on a running server at once.
import S3Gateway

/// `cairn key revoke`
struct KeyRevokeCommand: Command {
    static let specification = CommandSpecification(
        path: ["key", "revoke"], summary: "end an access key for good",
        arguments: [.data, ArgumentSpecification("KEY", "the id of the key")],
        examples: [("cairn key revoke ./data AKIAIOSFODNN7EXAMPLE", "")],
        notes: ["Works on a running server, at once, and on a stopped store. The account and its buckets stay."])

    private struct Answer: Encodable {
        var revoked: String
    }

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let id = arguments.argument("KEY")
        try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            guard try await session.keys().contains(where: { $0.id == id && !$0.isRevoked }) else {
                throw CommandFailure(
                    .foundProblems, "there is no active key \(id)",
                    advice: "see `cairn key list \(arguments.argument("DATA"))`")
            }
            try await session.revokeKey(id)
        }
        Terminal.printResult(context.isJSON ? Terminal.json(Answer(revoked: id)) : "revoked \(id)")
        return .success
    }
}
