// Why this file exists: rows of the graph found and written inside a transaction, with what a batch of entries has
// looked up kept for the next entry.
import ObjectCore

/// The tables of the graph in one transaction. Made for one batch of entries and thrown away.
struct GraphTables {
    let transaction: any Transaction
    private(set) var delta = GraphDelta()
    private var nextNode: Int64
    private var buckets: [[UInt8]: Int64] = [:]
    private var names: [[UInt8]: Int64] = [:]
    private var runNodes: [RunID: Int64] = [:]
    /// Accounts of runs that have entries of their own.
    private var runAccounts: [RunID: String] = [:]
    private var facts: [String: Int64] = [:]
    /// The last position that named each run of the batch.
    private var lastPositions: [Int64: Int64] = [:]
    /// Whether each run of the batch is implicit.
    private var implicitRuns: [Int64: Bool] = [:]

    init(_ transaction: any Transaction) throws(StoreError) {
        self.transaction = transaction
        nextNode = 0
        var known: [String: Int64] = [:]
        try transaction.query("SELECT name, value FROM graph_facts", []) { row throws(StoreError) in
            known[row.text(0)] = row.integer(1)
            return true
        }
        facts = known
        nextNode = known[GraphFact.nextNode] ?? 0
        delta.firstNode = Int(nextNode)
    }

