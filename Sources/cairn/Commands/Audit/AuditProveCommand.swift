// Why this file exists: one object's entry in the journal, with the proof that it is there, as a file that verifies
// without the store.
import FoundationEssentials
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
            "Works on a running server and on a stopped store. The format is https://c2sp.org/tlog-proof; its extra line is",
            "the entry itself. Where the entry has a commitment in the place of the key, --opening writes the salt and the",
            "key, with which anybody can check that it speaks of it.",
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let address = try ObjectAddress(arguments.argument("OBJECT"))
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

/// `s3://BUCKET/KEY[?versionId=ID]`. A key that holds `?versionId=` itself is named with its version id.
struct ObjectAddress: Sendable {
    let bucket: String
    let key: ObjectKey
    let version: VersionID?

    init(_ text: String) throws(CommandFailure) {
        let malformed = CommandFailure(
            .usage, "\(text) is no object", advice: "write s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=ID")
        guard text.hasPrefix("s3://") else { throw malformed }
        let rest = text.dropFirst(5)
        guard let slash = rest.firstIndex(of: "/") else { throw malformed }
        bucket = String(rest[..<slash])
        var name = rest[rest.index(after: slash)...]
        var version: VersionID?
        let mark = "?versionId="
        if let start = name.indices.last(where: { name[$0...].hasPrefix(mark) }) {
            guard let id = VersionID(name[start...].dropFirst(mark.count)) else { throw malformed }
            version = id
            name = name[..<start]
        }
        self.version = version
        do throws(StoreError) { key = try ObjectKey(String(name)) } catch { throw malformed }
    }
}
