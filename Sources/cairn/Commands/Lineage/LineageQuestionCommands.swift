// Why this file exists: the questions beside the two closures, each a line of the table below: what is asked, and how the
// answer is told to people. With --json it is told as it came.
import Lineage
import ObjectCore

/// `cairn lineage impact`
struct LineageImpactCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "impact"], summary: "what is touched when an object is bad or goes away",
        arguments: [LineageArgument.object], options: LineageArgument.options,
        examples: [("cairn lineage impact s3://raw/images.tar", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query = try LineageArgument.query(of: arguments.argument("OBJECT")) + LineageArgument.query(arguments)
        return try await LineageAsking.show("impact", query, in: context) { answer in
            let counts = answer["counts"]
            func count(_ name: String) -> String { String(counts?[name]?.integer ?? 0) }
            var lines = [
                "\(count("versions")) versions come from it, \(count("existing")) of them exist "
                    + "(\(ByteText.text(counts?["bytes"]?.integer ?? 0))); \(count("runs")) runs of "
                    + "\(count("jobs")) jobs read it or what came of it"
            ]
            let artifacts = answer["artifacts"]?.elements ?? []
            if !artifacts.isEmpty { lines.append("at the end of it stand:") }
            lines += artifacts.map { "  " + LineageTree.title($0) }
            return lines
        }
    }
}

/// `cairn lineage path`
struct LineagePathCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "path"], summary: "a shortest way from one object to another",
        arguments: [
            ArgumentSpecification("FROM", "s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=ID"),
            ArgumentSpecification("TO", "likewise"),
        ], options: LineageArgument.formats,
        examples: [("cairn lineage path s3://raw/images.tar s3://models/m.pt", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query: LineageArgument.Query = [
            ("from", try LineageArgument.object(arguments.argument("FROM")).description),
            ("to", try LineageArgument.object(arguments.argument("TO")).description),
        ]
        if let format = LineageArgument.picture(arguments) {
            let client = try EndpointClient(context.environment)
            Terminal.printResult(try await client.text("path", query + [("format", format)]).trimmedEnd)
            return .success
        }
        return try await LineageAsking.show("path", query, in: context) { answer in
            (answer["nodes"]?.elements ?? []).enumerated().map { index, node in
                (index == 0 ? "" : "→ ") + LineageTree.title(node)
            }
        }
    }
}

/// `cairn lineage runs`
struct LineageRunsCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "runs"], summary: "list runs, newest first",
        options: [
            OptionSpecification("job", "NAME", "of one job: NAMESPACE/NAME, or NAME in the default namespace"),
            OptionSpecification("status", "STATUS", Run.Status.allCases.map(\.name).joined(separator: ", ")),
            OptionSpecification("announced", nil, "leave out those that nobody announced"),
            OptionSpecification("before", "RUN", "go on behind this run"),
            OptionSpecification("limit", "N", "at most (default: 100)"),
        ], examples: [("cairn lineage runs --job ml/train --limit 10", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query: LineageArgument.Query = [
            ("job", arguments.option("job")), ("status", arguments.option("status")),
            ("implicit", arguments.has("announced") ? "false" : nil), ("before", arguments.option("before")),
            ("limit", arguments.option("limit")),
        ]
        return try await LineageAsking.show("runs", query, in: context) { answer in
            (answer["runs"]?.elements ?? []).map { "\($0["started"]?.text ?? "")  \(LineageTree.title($0))" }
        }
    }
}

