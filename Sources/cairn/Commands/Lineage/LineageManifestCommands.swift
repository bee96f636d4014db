// Why this file exists: a model's manifest, and its proof by deed: the same inputs fetched again, each held to its
// digest.
private import Foundation
import Lineage
import ObjectCore
import S3Gateway
private import Synchronization

/// `cairn lineage manifest`
struct LineageManifestCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "manifest"], summary: "print everything that is needed to make an object again",
        arguments: [LineageArgument.object], options: LineageArgument.options + [LineageArgument.digestBytes],
        examples: [
            ("cairn lineage manifest s3://models/m.pt > m.json", "versions, digests, ranges, runs, facts, locks")
        ], notes: LineageArgument.notes)

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let query =
            try LineageArgument.query(of: arguments.argument("OBJECT")) + LineageArgument.query(arguments)
            + [("digestBytes", arguments.option("digest-bytes"))]
        let answer = try await EndpointClient(context.environment).ask("manifest", query)
        Terminal.printResult(context.isJSON ? String(decoding: answer.encoded, as: UTF8.self) : answer.pretty)
        // The result is a file for others; who made it is told here what it lacks.
        LineageArgument.warn(answer, in: CommandContext(isJSON: false, environment: [:]))
        return .success
    }
}

/// `cairn lineage reproduce`
struct LineageReproduceCommand: Command {
    static let specification = CommandSpecification(
        path: ["lineage", "reproduce"], summary: "fetch the inputs of a manifest and check every digest",
        arguments: [
            ArgumentSpecification("MANIFEST", "a file that `cairn lineage manifest` wrote"),
            ArgumentSpecification("DIR", "where the inputs go, as BUCKET/KEY"),
        ],
        options: [
            OptionSpecification("direct", nil, "only what the last run read, not what that was made from"),
            OptionSpecification("subject", nil, "the object itself as well"),
        ],
        examples: [("cairn lineage reproduce m.json ./inputs", "")],
        notes: [
            "Exits with 1 when an input is gone, was never whole or has another digest than the manifest says. An input "
                + "without a digest (one under a customer's key, say) is held to its size and told of."
        ])

