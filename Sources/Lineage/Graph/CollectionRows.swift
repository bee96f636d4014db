// Why this file exists: keeps which set of versions each run has read. A run's set is settled when the run ends, and
// again by whatever is read under its credentials afterwards.
// Invariant: a row of `graph_collections` exists exactly as long as a run refers to it.
public import ObjectCore

/// The versions of a set, one after the other in the order of their positions, as they become leaves of its tree.
struct CollectionMembers {
    /// Of the run `$1`: what it read or copied and had not made itself.
    static let query: StaticString = """
        SELECT DISTINCT v.node, v.position, v.size, v.flags, v.etag, v.content, b.uuid
        FROM graph_edges e JOIN graph_versions v ON v.node = e.target JOIN graph_buckets b ON b.number = v.bucket
        WHERE e.source = $1 AND e.kind IN (1, 21) AND e.evidence = 1 AND v.run <> $1 ORDER BY v.position
        """

    /// A row of ``query``.
    struct Member {
        let node: GraphNodeID
        let position: Int64
        let size: Int64
        let leaf: [UInt8]

        init(_ row: any SQLRow) {
            node = GraphNodeID(row: row.integer(0))
            position = row.integer(1)
            size = row.integer(2)
            let isDigestLate = VersionFlags(rawValue: row.integer(3)).contains(.isDigestLate)
            let content = isDigestLate || row.isNull(5) ? nil : ContentDigest(row.bytes(5))
            leaf = LineageCollection.leaf(
                of: position, in: BucketUUID(row.bytes(6)), etag: row.text(4), sha256: content)
        }
    }
}

extension GraphTables {
    /// Settles what a run has read. An implicit run is no program, so what it read is no set that means something.
    mutating func collect(_ run: Int64) throws(StoreError) {
        guard try !isImplicit(run) else { return }
        var tree = CompactRange()
        var bytes: Int64 = 0
        try transaction.query(CollectionMembers.query, [.integer(run)]) { row throws(StoreError) in
            let member = CollectionMembers.Member(row)
            tree.append(MerkleHash.leaf(member.leaf))
            bytes += max(member.size, 0)
            return true
        }
        let before = try transaction.first("SELECT collection FROM graph_runs WHERE node = $1", [.integer(run)]) {
            row throws(StoreError) in row.integer(0)
        }
        let now = tree.size == 0 ? -1 : try collection(tree.root, versions: tree.size, bytes: bytes)
        guard let before, before != now else { return }
        try transaction.execute(
            "UPDATE graph_runs SET collection = $2 WHERE node = $1", [.integer(run), .integer(now)])
        try transaction.execute(
            """
            DELETE FROM graph_collections
            WHERE number = $1 AND NOT EXISTS (SELECT 1 FROM graph_runs WHERE collection = $1)
            """, [.integer(before)])
    }

    /// The same after the run had ended; before that it has no set.
    mutating func collectAgain(_ run: Int64) throws(StoreError) {
        let status = try transaction.first("SELECT status FROM graph_runs WHERE node = $1", [.integer(run)]) {
            row throws(StoreError) in row.integer(0)
        }
        if let status, status != Int64(Run.Status.running.rawValue) { try collect(run) }
    }

    private func collection(_ root: [UInt8], versions: Int64, bytes: Int64) throws(StoreError) -> Int64 {
        let found = try transaction.first(
            "SELECT number FROM graph_collections WHERE root = $1", [.bytes(root)]
        ) { row throws(StoreError) in row.integer(0) }
        if let found { return found }
        let last = try transaction.first(
            "SELECT number FROM graph_collections ORDER BY number DESC LIMIT 1", []
        ) { row throws(StoreError) in row.integer(0) }
        let number = (last ?? 0) + 1
        try transaction.execute(
            "INSERT INTO graph_collections (number, root, versions, bytes) VALUES ($1, $2, $3, $4)",
            [.integer(number), .bytes(root), .integer(versions), .integer(bytes)])
        return number
    }
}

extension LineageGraph {
    /// The runs that read exactly this set, newest first.
    /// - Parameters:
    ///   - root: of the collection, 32 bytes.
    ///   - limit: at most so many.
    ///   - isWanted: others are left out and do not count, so that many runs of one account hide none of another's.
    public func runs(
        reading root: [UInt8], limit: Int, where isWanted: (Run) -> Bool = { _ in true }
    ) throws(LineageError) -> [Run] {
        var runs: [Run] = []
        var before = Int64.max
        while runs.count < limit {
            let nodes = try nodesOfRuns(reading: root, before: before, limit: limit)
            guard let last = nodes.last else { break }
            for case .run(let run) in try self.nodes(nodes) where runs.count < limit && isWanted(run) {
                runs.append(run)
            }
            before = Int64(last.value)
        }
        return runs
    }

    private func nodesOfRuns(
        reading root: [UInt8], before: Int64, limit: Int
    ) throws(LineageError) -> [GraphNodeID] {
        try ask { transaction throws(StoreError) in
            var nodes: [GraphNodeID] = []
            try transaction.query(
                """
                SELECT r.node FROM graph_runs r JOIN graph_collections c ON c.number = r.collection
                WHERE c.root = $1 AND r.node < $2 ORDER BY r.node DESC LIMIT $3
                """, [.bytes(root), .integer(before), .integer(Int64(limit))]
            ) { row throws(StoreError) in
                nodes.append(GraphNodeID(row: row.integer(0)))
                return true
            }
            return nodes
        }
    }

    /// The members of the set that a run has read, in the order of the tree, with their leaves.
    /// - Parameter run: one of those that read the set.
    public func collectionMembers(
        of run: RunID
    ) throws(LineageError) -> [(node: GraphNodeID, position: Int64, leaf: [UInt8])] {
        guard let node = try find(run: run) else { throw .unknownNode("run \(run)") }
        return try ask { transaction throws(StoreError) in
            var members: [(node: GraphNodeID, position: Int64, leaf: [UInt8])] = []
            try transaction.query(CollectionMembers.query, [.integer(Int64(node.value))]) { row throws(StoreError) in
                let member = CollectionMembers.Member(row)
                members.append((member.node, member.position, member.leaf))
                return true
            }
            return members
        }
    }
}