/// `cairn lineage run`
struct LineageRunCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "run"], summary: "what one run read and wrote, and the facts that are known of it",
        arguments: [ArgumentSpecification("RUN", "its UUID")],
        examples: [("cairn lineage run 01a20d65-cccb-70a6-8a66-98711a35f01b", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let id = try LineageAsking.run(arguments.argument("RUN"))
        return try await LineageAsking.show("runs/\(id)", [], in: context) { answer in
            guard let run = answer["run"] else { return [] }
            var lines = [LineageTree.title(run)]
            for name in ["started", "ended", "parent", "accessKey", "session", "sourceIdentity", "collection"] {
                if let value = run[name]?.text { lines.append("  \(name): \(value)") }
            }
            for fact in run["facts"]?.members ?? [] { lines.append("  \(fact.name): \(fact.value.text ?? "")") }
            var nodes: [String: JSONDocument] = [:]
            for node in answer["nodes"]?.elements ?? [] { nodes[node["id"]?.text ?? ""] = node }
            for (kind, heading) in [("used", "read"), ("generated", "wrote"), ("copied", "copied")] {
                let edges = (answer["edges"]?.elements ?? []).filter { $0["kind"]?.text == kind }
                if !edges.isEmpty { lines.append("\(heading):") }
                for edge in edges {
                    let end = edge[kind == "generated" ? "from" : "to"]?.text ?? ""
                    let mark = LineageTree.mark(edge["evidence"]?.text ?? "")
                    let bytes = edge["bytes"]?.integer.map { "\(ByteText.text($0)) of " } ?? ""
                    lines.append("  \(mark) \(bytes)\(nodes[end].map(LineageTree.title) ?? end)")
                }
            }
            return lines
        }
    }
}

/// `cairn lineage diff`
struct LineageDiffCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "diff"], summary: "in what inputs, outputs and facts two runs differ",
        arguments: [ArgumentSpecification("LEFT", "a run's UUID"), ArgumentSpecification("RIGHT", "another's")],
        examples: [
            ("cairn lineage diff YESTERDAYS-RUN TODAYS-RUN", "")
        ],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query: LineageArgument.Query = [
            ("left", try LineageAsking.run(arguments.argument("LEFT"))),
            ("right", try LineageAsking.run(arguments.argument("RIGHT"))),
        ]
        return try await LineageAsking.show("diff", query, in: context) { answer in
            var lines: [String] = []
            for name in ["inputs", "outputs"] {
                let entries = answer[name]?.elements ?? []
                let same = answer["unchanged\(name.prefix(1).uppercased())\(name.dropFirst())"]?.integer ?? 0
                lines.append("\(name): \(entries.count) differ, \(same) are the same")
                for entry in entries {
                    let version = entry["right"] ?? entry["left"]
                    lines.append("  \(entry["change"]?.text ?? "")  \(version.map(LineageTree.title) ?? "")")
                }
            }
            for fact in answer["facts"]?.elements ?? [] {
                lines.append(
                    "\(fact["name"]?.text ?? ""): \(fact["left"]?.text ?? "—") → \(fact["right"]?.text ?? "—")")
            }
            return lines
        }
    }
}

/// `cairn lineage by-digest`
struct LineageByDigestCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "by-digest"], summary: "the objects whose content has a SHA-256",
        arguments: [ArgumentSpecification("SHA256", "64 hexadecimal digits")],
        examples: [("cairn lineage by-digest SHA256", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await LineageAsking.show("by-digest", [("sha256", arguments.argument("SHA256"))], in: context) { answer in
            (answer["versions"]?.elements ?? []).map(LineageTree.title)
        }
    }
}

/// `cairn lineage digests`
struct LineageDigestsCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "digests"], summary: "objects whose SHA-256 is not known, and why",
        options: [
            OptionSpecification(
                "state", "STATE", DigestState.allCases.map(\.name).joined(separator: ", ") + " (default: pending)"),
            OptionSpecification("after", "INDEX", "go on behind this journal index"),
            OptionSpecification("limit", "N", "at most (default: 1000)"),
        ], examples: [("cairn lineage digests --state unreadable", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query: LineageArgument.Query = ["state", "after", "limit"].map { ($0, arguments.option($0)) }
        return try await LineageAsking.show("digests", query, in: context) { answer in
            var lines = (answer["versions"]?.elements ?? []).map { version in
                LineageTree.title(version) + (version["reason"]?.text.map { "  \($0)" } ?? "")
            }
            if let next = answer["next"]?.integer { lines.append("… more behind --after \(next)") }
            for count in answer["counts"]?.members ?? [] {
                lines.append("\(count.name)  \(count.value.integer ?? 0)")
            }
            return lines
        }
    }
}

