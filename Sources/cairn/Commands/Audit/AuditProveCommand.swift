// Why this file exists: one object's entry in the journal, with the proof that it is there, as a file that verifies
// without the store.
import Lineage
import ObjectCore
import S3Gateway

/// `cairn audit prove`
struct AuditProveCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "prove"], summary: "print the proof that a version's creation is in the journal",
        arguments: [.data, ArgumentSpecification("OBJECT", "s3://BUCKET/KEY, or s3://BUCKET/KEY?versionId=ID")],
        examples: [("cairn audit prove ./data s3://models/m.pt > m.pt.tlog-proof", "")],
        notes: [
            "Works on a running server and on a stopped store. The format is https://c2sp.org/tlog-proof; its extra line is",
            "the entry itself.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let address = try LineageArgument.object(arguments.argument("OBJECT"))
        let answer = try await AuditSession.ask(
            arguments.argument("DATA"),
            .proof(bucket: address.bucket, key: address.key.description, version: address.version?.description))
        let proof = answer.proof ?? ""
        if context.isJSON {
            Terminal.printResult(Terminal.json(["proof": proof]))
        } else {
            Terminal.printResult(String(proof.dropLast()))
        }
        return .success
    }
}
