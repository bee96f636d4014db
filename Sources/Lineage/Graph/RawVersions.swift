// Why this file exists: raw material is what nothing is known to come before, and that is a fact of the whole graph: a
// question that stops at a depth, or looks at one kind of evidence, must not make raw what is not.
private import Synchronization

extension LineageGraph {
    /// Those of some versions that nothing is known to come before, whoever says so: neither copied nor assembled from
    /// another version nor declared to be derived from one, and made by no run that had begun to read another one before.
    /// A run that only writes, as an upload does, brings in raw material.
    /// - Parameters:
    ///   - asOf: the journal position at which it is looked; nil for now.
    ///   - versions: which ones.
    func raw(among versions: [GraphNodeID], asOf: Int64?) throws(LineageError) -> Set<GraphNodeID> {
        try walking { graph in
            var reads = EarliestReads()
            let end = asOf ?? .max
            return Set(versions.filter { !reads.precede($0.value, in: graph, until: end) })
        }
    }
}

/// The first two versions that each run began to read: two, so that there is one which is not the version in question.
private struct EarliestReads {
    private struct Read {
        var node: UInt32
        var first: Int64
    }

    private var known: [UInt32: [Read]] = [:]

    /// Whether anything comes before a version.
    mutating func precede(_ version: UInt32, in graph: Adjacency, until end: Int64) -> Bool {
        guard Int(version) < graph.nodes.count else { return false }
        var isDerived = false
        var runs: [(node: UInt32, output: Int64)] = []
        graph.out.forEach(version) { link in
            guard link.first <= end, link.node != version else { return }
            switch EdgeKind(rawValue: link.kind) {
            case .copiedFrom, .assembledFrom, .derivedFrom: isDerived = true
            case .generated: runs.append((link.node, link.first))
            default: return
            }
        }
        if isDerived { return true }
        for run in runs {
            let first = reads(of: run.node, in: graph).first { $0.node != version }
            if let first, first.first < min(run.output, end) { return true }
        }
        return false
    }

    private mutating func reads(of run: UInt32, in graph: Adjacency) -> [Read] {
        if let reads = known[run] { return reads }
        var reads: [Read] = []
        graph.out.forEach(run) { link in
            guard link.kind == EdgeKind.used.rawValue else { return }
            if let place = reads.firstIndex(where: { $0.node == link.node }) {
                reads[place].first = min(reads[place].first, link.first)
            } else {
                reads.append(Read(node: link.node, first: link.first))
            }
            reads.sort { $0.first < $1.first }
            if reads.count > 2 { reads.removeLast() }
        }
        known[run] = reads
        return reads
    }
}
