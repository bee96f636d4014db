// Why this file exists: a bucket asks that the journal does not name persons, or asks no more.
import S3Gateway

/// `cairn commitments on`
struct CommitmentsOnCommand: Command {
    static let specification = CommandSpecification(
        path: ["commitments", "on"], summary: "hide keys and who asked in the journal's entries of a bucket",
        arguments: [.data, ArgumentSpecification("BUCKET", "the bucket; best while it is empty")],
        examples: [("cairn commitments on ./data patients", "its names can be erased from now on")],
        notes: [
            "Works on a running server and on a stopped store. From here on entries have salted commitments in "
                + "the place of names; answers and audits open them. Erasing destroys the salt, and every proof stays "
                + "valid. Entries of before stay as they are and keep their names for ever. Entries of runs hide "
                + "theirs as soon as one bucket asks."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let answer = try await CommitmentsSwitch.set(true, arguments)
        if context.isJSON {
            Terminal.printResult(Terminal.json(answer))
            return .success
        }
        Terminal.printResult("commitments are on for \(answer.bucket)")
        Terminal.printMessage(
            "entries of before stay as they are, with their names, for ever: so it is best switched on before the first object"
        )
        return .success
    }
}

/// `cairn commitments off`
struct CommitmentsOffCommand: Command {
    static let specification = CommandSpecification(
        path: ["commitments", "off"], summary: "name keys and who asked in later entries of a bucket again",
        arguments: [.data, ArgumentSpecification("BUCKET", "the bucket")],
        examples: [("cairn commitments off ./data patients", "")],
        notes: [
            "Works on a running server and on a stopped store. Entries of before keep their commitments, which "
                + "are opened as before; entries from here on have names that cannot be erased."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let answer = try await CommitmentsSwitch.set(false, arguments)
        Terminal.printResult(context.isJSON ? Terminal.json(answer) : "commitments are off for \(answer.bucket)")
        return .success
    }
}

private enum CommitmentsSwitch {
    static func set(_ isOn: Bool, _ arguments: ParsedArguments) async throws(CommandFailure) -> ControlCommitments {
        let request = ControlCommitments(bucket: arguments.argument("BUCKET"), isOn: isOn)
        return try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.setCommitments(request)
        }
    }
}

/// `cairn commitments list`
struct CommitmentsListCommand: Command {
    static let specification = CommandSpecification(
        path: ["commitments", "list"], summary: "list buckets whose names are hidden in the journal",
        arguments: [.data],
        examples: [("cairn commitments list ./data", "")],
        notes: ["Works on a running server and on a stopped store. With --json all buckets are listed."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let all = try await StoreSessions.with(arguments.argument("DATA")) { session throws(CommandFailure) in
            try await session.commitments()
        }
        if context.isJSON {
            Terminal.printResult(Terminal.json(all))
            return .success
        }
        for bucket in all where bucket.isOn { Terminal.printResult(bucket.bucket) }
        if !all.contains(where: \.isOn) { Terminal.printMessage("no bucket asks for commitments") }
        return .success
    }
}
