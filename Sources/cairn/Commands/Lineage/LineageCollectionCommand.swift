// Why this file exists: `cairn lineage collection`, which tells what exactly a run read, who read the same, and gives the
// proof for one member.
import Lineage
import ObjectCore

/// `cairn lineage collection`
struct LineageCollectionCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "collection"], summary: "an exact set of versions that runs read, and the runs that read it",
        arguments: [
            ArgumentSpecification("COLLECTION", "64 hexadecimal digits: what `cairn lineage run` says of a run")
        ],
        options: [
            OptionSpecification("prove", "OBJECT", "with the proof that this version is a member"),
            OptionSpecification("after", "INDEX", "go on behind the member of this journal index"),
            OptionSpecification("limit", "N", "members, at most (default: 1000)"),
        ], examples: [("cairn lineage collection ROOT --prove s3://raw/1.tar?versionId=ID --json", "")],
        notes: LineageArgument.notes + [
            "Equal sets have the same name. It is the root of an RFC 6962 tree over the members' leaves, in the order of "
                + "their journal positions, so anybody can compute it from the members and check a proof."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let root = arguments.argument("COLLECTION")
        guard ContentDigest(hexadecimal: root) != nil else {
            throw CommandFailure(
                .usage, "\(root) is no collection",
                advice: "it has 64 hexadecimal digits; `cairn lineage run` tells them")
        }
        var query: LineageArgument.Query = ["after", "limit"].map { ($0, arguments.option($0)) }
        if let object = arguments.option("prove") {
            query.append(("prove", try LineageArgument.object(object).description))
        }
        return try await LineageAsking.show("collections/\(root)", query, in: context) { answer in
            let runs = answer["runs"]?.elements ?? []
            var lines = [
                "\(answer["versions"]?.integer ?? 0) versions (\(ByteText.text(answer["bytes"]?.integer ?? 0))), "
                    + "read by \(runs.count) runs"
            ]
            lines += runs.map { "  " + LineageTree.title($0) }
            lines.append("members:")
            lines += (answer["members"]?.elements ?? []).map { "  " + LineageTree.title($0) }
            if let next = answer["next"]?.integer { lines.append("more: --after \(next)") }
            if let proof = answer["proof"] {
                lines.append("leaf \(proof["leafIndex"]?.integer ?? 0) of \(proof["treeSize"]?.integer ?? 0):")
                lines.append("  \(proof["member"]?["leaf"]?.text ?? "")")
                lines += (proof["hashes"]?.elements ?? []).map { "  \($0.text ?? "")" }
            }
            return lines
        }
    }
}
