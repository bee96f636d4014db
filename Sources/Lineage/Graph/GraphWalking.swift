// Why this file exists: edges, closures and ways. Walks go over the memory, edges with their facts come from the rows.
import ObjectCore
private import Synchronization

extension LineageGraph {
    /// Which end of its edges a node is.
    public enum End: Sendable { case from, to, either }

    /// The edges of a node as they are in the graph, without what questions infer.
    public func edges(
        of node: GraphNodeID, as end: End = .either, kinds: EdgeKinds = .all, evidence: EvidenceSet = .all,
        asOf: Int64? = nil, limit: Int = 10_000
    ) throws(LineageError) -> (edges: [LineageEdge], isPartial: Bool) {
        try ask { transaction throws(StoreError) in
            var edges: [LineageEdge] = []
            var isPartial = false
            func take(_ row: any SQLRow) -> Bool {
                guard let edge = GraphRows.edge(row), kinds.contains(edge.kind), evidence.contains(edge.evidence),
                    edge.firstIndex <= asOf ?? .max
                else { return true }
                guard edges.count < limit else {
                    isPartial = true
                    return false
                }
                edges.append(edge)
                return true
            }
            if end != .to {
                try transaction.query(
                    """
                    SELECT source, kind, target, evidence, bytes, requests, first, last, ranges FROM graph_edges
                    WHERE source = $1 ORDER BY kind, target, evidence
                    """, [.integer(Int64(node.value))]
                ) { row throws(StoreError) in take(row) }
            }
            if end != .from, !isPartial {
                try transaction.query(
                    """
                    SELECT source, kind, target, evidence, bytes, requests, first, last, ranges FROM graph_edges
                    WHERE target = $1 ORDER BY kind, source, evidence
                    """, [.integer(Int64(node.value))]
                ) { row throws(StoreError) in take(row) }
            }
            return (edges, isPartial)
        }
    }

    /// Everything upstream or downstream of some nodes, they included, nearest first. Through a run it goes to what
    /// the run had begun to read before it wrote the version, and the other way round, never further.
    public func closure(of nodes: [GraphNodeID], _ query: ClosureQuery) throws(LineageError) -> Closure {
        try walking { graph in
            var walk = ClosureWalk(query)
            walk.run(from: nodes.map(\.value), in: &graph)
            return walk.closure
        }
    }

    /// The edges between the nodes of a closure, of the kinds that it followed and in the order in which data can flow:
    /// what a run read after it had written is no edge of what it wrote.
    public func edges(within closure: Closure, _ query: ClosureQuery) throws(LineageError) -> [LineageEdge] {
        let inside = Set(closure.steps.map(\.node))
        return try ask { transaction throws(StoreError) in
            var edges: [LineageEdge] = []
            for step in closure.steps {
                try transaction.query(
                    """
                    SELECT source, kind, target, evidence, bytes, requests, first, last, ranges FROM graph_edges
                    WHERE source = $1 ORDER BY kind, target, evidence
                    """, [.integer(Int64(step.node.value))]
                ) { row throws(StoreError) in
                    guard let edge = GraphRows.edge(row), inside.contains(edge.to), query.kinds.contains(edge.kind),
                        query.evidence.contains(edge.evidence), edge.firstIndex <= query.asOf ?? .max,
                        closure.passes(edge, query.direction)
                    else { return true }
                    edges.append(edge)
                    return true
                }
            }
            return edges
        }
    }

    /// Those of ``edges(within:_:)`` whose two ends are known with `page` and were not before it.
    /// - Parameters:
    ///   - page: nodes of the closure.
    ///   - earlier: the nodes of the pages before.
    ///   - closure: what was walked.
    ///   - query: by what.
    public func edges(
        of page: [GraphNodeID], after earlier: Set<GraphNodeID>, within closure: Closure, _ query: ClosureQuery
    ) throws(LineageError) -> [LineageEdge] {
        let own = Set(page)
        return try ask { transaction throws(StoreError) in
            var edges: [LineageEdge] = []
            func take(_ row: any SQLRow, _ isKnown: (LineageEdge) -> Bool) -> Bool {
                guard let edge = GraphRows.edge(row), isKnown(edge), query.kinds.contains(edge.kind),
                    query.evidence.contains(edge.evidence), edge.firstIndex <= query.asOf ?? .max,
                    closure.passes(edge, query.direction)
                else { return true }
                edges.append(edge)
                return true
            }
            for node in page {
                try transaction.query(
                    """
                    SELECT source, kind, target, evidence, bytes, requests, first, last, ranges FROM graph_edges
                    WHERE source = $1 ORDER BY kind, target, evidence
                    """, [.integer(Int64(node.value))]
                ) { row throws(StoreError) in take(row) { own.contains($0.to) || earlier.contains($0.to) } }
                guard !earlier.isEmpty else { continue }
                try transaction.query(
                    """
                    SELECT source, kind, target, evidence, bytes, requests, first, last, ranges FROM graph_edges
                    WHERE target = $1 ORDER BY kind, source, evidence
                    """, [.integer(Int64(node.value))]
                ) { row throws(StoreError) in take(row) { earlier.contains($0.from) } }
            }
            return edges
        }
    }

