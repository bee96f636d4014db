// Why this file exists: what runs really read and wrote, looked up once for all events of a batch that are about them.
import ObjectCore

/// What was observed of runs. Made for one batch and thrown away.
struct RunTraces {
    /// Edges of a run that are looked at.
    private static let edgesMaximum = 100_000

    /// Where an object lies.
    struct Place: Hashable {
        var bucket: String
        var key: ObjectKey
    }

    /// The newest version of each object that a run had to do with, by its journal position.
    struct Trace {
        var read: [Place: Int64] = [:]
        var written: [Place: Int64] = [:]

        func places(_ isOutput: Bool) -> [Place: Int64] { isOutput ? written : read }
    }

    private var known: [RunID: Trace?] = [:]

    /// Nil for a run that the graph does not know.
    mutating func trace(of run: RunID, in graph: LineageGraph) throws(LineageError) -> Trace? {
        if let trace = known[run] { return trace }
        let trace = try RunTraces.find(run, in: graph)
        known.updateValue(trace, forKey: run)
        return trace
    }

    private static func find(_ run: RunID, in graph: LineageGraph) throws(LineageError) -> Trace? {
        guard let node = try graph.find(run: run) else { return nil }
        var trace = Trace()
        let edges = try graph.edges(
            of: node, kinds: EdgeKinds([.used, .copied, .generated]), evidence: .observed, limit: edgesMaximum
        ).edges.sorted { $0.lastIndex > $1.lastIndex }
        for edge in edges {
            let isOutput = edge.kind == .generated
            guard case .version(let version) = try graph.node(isOutput ? edge.from : edge.to) else { continue }
            let place = Place(bucket: version.reference.bucket, key: version.reference.key)
            let position = version.reference.journalIndex
            if isOutput {
                if trace.written[place] == nil { trace.written[place] = position }
            } else if trace.read[place] == nil {
                trace.read[place] = position
            }
        }
        return trace
    }
}
