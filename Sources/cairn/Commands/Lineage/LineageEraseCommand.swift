// Why this file exists: erasing from the command line, and the list of what people have to look at next.
import Lineage
import ObjectCore

/// `cairn lineage erase`
struct LineageEraseCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "erase"], summary: "destroy a version for good, and list what was derived from it",
        arguments: [LineageArgument.object],
        options: [
            OptionSpecification("reason", "TEXT", "why; it stays in the journal for ever, so name no person in it"),
            OptionSpecification("dry-run", nil, "only say what would be erased"),
        ],
        examples: [
            ("cairn lineage erase s3://raw/a.tar --reason request-4711 --dry-run", "what would it touch?")
        ],
        notes: LineageArgument.notes + [
            "Without a version id it is the current version. Needs `cairn:Erase` and `s3:DeleteObjectVersion` on the "
                + "object. Refused while a retention, a legal hold or a snapshot keeps the version. The journal says who "
                + "erased which version and why; its proofs stay valid. The bytes leave the disk with the next "
                + "`cairn gc`. Other versions with the same content, and what was derived from it, are listed and stay."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let object = try LineageArgument.object(arguments.argument("OBJECT"))
        guard let reason = arguments.option("reason"), !reason.isEmpty else {
            throw CommandFailure(.usage, "--reason is missing", advice: "say why, as a ticket's number says it")
        }
        let answer = try await EndpointClient(context.environment).tell(
            "erase",
            .members([
                "bucket": .text(object.bucket), "key": .text(object.key.description),
                "versionId": object.version.map { .text($0.description) }, "reason": .text(reason),
                "dryRun": .boolean(arguments.has("dry-run")),
            ]))
        if context.isJSON {
            Terminal.printResult(String(decoding: answer.encoded, as: UTF8.self))
        } else {
            for line in words(answer) { Terminal.printResult(line) }
        }
        LineageArgument.warn(answer, in: context)
        return .success
    }

    private static func words(_ answer: JSONDocument) -> [String] {
        let title = answer["object"].map(LineageTree.title) ?? ""
        var lines = ["would erase  \(title)"]
        if let position = answer["tombstone"]?.integer {
            lines = ["erased  \(title)", "the tombstone is journal index \(position)"]
        }
        for version in answer["sameContent"]?.elements ?? [] {
            lines.append("has the same content  \(LineageTree.title(version))")
        }
        guard let worklist = answer["worklist"], worklist["nodes"]?.elements?.count ?? 0 > 1 else {
            return lines + ["nothing is known to be derived from it"]
        }
        return lines + ["", "to look at, as it was derived from it:", LineageTree(worklist).text]
    }
}
