// Why this file exists: how two nodes are connected, and why that is believed.

/// The kinds of edge, each named from its first node to its second. The numbers are in the graph database.
public enum EdgeKind: UInt8, Sendable, CaseIterable {
    /// Run → version: bytes of it were sent to the run.
    case used = 1
    /// Version → run that made it.
    case generated = 2
    /// Version → the version of the key before it.
    case revisionOf = 3
    /// Version → version.
    case copiedFrom = 4
    /// Version made of parts → a version that a part was copied from; ranges are of the source.
    case assembledFrom = 5
    /// Version → version: declared, or inferred in the question from used and generated.
    case derivedFrom = 6
    /// Run or agent → version, from here on: retention was set.
    case locked = 7
    /// A legal hold was put on it.
    case held = 8
    /// Governance retention was overridden.
    case bypassed = 9
    case archived = 10
    case restored = 11
    /// A version was destroyed, or (version is a delete marker) hidden.
    case deleted = 12
    /// The same, by a lifecycle rule.
    case expired = 13
    case erased = 14
    /// Run → agent.
    case associatedWith = 15
    /// Agent → agent.
    case onBehalfOf = 16
    /// Run → run that started it.
    case childOf = 17
    /// Run → version: HEAD.
    case examined = 18
    /// Run → prefix.
    case listed = 19
    /// Run → job.
    case executionOf = 20
    /// Run → version: its bytes were copied by reference at the run's request, and never reached the program. What the
    /// copies are made of says ``copiedFrom``; this is the other half of "used".
    case copied = 21
}

/// A set of edge kinds.
public struct EdgeKinds: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public init(_ kind: EdgeKind) { rawValue = 1 << UInt32(kind.rawValue) }
    public init(_ kinds: [EdgeKind]) { rawValue = kinds.reduce(0) { $0 | 1 << UInt32($1.rawValue) } }

    /// Those along which data flows: what closures follow unless told otherwise.
    public static let dataFlow = EdgeKinds([.used, .generated, .copiedFrom, .assembledFrom, .derivedFrom])
    /// Runs that had to do with the bytes of a version.
    public static let reading = EdgeKinds([.used, .copied])
    public static let all = EdgeKinds(EdgeKind.allCases)

    /// Whether the kind is in it.
    public func contains(_ kind: EdgeKind) -> Bool { rawValue >> UInt32(kind.rawValue) & 1 == 1 }
}

/// Why an edge is believed.
public enum Evidence: UInt8, Sendable, CaseIterable {
    /// The store did it.
    case observed = 1
    /// It follows from what the store did.
    case inferred = 2
    /// Somebody said so.
    case declared = 3

    public var name: String {
        switch self {
        case .observed: "observed"
        case .inferred: "inferred"
        case .declared: "declared"
        }
    }
}

/// A set of evidences.
public struct EvidenceSet: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public init(_ evidence: Evidence) { rawValue = 1 << evidence.rawValue }

    public static let observed = EvidenceSet(.observed)
    public static let inferred = EvidenceSet(.inferred)
    public static let declared = EvidenceSet(.declared)
    public static let all: EvidenceSet = [.observed, .inferred, .declared]

    /// Whether the evidence is in it.
    public func contains(_ evidence: Evidence) -> Bool { rawValue >> evidence.rawValue & 1 == 1 }
}

/// One edge. There is at most one of a kind and an evidence between two nodes; what happened again is added to it.
public struct LineageEdge: Sendable, Hashable {
    public var from: GraphNodeID
    public var to: GraphNodeID
    public var kind: EdgeKind
    public var evidence: Evidence
    /// Bytes that were sent or copied, repeated ones too.
    public var byteCount: Int64
    /// How many requests it sums up.
    public var requestCount: Int64
    /// Which bytes of the version; empty when it does not apply or is not known.
    public var ranges: IntervalSet
    /// The last journal position before it began; for what one entry did, that entry's.
    public var firstIndex: Int64
    /// The last journal position before it was last heard of.
    public var lastIndex: Int64

    public init(
        from: GraphNodeID, to: GraphNodeID, kind: EdgeKind, evidence: Evidence, byteCount: Int64 = 0,
        requestCount: Int64 = 0, ranges: IntervalSet = IntervalSet(), firstIndex: Int64 = 0, lastIndex: Int64 = 0
    ) {
        self.from = from
        self.to = to
        self.kind = kind
        self.evidence = evidence
        self.byteCount = byteCount
        self.requestCount = requestCount
        self.ranges = ranges
        self.firstIndex = firstIndex
        self.lastIndex = lastIndex
    }
}
