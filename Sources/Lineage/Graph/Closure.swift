// Why this file exists: questions about the graph as values, and what they are answered with.
public import ObjectCore

/// Which way a closure goes.
public enum Direction: Sendable, Hashable {
    /// To what something was made from.
    case upstream
    /// To what was made from it.
    case downstream
}

/// What a closure is asked for.
public struct ClosureQuery: Sendable {
    public var direction: Direction
    /// How many steps from version to version; a run between two versions costs none.
    public var depthMaximum: Int
    public var evidence: EvidenceSet
    public var kinds: EdgeKinds
    /// The most nodes that are given.
    public var nodesMaximum: Int
    /// The graph as it was at this journal position; nil for now.
    public var asOf: Int64?
    /// Asked now and then; true ends the walk with a partial answer.
    public var isCancelled: @Sendable () -> Bool

    public init(
        _ direction: Direction, depthMaximum: Int = .max, evidence: EvidenceSet = .all,
        kinds: EdgeKinds = .dataFlow, nodesMaximum: Int = 100_000, asOf: Int64? = nil,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.direction = direction
        self.depthMaximum = depthMaximum
        self.evidence = evidence
        self.kinds = kinds
        self.nodesMaximum = nodesMaximum
        self.asOf = asOf
        self.isCancelled = isCancelled
    }
}

/// A node of a closure by its number, and how far it is.
public struct ClosureStep: Sendable, Hashable {
    public var node: GraphNodeID
    /// Steps from version to version; a run has the depth of the version from which it was reached.
    public var depth: Int

    public init(node: GraphNodeID, depth: Int) {
        self.node = node
        self.depth = depth
    }
}

/// The nodes that were reached, nearest first, by number: ``LineageGraph/node(_:)`` tells what they are.
public struct Closure: Sendable {
    public var steps: [ClosureStep] = []
    /// Whether a limit or a cancellation cut it. A depth that was asked for does not.
    public var isPartial = false
    /// How far each run was passed: upstream to what it began to read before this position, downstream to what it wrote
    /// after it.
    public var runBounds: [GraphNodeID: Int64] = [:]

    public init() {}
}

/// How much of what is stored has a known origin. Delete markers and removed versions do not count.
public struct Completeness: Sendable, Hashable {
    /// Versions by where they come from, and their bytes.
    public struct Share: Sendable, Hashable {
        public var versions: Int64 = 0
        public var bytes: Int64 = 0
        public init() {}
    }

    public var total = Share()
    /// Written by a run that somebody announced, copied from or declared to derive from another version.
    public var known = Share()
    /// Written by an implicit run: the key is known, the program is not.
    public var implicit = Share()
    /// Neither.
    public var unknown = Share()

    public init() {}

    /// The known share of versions, from 0 to 1; 1 for an empty store.
    public var versionRatio: Double {
        total.versions == 0 ? 1 : Double(known.versions) / Double(total.versions)
    }
    /// The known share of bytes, from 0 to 1; 1 where there are none.
    public var byteRatio: Double { total.bytes == 0 ? 1 : Double(known.bytes) / Double(total.bytes) }
}

/// Why a question has no answer.
public enum LineageError: Error, Sendable, Equatable {
    /// There is no such node in the graph.
    case unknownNode(String)
    case store(StoreError)
    /// The graph database does not read.
    case damaged(String)
}
