// Why this file exists: lineage for other tools, and the token with which they tell it.
import Lineage
import ObjectCore
import S3Gateway

/// `cairn lineage export`
struct LineageExportCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "export"], summary: "an object's lineage in the form of another tool",
        arguments: [LineageArgument.object],
        options: [
            OptionSpecification("format", "FORM", "openlineage, prov or in-toto (needed); dot and mermaid as well"),
            OptionSpecification("downstream", nil, "what was made from it instead of what it was made from"),
        ] + LineageArgument.options + [LineageArgument.digestBytes],
        examples: [("cairn lineage export s3://models/m.pt --format in-toto > m.intoto.json", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        guard let format = arguments.option("format") else {
            throw CommandFailure(.usage, "lineage export needs --format FORM", advice: "openlineage, prov or in-toto")
        }
        let query =
            try LineageArgument.query(of: arguments.argument("OBJECT")) + LineageArgument.query(arguments)
            + [("digestBytes", arguments.option("digest-bytes"))]
        let path = arguments.has("downstream") ? "downstream" : "upstream"
        let text = try await EndpointClient(context.environment).text(path, query + [("format", format)])
        Terminal.printResult(text.trimmedEnd)
        return .success
    }
}

/// `cairn lineage token`
struct LineageTokenCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "token"], summary: "print the bearer token with which the key sends OpenLineage events",
        examples: [("cairn lineage token", "what OPENLINEAGE_API_KEY is to be")],
        notes: [
            "Made from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY without asking the server. It sends events and nothing "
                + "else, and ends with the key."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let credentials = try EndpointCredentials.of(context.environment)
        let token = BearerTokens.token(accessKey: credentials.accessKey, secret: Secret(credentials.secret))
        Terminal.printResult(context.isJSON ? Terminal.json(["token": token]) : token)
        return .success
    }
}

/// `cairn lineage hold`
struct LineageHoldCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "hold"], summary: "put an object and all that it was made from under legal hold",
        arguments: [LineageArgument.object],
        options: [
            OptionSpecification("off", nil, "take the hold off instead"),
            OptionSpecification("dry-run", nil, "only say what would be held"),
        ],
        examples: [("cairn lineage hold s3://models/m.pt --dry-run", "")],
        notes: LineageArgument.notes + ["Exits with 1 when something could not be held; what could be is."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let object = try LineageArgument.object(arguments.argument("OBJECT"))
        let answer = try await EndpointClient(context.environment).tell(
            "hold",
            .members([
                "bucket": .text(object.bucket), "key": .text(object.key.description),
                "versionId": object.version.map { .text($0.description) },
                "on": .boolean(!arguments.has("off")), "dryRun": .boolean(arguments.has("dry-run")),
            ]))
        if context.isJSON {
            Terminal.printResult(String(decoding: answer.encoded, as: UTF8.self))
        } else {
            let verb = arguments.has("off") ? "released" : "on hold"
            for version in answer["held"]?.elements ?? [] {
                Terminal.printResult("\(verb)  \(LineageTree.title(version))")
            }
            for version in answer["left"]?.elements ?? [] {
                Terminal.printResult("left  \(LineageTree.title(version))  \(version["reason"]?.text ?? "")")
            }
        }
        LineageArgument.warn(answer, in: context)
        return answer["isComplete"]?.boolean == true ? .success : .foundProblems
    }
}
