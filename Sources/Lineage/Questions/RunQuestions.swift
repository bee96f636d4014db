// Why this file exists: questions about runs: which there were, what one of them read and wrote, and in what two of
// them differ.
public import ObjectCore

/// What a run did.
public struct RunAnswer: Sendable {
    public var run: Run
    /// Direct neighbours only: versions that it used and generated, its parent, its children, its job.
    public var answer: LineageAnswer

    public var json: JSONDocument {
        var value = answer.json
        value.set("run", run.json)
        return value
    }
}

extension LineageQuestions {
    /// Runs that one question gives, at most.
    public static let runsMaximum = 1000

    /// Runs, newest first.
    public func runs(
        of job: Job? = nil, status: Run.Status? = nil, includesImplicit: Bool = true, before: RunID? = nil,
        limit: Int = 100, for viewer: Viewer
    ) throws(QuestionError) -> [Run] {
        try catchUp()
        let sight = Sight(viewer, store: store)
        let limit = min(limit, LineageQuestions.runsMaximum)
        var found: [Run] = []
        var before = before
        do throws(LineageError) {
            // Those of others are passed over, so that a page is full as long as there are more.
            while found.count < limit {
                let page = try graph.runs(
                    of: job, status: status, includesImplicit: includesImplicit, before: before, limit: limit)
                found += page.filter { sight.sees($0) }
                guard page.count == limit, let last = page.last else { break }
                before = last.id
            }
        } catch {
            throw QuestionError(error)
        }
        return Array(found.prefix(limit))
    }

    /// One run with what it read and wrote.
    public func run(
        _ id: RunID, _ options: QuestionOptions = QuestionOptions(), for viewer: Viewer
    ) throws(QuestionError) -> RunAnswer {
        let position = try catchUp()
        let sight = Sight(viewer, store: store)
        let (run, node) = try self.run(id, sight)
        let asOf = try index(of: options.at, at: position)
        do throws(LineageError) {
            let limit = min(options.limit, QuestionOptions.nodesMaximum)
            let found = try graph.edges(of: node, evidence: options.evidence, asOf: asOf, limit: limit)
            var steps = [ClosureStep(node: node, depth: 0)]
            var seen: Set<GraphNodeID> = [node]
            for edge in found.edges {
                for end in [edge.from, edge.to] where seen.insert(end).inserted {
                    steps.append(ClosureStep(node: end, depth: 1))
                }
            }
            var answer = try answer(steps, found.edges, sight)
            if found.isPartial { answer.gaps.insert(.limit(steps.count), at: 0) }
            try finish(&answer, asOf: asOf, position: position)
            return RunAnswer(run: run, answer: answer)
        } catch {
            throw QuestionError(error)
        }
    }

    func run(_ id: RunID, _ sight: Sight) throws(QuestionError) -> (run: Run, node: GraphNodeID) {
        do throws(LineageError) {
            // A run of somebody else is answered like one that is not there.
            if let node = try graph.find(run: id), case .run(let run) = try graph.node(node), sight.sees(run) {
                return (run, node)
            }
        } catch {
            if case .unknownNode = error {} else { throw QuestionError(error) }
        }
        throw QuestionError(.noSuchRun, "there is no run \(id)")
    }

    /// In what two runs differ.
    public func difference(
        _ left: RunID, _ right: RunID, for viewer: Viewer
    ) throws(QuestionError) -> RunDifference {
        var options = QuestionOptions()
        options.limit = QuestionOptions.nodesMaximum
        return RunDifference(left: try run(left, options, for: viewer), right: try run(right, options, for: viewer))
    }
}

/// Two runs held against each other. Objects are matched by bucket and key; contents by digest.
public struct RunDifference: Sendable {
    /// How an object of both runs, or of one, differs.
    public enum Change: String, Sendable {
        /// Only the first run has it.
        case removed
        /// Only the second run has it.
        case added
        /// Another version with other content.
        case changed
        /// Another version with the same content.
        case rewritten
    }

