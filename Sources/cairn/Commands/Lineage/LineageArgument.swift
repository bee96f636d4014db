// Why this file exists: what the commands of lineage take alike, and how they pass it on.
import Lineage
import ObjectCore

/// Arguments and options of the commands of lineage.
enum LineageArgument {
    typealias Query = [(name: String, value: String?)]

    static let object = ArgumentSpecification("OBJECT", "s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=ID")

    static let options = [
        OptionSpecification("depth", "N", "steps from version to version, at most"),
        OptionSpecification("evidence", "LIST", "only of these: observed, inferred, declared"),
        OptionSpecification("at", "INDEX|TIME", "as it was at a journal index or a time"),
        OptionSpecification("limit", "N", "nodes, at most (default: \(QuestionOptions.nodesDefault))"),
    ]

    static let digestBytes = OptionSpecification(
        "digest-bytes", "N", "bytes to read at most for digests that are pending (default: 1 GiB; 0 for none)")

    static let formats = [
        OptionSpecification("dot", nil, "as a picture for Graphviz"),
        OptionSpecification("mermaid", nil, "as a picture for Mermaid"),
    ]

    static let notes = [
        "Asks AWS_ENDPOINT_URL with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. A part of the answer that is missing "
            + "is told on standard error, and in `isPartial` and `gaps` with --json."
    ]

    /// The parameters that name an object.
    static func query(of text: String) throws(CommandFailure) -> Query {
        let object = try LineageArgument.object(text)
        return [
            ("bucket", object.bucket), ("key", object.key.description), ("versionId", object.version?.description),
        ]
    }

    static func object(_ text: String) throws(CommandFailure) -> ObjectName {
        guard let object = ObjectName(text) else {
            if let (object, version) = ObjectName.unknownVersion(text) {
                throw CommandFailure(.foundProblems, "NoSuchVersion: there is no version \(version) of \(object)")
            }
            throw CommandFailure(
                .usage, "\(text) is no object", advice: "write s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=ID")
        }
        return object
    }

    /// The parameters of the options that all questions take.
    static func query(_ arguments: ParsedArguments) -> Query {
        ["depth", "evidence", "at", "limit"].map { ($0, arguments.option($0)) }
    }

    /// The picture that is asked for, or nil.
    static func picture(_ arguments: ParsedArguments) -> String? {
        arguments.has("dot") ? "dot" : arguments.has("mermaid") ? "mermaid" : nil
    }

    /// Says on standard error what an answer lacks; `--json` says it in the document.
    static func warn(_ answer: JSONDocument, in context: CommandContext) {
        guard !context.isJSON else { return }
        for gap in answer["gaps"]?.elements ?? [] {
            Terminal.printMessage("cairn: this is not all: \(gap.text ?? "")")
        }
    }
}