    static func run(_ arguments: ParsedArguments, in context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let file = arguments.argument("MANIFEST")
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw CommandFailure(.inputOutput, "cannot read \(file)")
        }
        guard let manifest = try? JSONDocument(Array(bytes)), manifest["form"]?.text == LineageManifest.form else {
            throw CommandFailure(.usage, "\(file) is no manifest", advice: "`cairn lineage manifest` writes one")
        }
        var wanted = (manifest["inputs"]?.elements ?? []).filter {
            $0["isDeleteMarker"]?.boolean != true && (!arguments.has("direct") || $0["isDirect"]?.boolean == true)
        }
        if arguments.has("subject"), let subject = manifest["subject"] { wanted.append(subject) }
        let owner = try EndpointClient(context.environment)
        // A run of its own, so that what is read here is not taken for an input of whatever the same key writes next.
        let plan = RunPlan(
            cairn: "reproduce",
            facts: [NameValue("subject", (manifest["subject"]?["key"]?.text ?? ""))])
        let session = try await AnnouncedRun.begin(plan, owner, parent: context.environment["CAIRN_RUN_ID"])
        let client = owner.with(session)
        var problems = 0
        var results: [JSONDocument] = []
        for input in wanted {
            let outcome = await fetch(input, arguments.argument("DIR"), client)
            if outcome.isProblem { problems += 1 }
            let name = LineageTree.title(input)
            if !context.isJSON { Terminal.printResult("\(outcome.word)  \(name)\(outcome.detail)") }
            results.append(
                .members([
                    "bucket": input["bucket"], "key": input["key"], "versionId": input["versionId"],
                    "outcome": .text(outcome.word),
                ]))
        }
        await AnnouncedRun.end(plan, owner, session, status: problems == 0 ? 0 : 1)
        if context.isJSON {
            let answer = JSONDocument.members(["inputs": .array(results), "problems": .integer(problems)])
            Terminal.printResult(String(decoding: answer.encoded, as: UTF8.self))
        } else {
            Terminal.printResult("\(wanted.count - problems) of \(wanted.count) inputs are as the manifest says")
        }
        if manifest["isPartial"]?.boolean == true {
            Terminal.printMessage("cairn: the manifest itself is not whole")
        }
        return problems == 0 ? .success : .foundProblems
    }

    /// What came of an input.
    private enum Outcome {
        case verified
        case unverifiable(String)
        case differs
        case missing(String)

        var isProblem: Bool {
            switch self {
            case .verified, .unverifiable: false
            case .differs, .missing: true
            }
        }

        var word: String {
            switch self {
            case .verified: "verified"
            case .unverifiable: "no digest"
            case .differs: "DIFFERS"
            case .missing: "MISSING"
            }
        }

        var detail: String {
            switch self {
            case .verified, .differs: ""
            case .unverifiable(let why), .missing(let why): ": \(why)"
            }
        }
    }

    private static func fetch(_ input: JSONDocument, _ directory: String, _ client: EndpointClient) async -> Outcome {
        guard let bucket = input["bucket"]?.text, let size = input["size"]?.integer else {
            return .missing("the manifest does not say what it is")
        }
        let key = input["keyHex"]?.text.flatMap { Hex.decode($0) } ?? Array((input["key"]?.text ?? "").utf8)
        let path = directory + "/" + ReproducedPath.path(bucket: bucket, key: key)
        let target: DownloadTarget
        do throws(SystemCallError) { target = try DownloadTarget(path) } catch { return .missing("\(error)") }
        do throws(CommandFailure) {
            _ = try await client.read(bucket: bucket, key: key, version: input["versionId"]?.text) {
                bytes throws(EndpointFailure) in try target.take(bytes)
            }
        } catch {
            target.discard()
            return .missing(error.message)
        }
        let (digest, length) = target.finish()
        guard length == size else { return .differs }
        guard let wanted = input["sha256"]?.text else {
            return .unverifiable(input["sha256State"]?.text ?? "unknown")
        }
        return Hex.encode(digest) == wanted ? .verified : .differs
    }
}

/// Where an input is put. Invariant: no key, whatever it holds, leads out of the directory, and two keys are two files.
enum ReproducedPath {
    static func path(bucket: String, key: [UInt8]) -> String {
        let pieces = key.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { piece -> String in
            let text = String(
                decoding: piece.flatMap { byte -> [UInt8] in
                    byte < 32 || byte >= 127 || byte == UInt8(ascii: "%")
                        ? Array("%\(Hex.encode([byte]).uppercased())".utf8) : [byte]
                }, as: UTF8.self)
            switch text {
            // A key may have empty pieces and dots, a path may not mean them.
            case "": return "%"
            case ".": return "%2E"
            case "..": return "%2E%2E"
            default: return text
            }
        }
        return ([bucket] + pieces).joined(separator: "/")
    }
}

/// A file that is being written, and the digest of what was.
private final class DownloadTarget: Sendable {
    private struct State {
        var length: Int64 = 0
        let hasher = DigestHasher(.sha256)
    }

    private let path: String
    private let io = RealIO()
    private let file: OpenFile
    private let state = Mutex(State())

    init(_ path: String) throws(SystemCallError) {
        self.path = path
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        file = try io.open(path, .create)
        try io.truncate(file, to: 0)
    }

    func take(_ bytes: [UInt8]) throws(EndpointFailure) {
        let start = state.withLock { state in
            defer { state.length += Int64(bytes.count) }
            state.hasher.update(bytes)
            return state.length
        }
        do throws(SystemCallError) { try io.writeFully(file, bytes, at: start) } catch { throw .broken("\(error)") }
    }

    func finish() -> (digest: [UInt8], length: Int64) { state.withLock { ($0.hasher.finalize(), $0.length) } }

    func discard() { try? FileManager.default.removeItem(atPath: path) }
}
