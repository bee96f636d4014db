// Why this file exists: the questions of the table.
import Lineage
import ObjectCore

extension LineageRoutes {
    static let formats = LineageFormat.allCases.map(\.contentType).reduce(into: [String]()) { types, type in
        if !types.contains(type) { types.append(type) }
    }

    private static let format = LineageRoute.Parameter(
        name: "format", help: LineageFormat.allCases.map(\.rawValue).joined(separator: ", ") + "; json when absent")

    private static let after = LineageRoute.Parameter(
        name: "after",
        help: "gives pages of `limit` nodes: 0 for the first, then what the page before says in `next`, with its "
            + "`position` as `at`; nodes of earlier pages that an edge leads back to come again",
        type: "integer")

    static let questions: [LineageRoute] = [
        closure(.upstream, "What an object was made from, all the way back"),
        closure(.downstream, "What was made from an object, all the way on"),
        LineageRoute(
            method: .get, path: "\(prefix)/path", name: "path", tag: .questions,
            summary: "A shortest way from one object to another",
            parameters: [
                .init(name: "from", help: "s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=ID", isRequired: true),
                .init(name: "to", help: "likewise", isRequired: true),
            ] + options + [format], produces: formats,
            perform: .walking { call throws(LineageRefusal) in
                let from = try call.object("from")
                let to = try call.object("to")
                let options = try call.options()
                let answer = try call.ask { () throws(QuestionError) in
                    try call.questions.path(from: from, to: to, options, for: call.viewer)
                }
                return try LineageFormat.reply(answer, call)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/impact", name: "impact", tag: .questions,
            summary: "What is touched when an object is bad or goes away: runs, outputs, those still in use",
            parameters: object + options,
            perform: .walking { call throws(LineageRefusal) in
                let object = try call.object()
                let options = try call.options()
                let impact = try call.ask { () throws(QuestionError) in
                    try call.questions.impact(of: object, options, for: call.viewer)
                }
                return LineageReply(impact.json)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/manifest", name: "manifest", tag: .questions,
            summary: "Everything that is needed to make an object again: versions, digests, ranges, runs, facts, locks",
            parameters: object + options + [digestBytes],
            perform: .walking { call throws(LineageRefusal) in
                let object = try call.object()
                let options = try call.options()
                let manifest = try call.ask { () throws(QuestionError) in
                    try call.questions.manifest(of: object, options, for: call.viewer)
                }
                return LineageReply(manifest.json)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/by-digest", name: "byDigest", tag: .questions,
            summary: "The versions whose content has a digest",
            parameters: [.init(name: "sha256", help: "64 hexadecimal digits", isRequired: true)],
            perform: .walking { call throws(LineageRefusal) in
                guard let digest = ContentDigest(hexadecimal: try call.required("sha256")) else {
                    throw LineageRefusal.invalid("sha256 is 64 hexadecimal digits")
                }
                let found = try call.ask { () throws(QuestionError) in
                    try call.questions.versions(of: digest, for: call.viewer)
                }
                return LineageReply(
                    .members([
                        "sha256": .text(digest.description), "isPartial": .boolean(found.hidden > 0),
                        "restricted": .integer(found.hidden), "versions": .array(found.versions.map(\.json)),
                    ]))
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/digests", name: "digests", tag: .questions,
            summary: "Versions whose SHA-256 is not known, oldest first, and why",
            parameters: [
                .init(
                    name: "state",
                    help: DigestState.allCases.map(\.name).joined(separator: ", ") + "; pending when absent"),
                .init(name: "after", help: "go on behind the version of this journal index", type: "integer"),
                .init(name: "limit", help: "1000 when absent", type: "integer"),
            ],
            perform: .walking { call throws(LineageRefusal) in
                guard let state = DigestState(name: call.parameter("state") ?? DigestState.pending.name) else {
                    throw LineageRefusal.invalid("state is none of those of digests")
                }
                let after = Int64(try call.integer("after", in: 0...Int.max) ?? 0)
                let limit = try call.integer("limit", in: 1...10_000) ?? 1000
                let found = try call.ask { () throws(QuestionError) in
                    try call.questions.undigested(state, after: after, limit: limit, for: call.viewer)
                }
                return LineageReply(found.json)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/orphans", name: "orphans", tag: .questions,
            summary: "Versions without a known origin, oldest first",
            parameters: [
                .init(name: "implicit", help: "whether those of implicit runs count as well", type: "boolean"),
                .init(name: "after", help: "go on behind the version of this journal index", type: "integer"),
                .init(name: "limit", help: "1000 when absent", type: "integer"),
            ],
            perform: .walking { call throws(LineageRefusal) in
                let implicit = try call.flag("implicit") ?? false
                let after = try call.integer("after", in: 0...Int.max)
                let limit = try call.integer("limit", in: 1...10_000) ?? 1000
                let page = try call.ask { () throws(QuestionError) in
                    try call.questions.orphans(
                        includesImplicit: implicit, after: after.map { Int64($0) }, limit: limit, for: call.viewer)
                }
                return LineageReply(
                    .members([
                        "versions": .array(page.versions.map(\.json)),
                        "next": page.next.map { .integer($0) },
                    ]))
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/completeness", name: "completeness", tag: .questions,
            summary: "The share of versions and of bytes with a known origin, in the whole store",
            perform: .walking { call throws(LineageRefusal) in
                let share = try call.ask { () throws(QuestionError) in
                    try call.questions.completeness(for: call.viewer)
                }
                return LineageReply(share.json)
            }),
        LineageRoute(
            method: .get, path: "\(prefix)/contradictions", name: "contradictions", tag: .questions,
            summary: "Declared and never read; read and never declared",
            parameters: [
                .init(name: "run", help: "of one run; of the newest runs with declarations when absent"),
                .init(name: "limit", help: "runs that are looked at; 1000 when absent", type: "integer"),
            ],
            perform: .walking { call throws(LineageRefusal) in
                var run: RunID?
                if let text = call.parameter("run") { run = try call.runID(text) }
                let limit = try call.integer("limit", in: 1...LineageQuestions.runsMaximum) ?? 1000
                let found = try call.ask { () throws(QuestionError) in
                    try call.questions.contradictions(of: run, limit: limit, for: call.viewer)
                }
                return LineageReply(found.json)
            }),
    ]

    private static func closure(_ direction: Direction, _ summary: String) -> LineageRoute {
        let name = direction == .upstream ? "upstream" : "downstream"
        return LineageRoute(
            method: .get, path: "\(prefix)/\(name)", name: name, tag: .questions, summary: summary,
            parameters: object + options + [after, format, digestBytes], produces: formats,
            perform: .walking { call throws(LineageRefusal) in
                let object = try call.object()
                let options = try call.options()
                var answer = try call.ask { () throws(QuestionError) in
                    try call.questions.closure(of: object, direction, options, for: call.viewer)
                }
                if call.parameter("format") == LineageFormat.inToto.rawValue {
                    try call.ask { () throws(QuestionError) in
                        try call.questions.completeDigests(of: &answer, options)
                    }
                }
                return try LineageFormat.reply(answer, call)
            })
    }
}

/// The forms in which a part of the graph is given.
enum LineageFormat: String, Sendable, CaseIterable {
    case json
    case dot
    case mermaid
    case prov
    case openlineage
    case inToto = "in-toto"

    var contentType: String {
        switch self {
        case .json, .openlineage: "application/json"
        case .dot: "text/vnd.graphviz"
        case .mermaid: "text/vnd.mermaid"
        case .prov: "application/provenance+json"
        case .inToto: "application/vnd.in-toto+json"
        }
    }

    /// The answer in the form that the request asks for.
    static func reply(_ answer: LineageAnswer, _ call: LineageCall) throws(LineageRefusal) -> LineageReply {
        let name = call.parameter("format") ?? LineageFormat.json.rawValue
        guard let format = LineageFormat(rawValue: name) else {
            let all = LineageFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw LineageRefusal.invalid("format is one of \(all)")
        }
        switch format {
        case .json: return LineageReply(answer.json)
        case .dot: return LineageReply(Array(answer.dot.utf8), contentType: format.contentType)
        case .mermaid: return LineageReply(Array(answer.mermaid.utf8), contentType: format.contentType)
        case .prov: return LineageReply(answer.prov, contentType: format.contentType)
        case .openlineage: return LineageReply(answer.openLineage, contentType: format.contentType)
        case .inToto:
            do throws(QuestionError) {
                return LineageReply(try answer.inToto(), contentType: format.contentType)
            } catch {
                throw LineageRefusal(error)
            }
        }
    }
}
