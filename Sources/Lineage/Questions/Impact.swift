// Why this file exists: somebody learns that an object is bad, or wants to delete it, and asks what that touches.
public import ObjectCore

/// What comes after an object.
public struct Impact: Sendable {
    public var object: LineageVersion
    /// Every version downstream, nearest first.
    public var versions: [LineageVersion]
    /// Those among them that nothing was made from: models, reports, what is in use at the end.
    public var artifacts: [LineageVersion]
    public var runs: [Run]
    public var answer: LineageAnswer

    init?(_ answer: LineageAnswer) {
        guard case .version(let object)? = answer.nodes.first?.content else { return nil }
        self.object = object
        self.answer = answer
        versions = []
        artifacts = []
        runs = []
        // Edges lead from what was made to what it was made from.
        let origins = Set(answer.edges.map(\.to))
        for (index, node) in answer.nodes.enumerated().dropFirst() {
            switch node.content {
            case .version(let version):
                versions.append(version)
                if !origins.contains(index) { artifacts.append(version) }
            case .run(let run): runs.append(run)
            default: break
            }
        }
    }

    public var json: JSONDocument {
        let existing = versions.filter { $0.removal == nil }
        let jobs = Set(runs.compactMap(\.job))
        return .members([
            "object": object.json, "position": .integer(answer.position), "isPartial": .boolean(answer.isPartial),
            "gaps": .array(answer.gaps.map { .text($0.description) }),
            "counts": .members([
                "versions": .integer(versions.count), "existing": .integer(existing.count),
                "bytes": .integer(existing.reduce(0) { $0 + $1.size }), "runs": .integer(runs.count),
                "jobs": .integer(jobs.count), "artifacts": .integer(artifacts.count),
                "held": .integer(existing.count { $0.isOnLegalHold }),
                "retained": .integer(existing.count { $0.retainedUntil != nil }),
            ]),
            "jobs": .array(jobs.map(\.description).sorted().map { .text($0) }),
            "artifacts": .array(artifacts.map(\.json)), "runs": .array(runs.map(\.json)),
            "versions": .array(versions.map(\.json)),
        ])
    }
}

extension LineageQuestions {
    /// What is touched when an object is bad or goes away.
    public func impact(
        of object: ObjectName, _ options: QuestionOptions = QuestionOptions(), for viewer: Viewer
    ) throws(QuestionError) -> Impact {
        let answer = try closure(of: object, .downstream, options, for: viewer)
        guard let impact = Impact(answer) else { throw QuestionError(.failed, "the graph has no version there") }
        return impact
    }
}