/// `cairn lineage orphans`
struct LineageOrphansCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "orphans"], summary: "objects without a known origin, oldest first",
        options: [
            OptionSpecification("implicit", nil, "those of runs that nobody announced as well"),
            OptionSpecification("after", "INDEX", "go on behind this journal index"),
            OptionSpecification("limit", "N", "at most (default: 1000)"),
        ], examples: [("cairn lineage orphans --limit 20", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query: LineageArgument.Query = [
            ("implicit", arguments.has("implicit") ? "true" : nil), ("after", arguments.option("after")),
            ("limit", arguments.option("limit")),
        ]
        return try await LineageAsking.show("orphans", query, in: context) { answer in
            var lines = (answer["versions"]?.elements ?? []).map(LineageTree.title)
            if let next = answer["next"]?.integer { lines.append("… more behind --after \(next)") }
            return lines
        }
    }
}

/// `cairn lineage completeness`
struct LineageCompletenessCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "completeness"], summary: "the share of versions and bytes with a known origin",
        examples: [("cairn lineage completeness", "")],
        notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        try await LineageAsking.show("completeness", [], in: context) { answer in
            func line(_ name: String, _ heading: String) -> String {
                let share = answer[name]
                return "\(heading)  \(share?["versions"]?.integer ?? 0) versions, "
                    + ByteText.text(share?["bytes"]?.integer ?? 0)
            }
            return [
                line("known", "known   "), line("implicit", "implicit"), line("unknown", "unknown "),
                line("total", "total   "),
            ]
        }
    }
}

/// `cairn lineage contradictions`
struct LineageContradictionsCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "contradictions"], summary: "what was declared and never read, and the other way round",
        options: [
            OptionSpecification("run", "RUN", "of one run (default: of the newest)"),
            OptionSpecification("limit", "N", "runs that are looked at (default: 1000)"),
        ], examples: [("cairn lineage contradictions --run 01a20d65-cccb-70a6-8a66-98711a35f01b", "")],
        notes: LineageArgument.notes + ["Exits with 1 when there are any."])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query: LineageArgument.Query = [("run", arguments.option("run")), ("limit", arguments.option("limit"))]
        let answer = try await LineageAsking.ask("contradictions", query, in: context) { answer in
            let found = answer["contradictions"]?.elements ?? []
            return found.map { entry in
                "\(entry["kind"]?.text ?? "")  \(entry["job"]?.text ?? "") \(entry["run"]?.text ?? "")  "
                    + (entry["version"].map(LineageTree.title) ?? "")
            } + ["\(found.count) in \(answer["declaredRuns"]?.integer ?? 0) runs with declarations"]
        }
        return answer["contradictions"]?.elements?.isEmpty == false ? .foundProblems : .success
    }
}

/// What these have in common.
enum LineageAsking {
    /// Asks, shows, and gives the answer back.
    static func ask(
        _ path: String, _ query: LineageArgument.Query, in context: CommandContext, words: (JSONDocument) -> [String]
    ) async throws(CommandFailure) -> JSONDocument {
        let answer = try await EndpointClient(context.environment).ask(path, query)
        if context.isJSON {
            Terminal.printResult(String(decoding: answer.encoded, as: UTF8.self))
        } else {
            for line in words(answer) { Terminal.printResult(line) }
        }
        LineageArgument.warn(answer, in: context)
        return answer
    }

    static func show(
        _ path: String, _ query: LineageArgument.Query, in context: CommandContext, words: (JSONDocument) -> [String]
    ) async throws(CommandFailure) -> ExitCode {
        _ = try await ask(path, query, in: context, words: words)
        return .success
    }

    /// A run's id as it goes into a path.
    static func run(_ text: String) throws(CommandFailure) -> String {
        guard let id = RunID(text) else { throw CommandFailure(.usage, "\(text) is no UUID of a run") }
        return id.description
    }
}