    /// An object that is not the same in both.
    public struct Entry: Sendable {
        public var change: Change
        public var left: LineageVersion?
        public var right: LineageVersion?
    }

    public var left: Run
    public var right: Run
    public var inputs: [Entry]
    public var outputs: [Entry]
    /// Facts whose values differ, by name.
    public var facts: [(name: String, left: String?, right: String?)]
    public var unchangedInputs: Int
    public var unchangedOutputs: Int
    public var isPartial: Bool

    init(left: RunAnswer, right: RunAnswer) {
        self.left = left.run
        self.right = right.run
        (inputs, unchangedInputs) = RunDifference.compare(left.versions(.used), right.versions(.used))
        (outputs, unchangedOutputs) = RunDifference.compare(left.versions(.generated), right.versions(.generated))
        let old = Dictionary(left.run.tags.map { ($0.name, $0.value) }) { first, _ in first }
        let new = Dictionary(right.run.tags.map { ($0.name, $0.value) }) { first, _ in first }
        facts = Set(old.keys).union(new.keys).sorted().compactMap { name in
            old[name] == new[name] ? nil : (name, old[name], new[name])
        }
        isPartial = left.answer.isPartial || right.answer.isPartial
    }

    private struct Place: Hashable {
        var bucket: BucketUUID
        var key: ObjectKey
    }

    private static func compare(
        _ left: [LineageVersion], _ right: [LineageVersion]
    ) -> (entries: [Entry], unchanged: Int) {
        func latest(_ versions: [LineageVersion]) -> [Place: LineageVersion] {
            Dictionary(
                versions.map { (Place(bucket: $0.reference.bucketUUID, key: $0.reference.key), $0) }
            ) { $0.reference.journalIndex > $1.reference.journalIndex ? $0 : $1 }
        }
        let old = latest(left)
        let new = latest(right)
        var entries: [Entry] = []
        var unchanged = 0
        for (place, version) in old {
            guard let other = new[place] else {
                entries.append(Entry(change: .removed, left: version, right: nil))
                continue
            }
            if other.reference == version.reference {
                unchanged += 1
            } else {
                let isSame = version.content != nil && version.content == other.content
                entries.append(Entry(change: isSame ? .rewritten : .changed, left: version, right: other))
            }
        }
        for (place, version) in new where old[place] == nil {
            entries.append(Entry(change: .added, left: nil, right: version))
        }
        entries.sort { ($0.right ?? $0.left)?.address ?? "" < ($1.right ?? $1.left)?.address ?? "" }
        return (entries, unchanged)
    }

    public var json: JSONDocument {
        func list(_ entries: [Entry]) -> JSONDocument {
            .array(
                entries.map {
                    .members([
                        "change": .text($0.change.rawValue), "left": $0.left?.json, "right": $0.right?.json,
                    ])
                })
        }
        return .members([
            "left": left.json, "right": right.json, "isPartial": .boolean(isPartial),
            "inputs": list(inputs), "unchangedInputs": .integer(unchangedInputs),
            "outputs": list(outputs), "unchangedOutputs": .integer(unchangedOutputs),
            "facts": .array(
                facts.map {
                    .members([
                        "name": .text($0.name), "left": $0.left.map { .text($0) }, "right": $0.right.map { .text($0) },
                    ])
                }),
        ])
    }
}

extension RunAnswer {
    /// The versions at the other end of edges of one kind.
    func versions(_ kind: EdgeKind) -> [LineageVersion] {
        answer.edges.compactMap { edge in
            guard edge.content.kind == kind else { return nil }
            let end = kind == .generated ? edge.from : edge.to
            guard case .version(let version) = answer.nodes[end].content else { return nil }
            return version
        }
    }
}

extension LineageQuestions {
    /// Whether a viewer may say how a run ended: it must be one of theirs.
    /// - Throws: ``QuestionError/Code/noSuchRun``.
    public func checkMayEnd(_ id: RunID, _ viewer: Viewer) throws(QuestionError) {
        try catchUp()
        _ = try run(id, Sight(viewer, store: store))
    }
}
