// Why this file exists: when the machine's clock runs ahead of what can have passed, locks stop expiring. Only a
// person knows whether the clock is right; here they look, and say so.
import ObjectCore
import S3Gateway

/// `cairn clock`
struct ClockCommand: Command {
    static let specification = CommandSpecification(
        path: ["clock"], summary: "tell the store's time; confirm it after a jump, so that locks expire again",
        arguments: [.data],
        options: [OptionSpecification("confirm", nil, "the machine's time is right")],
        examples: [("cairn clock ./data --confirm", "after the clock was set, or the store lay still for days")],
        notes: [
            "Locks are held when the clock jumps ahead by more than a day while the store is open, and when the store "
                + "was closed for longer than that. Exit code 1 while they are."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let confirms = arguments.has("confirm")
        let clock = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.clock(confirm: confirms)
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(clock))
        } else {
            Terminal.printResult("now      \(WireDate.extended(clock.now / 1000))")
            Terminal.printResult("trusted  \(WireDate.extended(clock.trusted / 1000))")
            Terminal.printResult(sentence(clock.hold))
        }
        return clock.hold == nil ? .success : .foundProblems
    }

    private static func sentence(_ hold: ClockHold?) -> String {
        switch hold {
        case nil: "locks expire"
        case .jump: "locks do not expire: the clock jumped ahead by more than a day; confirm it if it is right"
        case .gap: "locks do not expire: the store was closed for more than a day; confirm the time if it is right"
        }
    }
}