    /// A shortest way from one node to another in the query's direction, both included, the runs between them too;
    /// nil when there is none. It is partial when a limit of the query was met before it was found.
    public func path(
        from: GraphNodeID, to: GraphNodeID, _ query: ClosureQuery
    ) throws(LineageError) -> (nodes: [GraphNodeID]?, isPartial: Bool) {
        try walking { graph in
            var walk = ClosureWalk(query, target: to.value)
            walk.run(from: [from.value], in: &graph)
            guard walk.hasFound else { return (nil, walk.closure.isPartial) }
            var nodes = [to]
            var current = to.value
            while current != from.value, let origin = walk.origins[current] {
                if let run = origin.run, run != origin.version { nodes.append(GraphNodeID(run)) }
                nodes.append(GraphNodeID(origin.version))
                current = origin.version
            }
            return (nodes.reversed(), false)
        }
    }

    /// How many nodes and edges walks go over.
    public func size() throws(LineageError) -> (nodes: Int, edges: Int) {
        try walking { graph in (graph.nodes.count, graph.edgeCount) }
    }

    func walking<Value>(_ body: (inout Adjacency) -> Value) throws(LineageError) -> Value {
        let result = adjacency.withLock { known -> Result<Value, LineageError> in
            do throws(LineageError) {
                var graph: Adjacency
                if let loaded = known.take() { graph = loaded } else { graph = try load() }
                let value = body(&graph)
                known = consume graph
                return .success(value)
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Reads all edges. It takes about a second for a million.
    private func load() throws(LineageError) -> Adjacency {
        try ask { transaction throws(StoreError) in
            let count = Int(try GraphFacts(transaction)[GraphFact.nextNode])
            var nodes = [UInt8](repeating: NodeType.version.rawValue, count: count)
            func set(_ node: Int64, _ type: UInt8) { if nodes.indices.contains(Int(node)) { nodes[Int(node)] = type } }
            try transaction.query("SELECT node FROM graph_versions WHERE flags & 4 = 4", []) {
                row throws(StoreError) in
                set(row.integer(0), NodeType.version.rawValue | Adjacency.copyBit)
                return true
            }
            try transaction.query("SELECT node FROM graph_runs", []) { row throws(StoreError) in
                set(row.integer(0), NodeType.run.rawValue)
                return true
            }
            try transaction.query("SELECT node, type FROM graph_names", []) { row throws(StoreError) in
                set(row.integer(0), UInt8(truncatingIfNeeded: row.integer(1)))
                return true
            }
            var links: [NewLink] = []
            try transaction.query("SELECT source, kind, target, evidence, first FROM graph_edges", []) {
                row throws(StoreError) in
                let (source, target) = (row.integer(0), row.integer(2))
                guard nodes.indices.contains(Int(source)), nodes.indices.contains(Int(target)),
                    let kind = EdgeKind(rawValue: UInt8(truncatingIfNeeded: row.integer(1))),
                    let evidence = Evidence(rawValue: UInt8(truncatingIfNeeded: row.integer(3)))
                else { return true }
                links.append(
                    NewLink(
                        from: UInt32(source), to: UInt32(target), kind: kind, evidence: evidence,
                        first: row.integer(4)))
                return true
            }
            return Adjacency(nodes: nodes, links: links)
        }
    }
}

extension Closure {
    /// Whether an edge lies within the bounds of its run.
    fileprivate func passes(_ edge: LineageEdge, _ direction: Direction) -> Bool {
        switch (direction, edge.kind) {
        case (.upstream, .used): runBounds[edge.from].map { edge.firstIndex < $0 } ?? false
        case (.downstream, .generated): runBounds[edge.to].map { edge.firstIndex > $0 } ?? false
        default: true
        }
    }
}
