// Why this file exists: a lineage system that only believes what it is told is worth little, and one that only believes
// what it saw cannot tell a forgotten declaration from a needless read. Here both are held against each other.
public import ObjectCore

/// What was said of runs and not seen, or seen and not said.
public struct Contradictions: Sendable {
    /// What is wrong.
    public enum Kind: String, Sendable {
        case declaredNeverRead
        case readNeverDeclared
        case declaredNeverWritten
        case writtenNeverDeclared
        /// The object was read, and another version of it than was declared.
        case otherVersion
    }

    /// One of them.
    public struct Entry: Sendable {
        public var kind: Kind
        public var run: Run
        public var version: LineageVersion
    }

    public var entries: [Entry] = []
    /// Runs of which something was declared.
    public var declaredRuns = 0
    public var isPartial = false

    public var json: JSONDocument {
        .members([
            "isPartial": .boolean(isPartial), "declaredRuns": .integer(declaredRuns),
            "contradictions": .array(
                entries.map {
                    .members([
                        "kind": .text($0.kind.rawValue), "run": .text($0.run.id.description),
                        "job": $0.run.job.map { .text($0.description) }, "version": $0.version.json,
                    ])
                }),
        ])
    }

    mutating func add(_ found: RunAnswer) {
        let inputs = found.split(.used)
        let outputs = found.split(.generated)
        guard !inputs.declared.isEmpty || !outputs.declared.isEmpty else { return }
        declaredRuns += 1
        if found.answer.isPartial { isPartial = true }
        compare(inputs, found.run, .declaredNeverRead, .readNeverDeclared)
        compare(outputs, found.run, .declaredNeverWritten, .writtenNeverDeclared)
    }

    private struct Place: Hashable {
        var bucket: BucketUUID
        var key: ObjectKey
        init(_ version: LineageVersion) {
            bucket = version.reference.bucketUUID
            key = version.reference.key
        }
    }

    private mutating func compare(
        _ found: (declared: [LineageVersion], observed: [LineageVersion]), _ run: Run, _ unseen: Kind, _ unsaid: Kind
    ) {
        let seen = Set(found.observed.map(\.reference))
        let seenPlaces = Set(found.observed.map(Place.init))
        for version in found.declared where !seen.contains(version.reference) {
            let kind = seenPlaces.contains(Place(version)) ? .otherVersion : unseen
            entries.append(Entry(kind: kind, run: run, version: version))
        }
        let said = Set(found.declared.map(Place.init))
        // Who declares only outputs says nothing about inputs.
        guard !found.declared.isEmpty else { return }
        for version in found.observed where !said.contains(Place(version)) {
            entries.append(Entry(kind: unsaid, run: run, version: version))
        }
    }
}

extension RunAnswer {
    fileprivate func split(_ kind: EdgeKind) -> (declared: [LineageVersion], observed: [LineageVersion]) {
        var declared: [LineageVersion] = []
        var observed: [LineageVersion] = []
        for edge in answer.edges where edge.content.kind == kind {
            let end = kind == .generated ? edge.from : edge.to
            guard case .version(let version)? = answer.nodes[end].content else { continue }
            if edge.content.evidence == .declared { declared.append(version) } else { observed.append(version) }
        }
        return (declared, observed)
    }
}

extension LineageQuestions {
    /// What was declared of runs and not observed, and the other way round.
    /// - Parameters:
    ///   - run: the one to look at; nil for the newest `limit` runs.
    ///   - limit: at most ``runsMaximum``.
    ///   - viewer: who asks.
    public func contradictions(
        of run: RunID?, limit: Int, for viewer: Viewer
    ) throws(QuestionError) -> Contradictions {
        var found = Contradictions()
        var options = QuestionOptions()
        options.limit = QuestionOptions.nodesMaximum
        if let run {
            found.add(try self.run(run, options, for: viewer))
            return found
        }
        let runs = try runs(limit: limit, for: viewer)
        for run in runs { found.add(try self.run(run.id, options, for: viewer)) }
        if runs.count == limit { found.isPartial = true }
        return found
    }
}
