// Why this file exists: how data flows through runs. Between two versions lies a run that read the one and wrote the
// other, and the order counts: what a run began to read after it had written an output is no part of it. So a run is
// not simply visited: it is passed with a bound, the position of the output (or of the read), and passed again when a
// later output (or an earlier read) lets more through. A copy's bytes are its source's, so it leads past its run.

/// A breadth-first walk. Belongs to one call; the adjacency is locked meanwhile.
struct ClosureWalk {
    /// How many nodes are looked at between two questions whether to go on.
    private static let cancelInterval = 1024

    private let query: ClosureQuery
    private let kinds: UInt32
    private let evidence: UInt8
    private let asOf: Int64
    private(set) var closure = Closure()
    /// For each version that was reached: the version before it, and the run between them, if there was one.
    private(set) var origins: [UInt32: (version: UInt32, run: UInt32?)] = [:]
    private let keepsOrigins: Bool
    private let target: UInt32?
    private(set) var hasFound = false
    private var frontier: [UInt32] = []
    private var next: [UInt32] = []
    /// How far each run is to be passed in this round, and for which version.
    private var passing: [UInt32: (bound: Int64, version: UInt32)] = [:]
    private var isStopped = false

    /// - Parameter target: ends the walk when it is reached, and keeps the ways.
    init(_ query: ClosureQuery, target: UInt32? = nil) {
        self.query = query
        self.target = target
        keepsOrigins = target != nil
        kinds = query.kinds.rawValue
        evidence = query.evidence.rawValue
        asOf = query.asOf ?? .max
    }

    mutating func run(from starts: [UInt32], in graph: inout Adjacency) {
        graph.walk &+= 1
        if graph.walk == 0 {
            graph.seen = [UInt32](repeating: 0, count: graph.seen.count)
            graph.walk = 1
        }
        for start in starts where Int(start) < graph.nodes.count {
            guard see(start, depth: 0, in: &graph) else { continue }
            switch graph.type(start) {
            case .version: frontier.append(start)
            case .run: passing[start] = (query.direction == .upstream ? .max : -1, start)
            default: continue
            }
        }
        var depth = 0
        while !isStopped, !(frontier.isEmpty && passing.isEmpty), depth < query.depthMaximum {
            for version in frontier { leave(version, depth: depth, in: &graph) }
            let runs = passing.sorted { $0.key < $1.key }
            passing.removeAll(keepingCapacity: true)
            for (run, way) in runs { pass(run, way.bound, from: way.version, depth: depth, in: &graph) }
            swap(&frontier, &next)
            next.removeAll(keepingCapacity: true)
            depth += 1
        }
    }

    private func follows(_ link: Link) -> Bool {
        kinds >> UInt32(link.kind) & 1 == 1 && evidence >> link.evidence & 1 == 1
    }

    /// Counts a node once. - Returns: whether it is new.
    private mutating func see(_ node: UInt32, depth: Int, in graph: inout Adjacency) -> Bool {
        guard !isStopped, graph.seen[Int(node)] != graph.walk else { return false }
        guard closure.steps.count < query.nodesMaximum else {
            closure.isPartial = true
            isStopped = true
            return false
        }
        if closure.steps.count % ClosureWalk.cancelInterval == 0, query.isCancelled() {
            closure.isPartial = true
            isStopped = true
            return false
        }
        graph.seen[Int(node)] = graph.walk
        closure.steps.append(ClosureStep(node: GraphNodeID(node), depth: depth))
        if node == target {
            hasFound = true
            isStopped = true
        }
        return true
    }

    private mutating func reach(
        _ version: UInt32, from origin: UInt32, through run: UInt32?, depth: Int, in graph: inout Adjacency
    ) {
        guard graph.type(version) == .version, see(version, depth: depth, in: &graph) else { return }
        if keepsOrigins { origins[version] = (origin, run) }
        next.append(version)
    }

    /// Follows the links of a version: straight to other versions, and to its runs.
    private mutating func leave(_ version: UInt32, depth: Int, in graph: inout Adjacency) {
        let isUpstream = query.direction == .upstream
        let rows = isUpstream ? graph.out : graph.back
        let isCopy = graph.isCopy(version)
        var straight: [UInt32] = []
        var runs: [(UInt32, Int64)] = []
        rows.forEach(version) { link in
            guard follows(link) else { return }
            switch EdgeKind(rawValue: link.kind) {
            case .generated where isUpstream:
                if link.first <= asOf { runs.append((link.node, isCopy ? 0 : link.first)) }
            case .used where !isUpstream:
                if link.first < asOf { runs.append((link.node, link.first)) }
            case .copiedFrom, .assembledFrom, .derivedFrom, .revisionOf:
                if link.first <= asOf { straight.append(link.node) }
            default: return
            }
        }
        for (run, bound) in runs {
            if see(run, depth: depth, in: &graph), keepsOrigins { origins[run] = (version, nil) }
            if let known = passing[run]?.bound, isUpstream ? bound <= known : bound >= known { continue }
            passing[run] = (bound, version)
        }
        for node in straight { reach(node, from: version, through: nil, depth: depth + 1, in: &graph) }
    }

    /// Goes through a run, as far as the bound lets.
    private mutating func pass(
        _ run: UInt32, _ bound: Int64, from version: UInt32, depth: Int, in graph: inout Adjacency
    ) {
        let isUpstream = query.direction == .upstream
        if let before = closure.runBounds[GraphNodeID(run)], isUpstream ? before >= bound : before <= bound { return }
        closure.runBounds[GraphNodeID(run)] = bound
        var reached: [UInt32] = []
        if isUpstream {
            graph.out.forEach(run) { link in
                if link.kind == EdgeKind.used.rawValue, link.first < bound, link.first < asOf, follows(link) {
                    reached.append(link.node)
                }
            }
        } else {
            graph.back.forEach(run) { link in
                if link.kind == EdgeKind.generated.rawValue, link.first > bound, link.first <= asOf, follows(link),
                    !graph.isCopy(link.node)
                {
                    reached.append(link.node)
                }
            }
        }
        for node in reached { reach(node, from: version, through: run, depth: depth + 1, in: &graph) }
    }
}
