// Why this file exists: from what people know (a key, a digest, a run's id) to nodes, and from nodes to what they are.
public import ObjectCore

extension LineageGraph {
    /// What a node is.
    /// - Throws: ``LineageError/unknownNode(_:)``.
    public func node(_ id: GraphNodeID) throws(LineageError) -> LineageNode { try nodes([id])[0] }

    /// What nodes are, in the order asked for.
    /// - Throws: ``LineageError/unknownNode(_:)`` when one of them is not there.
    public func nodes(_ ids: [GraphNodeID]) throws(LineageError) -> [LineageNode] {
        let found = try ask { transaction throws(StoreError) in
            var found: [LineageNode?] = []
            found.reserveCapacity(ids.count)
            for id in ids { found.append(try LineageGraph.node(id, transaction)) }
            return found
        }
        var nodes: [LineageNode] = []
        nodes.reserveCapacity(ids.count)
        for (id, node) in zip(ids, found) {
            guard let node else { throw .unknownNode("\(id.value)") }
            nodes.append(node)
        }
        try tellDigestStates(&nodes)
        return nodes
    }

    /// Says of versions without a digest why: the journal does not tell what is still to be done, the store does.
    private func tellDigestStates(_ nodes: inout [LineageNode]) throws(LineageError) {
        let open = nodes.compactMap { node -> Int64? in
            guard case .version(let version) = node, version.content == nil, !version.isDeleteMarker else { return nil }
            return version.reference.journalIndex
        }
        guard !open.isEmpty else { return }
        let states: [Int64: DigestState]
        do throws(StoreError) { states = try store.digestStates(of: open) } catch { throw .store(error) }
        guard !states.isEmpty else { return }
        for place in nodes.indices {
            guard case .version(var version) = nodes[place],
                let state = states[version.reference.journalIndex]
            else { continue }
            version.digestState = state
            nodes[place] = .version(version)
        }
    }

    private static func node(_ id: GraphNodeID, _ transaction: any Transaction) throws(StoreError) -> LineageNode? {
        let key = SQLValue.integer(Int64(id.value))
        let version = try transaction.first(
            """
            SELECT v.position, v.key, v.flags, v.size, v.at, v.etag, v.content, v.run, v.until, v.removal, v.removed,
                b.uuid, b.name, r.id
            FROM graph_versions v JOIN graph_buckets b ON b.number = v.bucket LEFT JOIN graph_runs r ON r.node = v.run
            WHERE v.node = $1
            """, [key]
        ) { row throws(StoreError) in try GraphRows.version(row) }
        if let version { return .version(version) }
        if let run = try run(
            """
            SELECT id, job, flags, status, code, started, ended, first, last, parent, account, access_key, session,
                source_identity, user_agent, tags, c.root, c.versions, c.bytes
            FROM graph_runs LEFT JOIN graph_collections c ON c.number = collection WHERE node = $1
            """, key, transaction)
        {
            return .run(run)
        }
        return try transaction.first("SELECT type, name FROM graph_names WHERE node = $1", [key]) {
            row throws(StoreError) -> LineageNode? in
            switch NodeType(rawValue: UInt8(truncatingIfNeeded: row.integer(0))) {
            case .job: return .job(GraphCoding.job(row.bytes(1)))
            case .agent: return GraphCoding.agent(row.bytes(1)).map { .agent($0) }
            case .prefix: return GraphCoding.prefix(row.bytes(1)).map { .prefix($0) }
            case .version, .run, nil: return nil
            }
        } ?? nil
    }

    private static func run(
        _ sql: StaticString, _ key: SQLValue, _ transaction: any Transaction
    ) throws(StoreError) -> Run? {
        // The job is another row, and a statement is not asked again from inside itself.
        guard let job = try transaction.first(sql, [key], { row throws(StoreError) in row.integer(1) }) else {
            return nil
        }
        let name = try self.job(job, transaction)
        return try transaction.first(sql, [key]) { row throws(StoreError) in try GraphRows.run(row, job: name) }
    }

    private static func job(_ node: Int64, _ transaction: any Transaction) throws(StoreError) -> Job? {
        guard node >= 0 else { return nil }
        return try transaction.first("SELECT name FROM graph_names WHERE node = $1", [.integer(node)]) {
            row throws(StoreError) in GraphCoding.job(row.bytes(0))
        }
    }

    // MARK: Nodes

    private func first(_ sql: StaticString, _ values: [SQLValue]) throws(LineageError) -> GraphNodeID? {
        try ask { transaction throws(StoreError) in
            try transaction.first(sql, values) { row throws(StoreError) in GraphNodeID(row: row.integer(0)) }
        }
    }

    /// The version that the journal entry at `position` made.
    public func find(position: Int64) throws(LineageError) -> GraphNodeID? {
        try first("SELECT node FROM graph_versions WHERE position = $1", [.integer(position)])
    }

