// Why this file exists: which request is which question, as one table. The OpenAPI document is written from it, so it
// cannot promise what is not there.
import Lineage

/// A line of the table.
struct LineageRoute: Sendable {
    /// Who may ask.
    enum Access: Sendable, Equatable {
        /// Everybody: what is public by its nature.
        case open
        case signed
        /// A signature, or a token that sends events.
        case signedOrBearer
    }

    /// What it is about.
    enum Tag: String, Sendable, CaseIterable {
        case questions = "Questions"
        case runs = "Runs"
        case changes = "Changes"
        case openLineage = "OpenLineage"
        case log = "Transparency log"
        case description = "Description"
    }

    /// A parameter of the query or of the path.
    struct Parameter: Sendable {
        var name: String
        var help: String
        var isRequired = false
        var isInPath = false
        /// As JSON Schema names it.
        var type = "string"
    }

    /// What it does.
    enum Perform: Sendable {
        /// Walks the graph or reads the disk: on a thread of its own.
        case walking(@Sendable (LineageCall) throws(LineageRefusal) -> LineageReply)
        /// Waits for the store, on the event loop.
        case changing(@Sendable (LineageCall) async throws(LineageRefusal) -> LineageReply)
    }

    var method: HTTPMethod
    /// With names in braces, each for one piece; a name with a star stands for the rest of the path.
    var path: String
    /// The name of the operation, unique.
    var name: String
    var tag: Tag
    var summary: String
    var parameters: [Parameter] = []
    /// What the body holds; nil when there is none.
    var body: String?
    var bodyLengthMaximum = 0
    var access = Access.signed
    /// What users and roles need beside the signature; the account itself needs nothing. Nil where the caller's own run
    /// is the subject.
    var permission: Action? = .readLineage
    /// Content types of the answer.
    var produces = ["application/json"]
    var perform: Perform

    /// The values of the names in the path, when it fits.
    func match(_ pieces: [Substring]) -> [String: String]? {
        var values: [String: String] = [:]
        let wanted = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, piece) in wanted.enumerated() {
            if piece.hasPrefix("{"), piece.hasSuffix("*}") {
                guard index < pieces.count else { return nil }
                values[String(piece.dropFirst().dropLast(2))] = pieces[index...].joined(separator: "/")
                return values
            }
            guard index < pieces.count else { return nil }
            if piece.hasPrefix("{") {
                guard let decoded = PercentCoding.decode(Array(pieces[index].utf8)[...]),
                    let text = String(validating: decoded, as: UTF8.self), !text.isEmpty
                else { return nil }
                values[String(piece.dropFirst().dropLast())] = text
            } else if piece != pieces[index] {
                return nil
            }
        }
        return pieces.count == wanted.count ? values : nil
    }
}

/// The table.
enum LineageRoutes {
    static let prefix = "/_cairn/lineage/v1"

    static let all: [LineageRoute] = questions + runs + changes + openLineage + log + description

    /// The line that a request is for.
    /// - Throws: 404 for no path of ours, 405 for another method.
    static func find(
        _ method: HTTPMethod, _ path: String
    ) throws(LineageRefusal) -> (LineageRoute, [String: String]) {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        var isKnown = false
        for route in all {
            guard let values = route.match(pieces) else { continue }
            if route.method == method || (method == .head && route.method == .get) { return (route, values) }
            isKnown = true
        }
        throw isKnown
            ? LineageRefusal(405, "MethodNotAllowed", "\(method.rawValue) is not served on \(path)")
            : LineageRefusal(404, "NotFound", "there is no \(path); /_cairn/openapi.json tells what there is")
    }

    // MARK: Parameters that many have

    static let object: [LineageRoute.Parameter] = [
        .init(name: "bucket", help: "the bucket's name", isRequired: true),
        .init(name: "key", help: "the object's key", isRequired: true),
        .init(name: "versionId", help: "its version; the current one when it is absent"),
    ]

    /// Of questions whose answers are for their digests.
    static let digestBytes = LineageRoute.Parameter(
        name: "digestBytes",
        help: "bytes that are read at most to compute digests that are pending; \(QuestionOptions.digestBytesDefault) "
            + "when absent, 0 for none", type: "integer")

    static let options: [LineageRoute.Parameter] = [
        .init(name: "depth", help: "steps from version to version, at most", type: "integer"),
        .init(name: "evidence", help: "only edges of these: observed, inferred, declared; comma between them"),
        .init(name: "kinds", help: "only edges of these kinds; comma between them; those of data flow when absent"),
        .init(
            name: "limit", help: "nodes of the answer, at most; \(QuestionOptions.nodesDefault) when absent",
            type: "integer"),
        .init(name: "at", help: "as it was at a journal index or a time of RFC 3339"),
        .init(
            name: "timeout", help: "seconds after which the answer is cut and says so; 60 when absent", type: "integer"),
    ]
}
