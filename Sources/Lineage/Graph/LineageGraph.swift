// Why this file exists: the lineage of a store as a library: found, walked, counted. The graph is derived from the
// journal and follows it; it can be deleted at any time and comes out the same.
public import ObjectCore

/// The graph of a store. All calls may block for as long as the database takes, and come from any thread.
public final class LineageGraph: Sendable {
    private let store: ObjectStore

    private init(store: ObjectStore) { self.store = store }

    /// Opens the graph of a store, making it when there is none. Nothing is indexed yet: see ``catchUp()``.
    public static func open(_ store: ObjectStore) throws(LineageError) -> LineageGraph { LineageGraph(store: store) }

    /// Lets go of the database.
    public func close() {}

    /// The journal position up to which the graph is told.
    public var position: Int64 { 0 }

    /// Takes in what the journal has and the graph has not.
    /// - Returns: ``position`` afterwards.
    @discardableResult
    public func catchUp() throws(LineageError) -> Int64 { 0 }

    // MARK: Finding

    /// What a node is. - Throws: ``LineageError/unknownNode(_:)``.
    public func node(_ id: GraphNodeID) throws(LineageError) -> LineageNode { throw .unknownNode("\(id.value)") }

    /// What nodes are, in the order asked for.
    public func nodes(_ ids: [GraphNodeID]) throws(LineageError) -> [LineageNode] { throw .unknownNode("") }

    /// The version that the journal entry at `position` made.
    public func find(position: Int64) throws(LineageError) -> GraphNodeID? { nil }

    /// A version of a key, gone or not; nil for `version` means the newest that is no delete marker.
    public func find(
        _ key: ObjectKey, version: VersionID? = nil, in bucket: BucketUUID
    ) throws(LineageError) -> GraphNodeID? { nil }

    public func find(run: RunID) throws(LineageError) -> GraphNodeID? { nil }
    public func find(job: Job) throws(LineageError) -> GraphNodeID? { nil }
    public func find(agent: Agent) throws(LineageError) -> GraphNodeID? { nil }
    public func find(content: ContentDigest) throws(LineageError) -> GraphNodeID? { nil }

    /// The versions whose content has that digest, oldest first.
    public func versions(of content: ContentDigest) throws(LineageError) -> [GraphNodeID] { [] }

    /// All versions that a key ever had, oldest first, markers too.
    public func versions(of key: ObjectKey, in bucket: BucketUUID) throws(LineageError) -> [LineageVersion] { [] }

    public func run(_ id: RunID) throws(LineageError) -> Run { throw .unknownNode(id.description) }

    /// Runs, newest first, begun before the run `before`.
    public func runs(
        of job: Job? = nil, status: Run.Status? = nil, includesImplicit: Bool = true, before: RunID? = nil,
        limit: Int = 100
    ) throws(LineageError) -> [Run] { [] }

    // MARK: Walking

    /// Which end of its edges a node is.
    public enum End: Sendable { case from, to, either }

    /// The edges of a node as they are in the graph, without what questions infer.
    public func edges(
        of node: GraphNodeID, as end: End = .either, kinds: EdgeKinds = .all, evidence: EvidenceSet = .all,
        asOf: Int64? = nil, limit: Int = 10_000
    ) throws(LineageError) -> (edges: [LineageEdge], isPartial: Bool) { ([], false) }

    /// Everything upstream or downstream of some nodes, they included, nearest first. Through a run it goes to what
    /// the run had begun to read before it wrote the version, and the other way round, never further.
    public func closure(of nodes: [GraphNodeID], _ query: ClosureQuery) throws(LineageError) -> Closure { Closure() }

    /// The edges between the nodes of a closure.
    public func edges(within closure: Closure, _ query: ClosureQuery) throws(LineageError) -> [LineageEdge] { [] }

    /// A shortest way along the flow of data from one node to another, both included; nil when there is none.
    public func path(
        from: GraphNodeID, to: GraphNodeID, _ query: ClosureQuery
    ) throws(LineageError) -> (nodes: [GraphNodeID]?, isPartial: Bool) { (nil, false) }

    // MARK: Counting

    /// How much of what is stored has a known origin: kept up to date, not computed.
    public func completeness() throws(LineageError) -> Completeness { Completeness() }

    /// Existing versions without a known origin, oldest first, behind the node `after`.
    public func orphans(
        includesImplicit: Bool = false, after: GraphNodeID? = nil, limit: Int = 1000
    ) throws(LineageError) -> [GraphNodeID] { [] }

    /// The last journal position that is not later than `time`; 0 when all are.
    public func position(at time: Timestamp) throws(LineageError) -> Int64 { 0 }
}