    /// A version of a key, gone or not; nil for `version` means the newest that is no delete marker. Of several null
    /// versions that replaced each other, the newest.
    public func find(
        _ key: ObjectKey, version: VersionID? = nil, in bucket: BucketUUID
    ) throws(LineageError) -> GraphNodeID? {
        let values: [SQLValue] = [.bytes(bucket.bytes), .bytes(key.bytes)]
        switch version {
        case nil:
            return try first(
                """
                SELECT v.node FROM graph_versions v JOIN graph_buckets b ON b.number = v.bucket
                WHERE b.uuid = $1 AND v.key = $2 AND v.flags & 2 = 0 ORDER BY v.position DESC LIMIT 1
                """, values)
        case .null?:
            return try first(
                """
                SELECT v.node FROM graph_versions v JOIN graph_buckets b ON b.number = v.bucket
                WHERE b.uuid = $1 AND v.key = $2 AND v.flags & 1 = 1 ORDER BY v.position DESC LIMIT 1
                """, values)
        case .index(let position)?:
            return try first(
                """
                SELECT v.node FROM graph_versions v JOIN graph_buckets b ON b.number = v.bucket
                WHERE b.uuid = $1 AND v.key = $2 AND v.position = $3
                """, values + [.integer(position)])
        }
    }

    /// The node of a run.
    public func find(run: RunID) throws(LineageError) -> GraphNodeID? {
        try first("SELECT node FROM graph_runs WHERE id = $1", [.bytes(run.bytes)])
    }

    /// The node of a job.
    public func find(job: Job) throws(LineageError) -> GraphNodeID? {
        try find(.job, GraphCoding.name(job))
    }

    /// The node of an agent.
    public func find(agent: Agent) throws(LineageError) -> GraphNodeID? {
        try find(.agent, GraphCoding.name(agent))
    }

    private func find(_ type: NodeType, _ name: [UInt8]) throws(LineageError) -> GraphNodeID? {
        try first(
            "SELECT node FROM graph_names WHERE type = $1 AND name = $2",
            [.integer(Int64(type.rawValue)), .bytes(name)])
    }

    /// The versions whose content has that digest, oldest first.
    public func versions(of content: ContentDigest) throws(LineageError) -> [GraphNodeID] {
        try ask { transaction throws(StoreError) in
            var nodes: [GraphNodeID] = []
            try transaction.query(
                "SELECT node FROM graph_versions WHERE content = $1 ORDER BY node", [.bytes(content.bytes)]
            ) { row throws(StoreError) in
                nodes.append(GraphNodeID(row: row.integer(0)))
                return true
            }
            return nodes
        }
    }

    /// All versions that a key ever had, oldest first, markers too.
    public func versions(of key: ObjectKey, in bucket: BucketUUID) throws(LineageError) -> [LineageVersion] {
        try ask { transaction throws(StoreError) in
            var versions: [LineageVersion] = []
            try transaction.query(
                """
                SELECT v.position, v.key, v.flags, v.size, v.at, v.etag, v.content, v.run, v.until, v.removal,
                    v.removed, b.uuid, b.name, r.id
                FROM graph_versions v JOIN graph_buckets b ON b.number = v.bucket
                    LEFT JOIN graph_runs r ON r.node = v.run
                WHERE b.uuid = $1 AND v.key = $2 ORDER BY v.position
                """, [.bytes(bucket.bytes), .bytes(key.bytes)]
            ) { row throws(StoreError) in
                versions.append(try GraphRows.version(row))
                return true
            }
            return versions
        }
    }

    // MARK: Runs

    /// What is known of a run.
    /// - Throws: ``LineageError/unknownNode(_:)``.
    public func run(_ id: RunID) throws(LineageError) -> Run {
        let found = try ask { transaction throws(StoreError) in
            try LineageGraph.run(
                """
                SELECT id, job, flags, status, code, started, ended, first, last, parent, account, access_key, session,
                    source_identity, user_agent, tags, c.root, c.versions, c.bytes
                FROM graph_runs LEFT JOIN graph_collections c ON c.number = collection WHERE id = $1
                """, .bytes(id.bytes), transaction)
        }
        guard let found else { throw .unknownNode("run \(id)") }
        return found
    }

    /// Runs, newest first, begun before the run `before`.
    /// - Throws: ``LineageError/unknownNode(_:)`` when there is no run `before`.
    public func runs(
        of job: Job? = nil, status: Run.Status? = nil, includesImplicit: Bool = true, before: RunID? = nil,
        limit: Int = 100
    ) throws(LineageError) -> [Run] {
        var bound = Int64.max
        if let before {
            guard let node = try find(run: before) else { throw .unknownNode("run \(before)") }
            bound = Int64(node.value)
        }
        var jobNode: Int64 = -1
        if let job {
            guard let node = try find(job: job) else { return [] }
            jobNode = Int64(node.value)
        }
        return try ask { transaction throws(StoreError) in
            var nodes: [Int64] = []
            try transaction.query(
                """
                SELECT node FROM graph_runs WHERE node < $1 AND ($2 < 0 OR job = $2) AND ($3 < 0 OR status = $3)
                    AND ($4 = 1 OR flags & 1 = 0) ORDER BY node DESC LIMIT $5
                """,
                [
                    .integer(bound), .integer(jobNode), .integer(status.map { Int64($0.rawValue) } ?? -1),
                    .integer(includesImplicit ? 1 : 0), .integer(Int64(max(limit, 0))),
                ]
            ) { row throws(StoreError) in
                nodes.append(row.integer(0))
                return true
            }
            var runs: [Run] = []
            for node in nodes {
                if case .run(let run)? = try LineageGraph.node(GraphNodeID(row: node), transaction) { runs.append(run) }
            }
            return runs
        }
    }
}