    /// Writes the facts; the last thing that a batch does.
    func finish(position: Int64) throws(StoreError) {
        for (node, last) in lastPositions {
            try transaction.execute(
                "UPDATE graph_runs SET last = $2 WHERE node = $1", [.integer(node), .integer(last)])
        }
        var facts = facts
        facts[GraphFact.position] = position
        facts[GraphFact.nextNode] = nextNode
        facts[GraphFact.form] = GraphSchema.form
        for (name, value) in facts {
            try transaction.execute(
                """
                INSERT INTO graph_facts (name, value) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, [.text(name), .integer(value)])
        }
    }

    mutating func newNode(_ type: NodeType, isCopy: Bool = false) -> Int64 {
        delta.nodes.append(type.rawValue | (isCopy ? Adjacency.copyBit : 0))
        defer { nextNode += 1 }
        return nextNode
    }

    /// Counts a version in or out.
    mutating func count(_ origin: VersionOrigin, versions: Int64, bytes: Int64) {
        facts[GraphFact.versions + String(origin.rawValue), default: 0] += versions
        facts[GraphFact.bytes + String(origin.rawValue), default: 0] += bytes
    }

    // MARK: Names

    /// The number of a bucket, which is made when it is first named.
    mutating func bucket(_ uuid: [UInt8], name: String) throws(StoreError) -> Int64 {
        if let known = buckets[uuid] { return known }
        let found = try transaction.first("SELECT number FROM graph_buckets WHERE uuid = $1", [.bytes(uuid)]) {
            row throws(StoreError) in row.integer(0)
        }
        if let found {
            buckets[uuid] = found
            return found
        }
        let last = try transaction.first("SELECT number FROM graph_buckets ORDER BY number DESC LIMIT 1", []) {
            row throws(StoreError) in row.integer(0)
        }
        let number = (last ?? 0) + 1
        try transaction.execute(
            "INSERT INTO graph_buckets (number, uuid, name) VALUES ($1, $2, $3)",
            [.integer(number), .bytes(uuid), .text(name)])
        buckets[uuid] = number
        return number
    }

    /// The node of a job, an agent or a prefix, which is made when it is first named.
    mutating func named(_ type: NodeType, _ name: [UInt8]) throws(StoreError) -> Int64 {
        let key = [type.rawValue] + name
        if let known = names[key] { return known }
        let found = try transaction.first(
            "SELECT node FROM graph_names WHERE type = $1 AND name = $2",
            [.integer(Int64(type.rawValue)), .bytes(name)]
        ) { row throws(StoreError) in row.integer(0) }
        if let found {
            names[key] = found
            return found
        }
        let node = newNode(type)
        try transaction.execute(
            "INSERT INTO graph_names (node, type, name) VALUES ($1, $2, $3)",
            [.integer(node), .integer(Int64(type.rawValue)), .bytes(name)])
        names[key] = node
        return node
    }

    mutating func agent(_ agent: Agent) throws(StoreError) -> Int64 {
        try named(.agent, GraphCoding.name(agent))
    }

    // MARK: Runs

    /// The node of a run. One that no entry announced is made when an entry first names it.
    mutating func run(_ id: RunID, at time: Int64, position: Int64) throws(StoreError) -> Int64 {
        if let known = runNodes[id] { return known }
        let found = try transaction.first("SELECT node FROM graph_runs WHERE id = $1", [.bytes(id.bytes)]) {
            row throws(StoreError) in row.integer(0)
        }
        if let found {
            runNodes[id] = found
            return found
        }
        let node = newNode(.run)
        try transaction.execute(
            """
            INSERT INTO graph_runs (node, id, job, flags, status, code, started, ended, first, last, parent, account,
                access_key, session, source_identity, user_agent, tags, collection)
            VALUES ($1, $2, -1, 0, 0, NULL, $3, 0, $4, $4, NULL, '', '', '', '', '', $5, -1)
            """, [.integer(node), .bytes(id.bytes), .integer(time), .integer(position), .bytes([])])
        runNodes[id] = node
        return node
    }

    /// An entry names a run.
    mutating func touch(_ run: Int64, at position: Int64) { lastPositions[run] = position }

    /// Whether a run was begun by nobody, only seen.
    mutating func isImplicit(_ run: Int64) throws(StoreError) -> Bool {
        if let known = implicitRuns[run] { return known }
        let flags = try transaction.first("SELECT flags FROM graph_runs WHERE node = $1", [.integer(run)]) {
            row throws(StoreError) in RunFlags(rawValue: row.integer(0))
        }
        let isImplicit = flags?.contains(.isImplicit) ?? false
        implicitRuns[run] = isImplicit
        return isImplicit
    }

    /// The flags of a run change.
    mutating func forgetFlags(of run: Int64) { implicitRuns[run] = nil }

    /// The node of the run that an entry says it belongs to. The first entry of a run says whose it is.
    /// - Parameters:
    ///   - account: of the entry; nil when it names none, as those of the store itself do.
    ///   - id: the run.
    ///   - time: of the entry.
    ///   - position: of the entry.
    /// - Returns: nil when the run belongs to another account: nobody's entries count as those of another's run.
    mutating func run(
        _ id: RunID, of account: String?, at time: Int64, position: Int64
    ) throws(StoreError) -> Int64? {
        let node = try run(id, at: time, position: position)
        if runAccounts[id] == nil {
            let known = try transaction.first(
                "SELECT flags, account FROM graph_runs WHERE node = $1", [.integer(node)]
            ) { row throws(StoreError) in (flags: RunFlags(rawValue: row.integer(0)), account: row.text(1)) }
            if let known, known.flags.contains(.isOwned) {
                runAccounts[id] = known.account
            } else {
                try transaction.execute(
                    "UPDATE graph_runs SET account = $2, flags = flags | $3 WHERE node = $1",
                    [.integer(node), .text(account ?? ""), .integer(RunFlags.isOwned.rawValue)])
                runAccounts[id] = account ?? ""
            }
        }
        return account == nil || account == runAccounts[id] ? node : nil
    }

    // MARK: Versions

    /// What entries about a version need to know of it.
    struct VersionFacts {
        var node: Int64
        var flags: VersionFlags
        var size: Int64
        var origin: VersionOrigin
        var isRemoved: Bool
    }

    func version(_ position: Int64) throws(StoreError) -> VersionFacts? {
        try transaction.first(
            "SELECT node, flags, size, origin, removal FROM graph_versions WHERE position = $1", [.integer(position)]
        ) { row throws(StoreError) in
            VersionFacts(
                node: row.integer(0), flags: VersionFlags(rawValue: row.integer(1)), size: row.integer(2),
                origin: VersionOrigin(rawValue: row.integer(3)) ?? .unknown, isRemoved: row.integer(4) != 0)
        }
    }

    /// Says that a version is gone.
    mutating func remove(_ position: Int64, _ removal: LineageVersion.Removal, by entry: Int64) throws(StoreError) {
        guard let version = try version(position), !version.isRemoved else { return }
        try transaction.execute(
            "UPDATE graph_versions SET removal = $2, removed = $3 WHERE node = $1",
            [.integer(version.node), .integer(Int64(removal.rawValue)), .integer(entry)])
        if !version.flags.contains(.isDeleteMarker) { count(version.origin, versions: -1, bytes: -version.size) }
    }

    /// Says that more is known of where a version comes from.
    mutating func raiseOrigin(of version: VersionFacts, to origin: VersionOrigin) throws(StoreError) {
        guard version.origin.rawValue < origin.rawValue else { return }
        try transaction.execute(
            "UPDATE graph_versions SET origin = $2 WHERE node = $1",
            [.integer(version.node), .integer(origin.rawValue)])
        guard !version.isRemoved, !version.flags.contains(.isDeleteMarker) else { return }
        count(version.origin, versions: -1, bytes: -version.size)
        count(origin, versions: 1, bytes: version.size)
    }

    // MARK: Edges

    /// Adds an edge, or adds to the one that is there.
    /// - Parameter isNew: whether one of its ends is, so that there is none.
    mutating func add(_ edge: LineageEdge, isNew: Bool = false) throws(StoreError) {
        let key: [SQLValue] = [
            .integer(Int64(edge.from.value)), .integer(Int64(edge.kind.rawValue)), .integer(Int64(edge.to.value)),
            .integer(Int64(edge.evidence.rawValue)),
        ]
        let known =
            isNew
            ? nil
            : try transaction.first(
                """
                SELECT bytes, requests, first, last, ranges FROM graph_edges
                WHERE source = $1 AND kind = $2 AND target = $3 AND evidence = $4
                """, key
            ) { row throws(StoreError) in
                var known = edge
                known.byteCount = row.integer(0)
                known.requestCount = row.integer(1)
                known.firstIndex = row.integer(2)
                known.lastIndex = row.integer(3)
                known.ranges = IntervalSet(encoded: row.bytes(4))
                return known
            }
        var sum = known ?? edge
        if known != nil {
            sum.byteCount += edge.byteCount
            sum.requestCount += edge.requestCount
            sum.firstIndex = min(sum.firstIndex, edge.firstIndex)
            sum.lastIndex = max(sum.lastIndex, edge.lastIndex)
            sum.ranges.formUnion(edge.ranges)
        }
        try transaction.execute(
            """
            INSERT INTO graph_edges (source, kind, target, evidence, bytes, requests, first, last, ranges)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (source, kind, target, evidence) DO UPDATE SET bytes = excluded.bytes,
                requests = excluded.requests, first = excluded.first, last = excluded.last, ranges = excluded.ranges
            """,
            key + [
                .integer(sum.byteCount), .integer(sum.requestCount), .integer(sum.firstIndex),
                .integer(sum.lastIndex), .bytes(sum.ranges.encoded),
            ])
        if known.map({ sum.firstIndex < $0.firstIndex }) ?? true {
            delta.links.append(
                NewLink(
                    from: edge.from.value, to: edge.to.value, kind: edge.kind, evidence: edge.evidence,
                    first: sum.firstIndex))
        }
    }
}

extension GraphNodeID {
    /// Numbers are dense, so a graph of more nodes than this holds is out of reach.
    init(row: Int64) { self.init(UInt32(truncatingIfNeeded: row)) }
}
