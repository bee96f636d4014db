// Why this file exists: the document with which somebody else makes a model again, or shows an auditor what it was made
// from: every input exactly, what ran with which facts, and how long each input is safe from deletion.
public import ObjectCore

/// Everything that an object was made from.
public struct LineageManifest: Sendable {
    /// The form of the document. Members are added, never changed, under this name.
    public static let form = "cairn-lineage-manifest/1"

    /// An input, and what was read of it.
    public struct Input: Sendable {
        public var version: LineageVersion
        public var depth: Int
        /// Whether the run that made the object read it, or the object was copied or derived from it directly.
        public var isDirect: Bool
        /// Whether nothing upstream of it is known, in the whole graph: raw material, however it was brought in.
        public var isRaw: Bool
        public var evidence: EvidenceSet
        /// Bytes sent to runs of this ancestry.
        public var byteCount: Int64
        public var ranges: IntervalSet
        public var runs: [RunID]
    }

    public var subject: LineageVersion
    /// The run that made the subject.
    public var run: Run?
    public var inputs: [Input]
    /// Every run of the ancestry, nearest first.
    public var runs: [Run]
    public var answer: LineageAnswer

    /// - Parameter raw: those among the answer's nodes that nothing is known to come before.
    init?(_ answer: LineageAnswer, raw: Set<GraphNodeID>) {
        guard case .version(let subject)? = answer.nodes.first?.content else { return nil }
        self.subject = subject
        self.answer = answer
        runs = answer.nodes.compactMap { if case .run(let run)? = $0.content { run } else { nil } }
        run = subject.run.flatMap { id in answer.nodes.lazy.compactMap(\.run).first { $0.id == id } }
        var found: [Int: Input] = [:]
        for (index, node) in answer.nodes.enumerated().dropFirst() {
            guard case .version(let version)? = node.content else { continue }
            found[index] = Input(
                version: version, depth: node.depth, isDirect: node.depth == 1,
                isRaw: node.id.map { raw.contains($0) } ?? false, evidence: [], byteCount: 0, ranges: IntervalSet(),
                runs: [])
        }
        for edge in answer.edges {
            guard found[edge.to] != nil else { continue }
            found[edge.to]?.evidence.insert(EvidenceSet(edge.content.evidence))
            found[edge.to]?.byteCount += edge.content.byteCount
            found[edge.to]?.ranges.formUnion(edge.content.ranges)
            if let run = answer.nodes[edge.from].run { found[edge.to]?.runs.append(run.id) }
        }
        inputs = found.sorted { $0.key < $1.key }.map(\.value)
    }

    public var json: JSONDocument {
        .members([
            "form": .text(LineageManifest.form),
            "position": .integer(answer.position), "isPartial": .boolean(answer.isPartial),
            "gaps": .array(answer.gaps.map { .text($0.description) }),
            "subject": subject.json, "run": run?.json,
            "code": run?.fact("code").map { .text($0) },
            "parameters": run.map(\.parameters),
            "inputs": .array(inputs.map(LineageManifest.json)),
            "runs": .array(runs.map(\.json)),
        ])
    }

    private static func json(_ input: Input) -> JSONDocument {
        var value = input.version.json
        value.set("depth", .integer(input.depth))
        value.set("isDirect", .boolean(input.isDirect))
        value.set("isRaw", .boolean(input.isRaw))
        value.set(
            "evidence",
            .array(Evidence.allCases.filter { input.evidence.contains($0) }.map { .text($0.name) }))
        value.set("bytesRead", .integer(input.byteCount))
        value.set(
            "ranges",
            .array(input.ranges.ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) }))
        if input.ranges.isApproximate { value.set("rangesAreApproximate", .boolean(true)) }
        value.set("readBy", .array(input.runs.map { .text($0.description) }))
        return value
    }
}

extension LineageAnswer.Node {
    var run: Run? { if case .run(let run)? = content { run } else { nil } }
}

extension Run {
    /// What a fact's name begins with when it is a parameter of the run.
    public static let parameterPrefix = "param:"

    /// The value of a fact that its starter gave.
    public func fact(_ name: String) -> String? { tags.first { $0.name == name }?.value }

    /// The facts that are parameters, without the prefix.
    public var parameters: JSONDocument {
        .object(
            tags.filter { $0.name.hasPrefix(Run.parameterPrefix) }.map {
                JSONDocument.Member(String($0.name.dropFirst(Run.parameterPrefix.count)), .text($0.value))
            })
    }
}

extension LineageQuestions {
    /// Everything that an object was made from.
    public func manifest(
        of object: ObjectName, _ options: QuestionOptions = QuestionOptions(), for viewer: Viewer
    ) throws(QuestionError) -> LineageManifest {
        var answer = try closure(of: object, .upstream, options, for: viewer)
        try completeDigests(of: &answer, options)
        let raw: Set<GraphNodeID>
        do throws(LineageError) {
            let asOf = options.at == nil ? nil : answer.position
            raw = try graph.raw(among: answer.nodes.compactMap(\.id), asOf: asOf)
        } catch {
            throw QuestionError(error)
        }
        guard let manifest = LineageManifest(answer, raw: raw) else {
            throw QuestionError(.failed, "the graph has no version there")
        }
        return manifest
    }
}
