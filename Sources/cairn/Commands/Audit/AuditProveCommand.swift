// Why this file exists: one object's entry in the journal, with the proof that it is there, as a file that verifies
// without the store.
import FoundationEssentials
import Lineage
import ObjectCore
import S3Gateway

/// `cairn audit prove`
struct AuditProveCommand: Command {
    static let specification = CommandSpecification(
        path: ["audit", "prove"], summary: "print the proof that a version's creation is in the journal",
        arguments: [.data, ArgumentSpecification("OBJECT", "s3://BUCKET/KEY, or s3://BUCKET/KEY?versionId=ID")],
        options: [
            OptionSpecification("opening", "FILE", "write what opens the commitment to the key there")
        ],
        examples: [("cairn audit prove ./data s3://models/m.pt > m.pt.tlog-proof", "")],
        notes: [
            "Works on a running server and on a stopped store. The format is https://c2sp.org/tlog-proof; its "
                + "extra line is the entry itself. Where the entry has a commitment in the place of the key, --opening "
                + "writes the salt and the key, with which anybody can check that it speaks of it."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let address = try LineageArgument.object(arguments.argument("OBJECT"))
        let answer = try await AuditSession.ask(
            arguments.argument("DATA"),
            .proof(bucket: address.bucket, key: address.key.description, version: address.version?.description))
        let proof = answer.proof ?? ""
        if let file = arguments.option("opening") {
            guard let opening = answer.opening else {
                throw CommandFailure(.foundProblems, "the entry has the key itself, and nothing to open")
            }
            let isWritten = FileManager.default.createFile(
                atPath: file, contents: Data((opening + "\n").utf8), attributes: [.posixPermissions: 0o600])
            guard isWritten else { throw CommandFailure(.inputOutput, "cannot write \(file)") }
        } else if answer.opening != nil, !context.isJSON {
            Terminal.printMessage(
                "the entry has a commitment in the place of the key; --opening FILE writes what opens it")
        }
        if context.isJSON {
            var fields = ["proof": proof]
            fields["opening"] = answer.opening
            Terminal.printResult(Terminal.json(fields))
        } else {
            Terminal.printResult(String(proof.dropLast()))
        }
        return .success
    }
}
