// Why this file exists: an event names a dataset, lineage needs a version. In this order: the version that the event
// names; the one that the run really read or wrote; the one that was current at the event's time, marked as such. Never
// "the latest".
import ObjectCore

/// Finds the versions of datasets.
struct DatasetResolver {
    /// Versions that one dataset may stand for: a folder of a table.
    static let versionsMaximum = 10_000
    /// What was found.
    struct Found {
        var positions: [Int64]
        var isAsOf = false
    }

    private let store: ObjectStore
    private let graph: LineageGraph
    private let sight: Sight
    private let time: Timestamp
    /// Of those runs whose reads and writes count as the event's, the nearest first.
    private let traces: [RunTraces.Trace]

    /// - Parameter runs: those whose reads and writes count as the event's, the nearest first.
    init(
        store: ObjectStore, graph: LineageGraph, sight: Sight, time: Timestamp, runs: [RunID], known: inout RunTraces
    ) throws(LineageError) {
        self.store = store
        self.graph = graph
        self.sight = sight
        self.time = time
        var traces: [RunTraces.Trace] = []
        for run in runs {
            if let trace = try known.trace(of: run, in: graph) { traces.append(trace) }
        }
        self.traces = traces
    }

    /// The versions that a dataset stands for; nil when it is none of this store.
    func find(_ dataset: OpenLineageDataset, isOutput: Bool) throws(LineageError) -> Found? {
        guard let name = dataset.bucket else { return nil }
        let bucket = store.buckets().first { $0.name == name }.map { BucketUUID($0.uuid) }
        let maySee = bucket.map { sight.sees($0) } ?? false
        if let bucket, maySee, let id = dataset.version.flatMap({ VersionID($0) }) {
            for key in dataset.keys {
                if let node = try graph.find(key, version: id, in: bucket), let position = try position(of: node) {
                    return Found(positions: [position])
                }
            }
        }
        // What the run did is known of it, whoever owns the bucket.
        for key in dataset.keys {
            let place = RunTraces.Place(bucket: name, key: key)
            for trace in traces {
                if let position = trace.places(isOutput)[place] { return Found(positions: [position]) }
            }
        }
        for key in dataset.keys {
            let folder = key.bytes.last == UInt8(ascii: "/") ? key.bytes : key.bytes + [UInt8(ascii: "/")]
            var found: [RunTraces.Place: Int64] = [:]
            for trace in traces {
                for (place, position) in trace.places(isOutput)
                where place.bucket == name && place.key.bytes.starts(with: folder) && found[place] == nil {
                    found[place] = position
                }
            }
            let inside = found.values.sorted()
            if !inside.isEmpty { return Found(positions: Array(inside.prefix(DatasetResolver.versionsMaximum))) }
        }
        guard let bucket, maySee else { return nil }
        for key in dataset.keys {
            let current = try graph.versions(of: key, in: bucket).last { $0.created <= time }
            if let current, !current.isDeleteMarker {
                return Found(positions: [current.reference.journalIndex], isAsOf: true)
            }
        }
        return nil
    }

    private func position(of node: GraphNodeID) throws(LineageError) -> Int64? {
        guard case .version(let version) = try graph.node(node) else { return nil }
        return version.reference.journalIndex
    }

    /// A dataset as one list of an event names it: what is read and what is written in its place are two versions.
    private struct Place: Hashable {
        let dataset: OpenLineageDataset
        let version: String?
        let isOutput: Bool
    }

    /// What an event declares.
    func declaration(of event: OpenLineageEvent) throws(LineageError) -> Declaration {
        var declaration = Declaration()
        var known: [Place: Found] = [:]
        func positions(_ dataset: OpenLineageDataset, isOutput: Bool) throws(LineageError) -> [Int64] {
            let place = Place(dataset: dataset, version: dataset.version, isOutput: isOutput)
            if let found = known[place] { return found.positions }
            guard let found = try find(dataset, isOutput: isOutput) else {
                let name = "\(dataset.namespace)/\(dataset.name)"
                if !declaration.unresolved.contains(name) { declaration.unresolved.append(name) }
                known[place] = Found(positions: [])
                return []
            }
            known[place] = found
            if found.isAsOf { declaration.asOf += found.positions }
            return found.positions
        }
        for input in event.inputs { declaration.used += try positions(input, isOutput: false) }
        for output in event.outputs { declaration.generated += try positions(output, isOutput: true) }
        for derivation in event.derivations {
            let targets = try positions(derivation.target, isOutput: true)
            var sources: [Int64] = []
            for source in derivation.sources { sources += try positions(source, isOutput: false) }
            // Through the run it follows from used and generated already.
            if derivation.source == .inputs, event.run != nil { continue }
            for target in targets {
                for source in sources where source != target {
                    guard declaration.derived.count < Declaration.pairsMaximum else {
                        declaration.isPartial = true
                        break
                    }
                    declaration.derived.append(Declaration.Pair(output: target, input: source))
                }
            }
        }
        if event.run == nil {
            declaration.used = []
            declaration.generated = []
        }
        declaration.used = declaration.used.uniqued()
        declaration.generated = declaration.generated.uniqued()
        declaration.asOf = declaration.asOf.uniqued()
        declaration.derived = declaration.derived.uniqued()
        return declaration
    }
}

extension Array where Element: Hashable {
    /// Each element once, where it stood first.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
