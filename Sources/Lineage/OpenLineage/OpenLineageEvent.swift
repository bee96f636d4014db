// Why this file exists: an OpenLineage event as far as lineage needs to understand it. Everything else in it stays in
// the bytes that were sent, which are kept.
// See: https://openlineage.io/spec/2-0-2/OpenLineage.json
public import ObjectCore

/// Why an event is refused: which member, and what is wrong with it.
public struct OpenLineageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Such as `inputs[2].namespace`; empty for the event as a whole.
    public var member: String
    public var problem: String

    public init(_ member: String, _ problem: String) {
        self.member = member
        self.problem = problem
    }

    public var description: String { member.isEmpty ? problem : "\(member) \(problem)" }
}

/// One event.
public struct OpenLineageEvent: Sendable {
    /// The transition of a run.
    public enum Transition: String, Sendable, CaseIterable {
        case start = "START"
        case running = "RUNNING"
        case complete = "COMPLETE"
        case abort = "ABORT"
        case fail = "FAIL"
        case other = "OTHER"
    }

    /// Which of the three kinds of event it is.
    public enum Kind: Sendable, Equatable {
        case run(Transition?)
        case job
        case dataset
    }

    /// More datasets in one event are refused.
    public static let datasetsMaximum = 100_000
    /// Longer names are refused, in bytes.
    public static let nameLengthMaximum = 4096

    public var kind: Kind
    public var time: Timestamp
    public var producer: String
    public var run: RunID?
    public var job: Job?
    /// The run that started this one, and its job. See: ParentRunFacet.
    public var parent: (run: RunID, job: Job?)?
    public var inputs: [OpenLineageDataset]
    public var outputs: [OpenLineageDataset]
    /// Of a DatasetEvent.
    public var dataset: OpenLineageDataset?
    /// The facets of run and job, unknown ones too.
    public var runFacets: JSONDocument?
    public var jobFacets: JSONDocument?
    /// Which datasets are declared to come from which: see ``OpenLineageDerivation``.
    public var derivations: [OpenLineageDerivation]

    /// Reads an event and checks it against the schema as far as lineage depends on it.
    public init(_ event: JSONDocument) throws(OpenLineageError) {
        guard event.isObject else { throw OpenLineageError("", "an event is a JSON object") }
        let time = try OpenLineageEvent.text(event, "eventTime")
        guard let parsed = EventTime.parse(time) else {
            throw OpenLineageError("eventTime", "is no date-time of RFC 3339")
        }
        self.time = parsed
        producer = try OpenLineageEvent.text(event, "producer")
        _ = try OpenLineageEvent.text(event, "schemaURL")
        inputs = try OpenLineageEvent.datasets(event, "inputs")
        outputs = try OpenLineageEvent.datasets(event, "outputs")
        derivations = []
        if let run = event["run"] {
            guard let job = event["job"] else { throw OpenLineageError("job", "is missing; a RunEvent has one") }
            self.run = try OpenLineageEvent.runID(run, "run")
            self.job = try OpenLineageEvent.jobName(job, "job")
            runFacets = try OpenLineageEvent.facets(run, "run.facets")
            jobFacets = try OpenLineageEvent.facets(job, "job.facets")
            var transition: Transition?
            if let type = event["eventType"] {
                guard let known = type.text.flatMap({ Transition(rawValue: $0) }) else {
                    let names = Transition.allCases.map(\.rawValue).joined(separator: ", ")
                    throw OpenLineageError("eventType", "is none of \(names)")
                }
                transition = known
            }
            kind = .run(transition)
            parent = try OpenLineageEvent.parent(runFacets)
        } else if let job = event["job"] {
            self.job = try OpenLineageEvent.jobName(job, "job")
            jobFacets = try OpenLineageEvent.facets(job, "job.facets")
            kind = .job
        } else if let dataset = event["dataset"] {
            self.dataset = try OpenLineageDataset(dataset, "dataset")
            kind = .dataset
        } else {
            throw OpenLineageError("", "the event has neither run and job, nor job, nor dataset")
        }
        derivations = try OpenLineageDerivation.all(of: self)
    }

    // MARK: Parts

    static func text(_ object: JSONDocument, _ name: String, in path: String = "") throws(OpenLineageError) -> String {
        let member = path.isEmpty ? name : "\(path).\(name)"
        guard let value = object[name] else { throw OpenLineageError(member, "is missing") }
        guard let text = value.text, !text.isEmpty else { throw OpenLineageError(member, "is no text") }
        guard text.utf8.count <= nameLengthMaximum else {
            throw OpenLineageError(member, "is longer than \(nameLengthMaximum) bytes")
        }
        return text
    }

    static func runID(_ run: JSONDocument, _ path: String) throws(OpenLineageError) -> RunID {
        guard run.isObject else { throw OpenLineageError(path, "is no object") }
        guard let id = RunID(try text(run, "runId", in: path)) else {
            throw OpenLineageError("\(path).runId", "is no UUID")
        }
        return id
    }

    static func jobName(_ job: JSONDocument, _ path: String) throws(OpenLineageError) -> Job {
        guard job.isObject else { throw OpenLineageError(path, "is no object") }
        return Job(namespace: try text(job, "namespace", in: path), name: try text(job, "name", in: path))
    }

    /// Facets are checked to be objects; what is in them is their producer's business.
    static func facets(_ object: JSONDocument, _ path: String) throws(OpenLineageError) -> JSONDocument? {
        guard let facets = object["facets"] else { return nil }
        guard let members = facets.members else { throw OpenLineageError(path, "is no object") }
        for member in members where member.value != .null && !member.value.isObject {
            throw OpenLineageError("\(path).\(member.name)", "is no object")
        }
        return facets
    }

    static func datasets(_ event: JSONDocument, _ name: String) throws(OpenLineageError) -> [OpenLineageDataset] {
        guard let list = event[name] else { return [] }
        guard let elements = list.elements else { throw OpenLineageError(name, "is no list") }
        guard elements.count <= datasetsMaximum else {
            throw OpenLineageError(name, "has more than \(datasetsMaximum) datasets")
        }
        var datasets: [OpenLineageDataset] = []
        for (index, element) in elements.enumerated() {
            datasets.append(try OpenLineageDataset(element, "\(name)[\(index)]"))
        }
        return datasets
    }

    private static func parent(_ facets: JSONDocument?) throws(OpenLineageError) -> (run: RunID, job: Job?)? {
        guard let facet = facets?["parent"] else { return nil }
        guard let run = facet["run"] else { throw OpenLineageError("run.facets.parent.run", "is missing") }
        let job = try facet["job"].map { job throws(OpenLineageError) in try jobName(job, "run.facets.parent.job") }
        return (try runID(run, "run.facets.parent.run"), job)
    }
}
