// Why this file exists: what each journal entry means to the graph. One entry after the other, in the order of the
// journal, and nothing else decides: so the same journal makes the same graph.
import ObjectCore

/// Takes entries into the graph, inside one transaction.
struct GraphWriter {
    private(set) var tables: GraphTables
    /// Reads an entry of before: long lists of parts have entries of their own.
    private let entryAt: (Int64) throws(StoreError) -> CanonicalJSON?

    init(
        _ transaction: any Transaction, entryAt: @escaping (Int64) throws(StoreError) -> CanonicalJSON?
    ) throws(StoreError) {
        tables = try GraphTables(transaction)
        self.entryAt = entryAt
    }

    /// An entry being taken: what most of them are asked for.
    private struct Entry {
        let content: CanonicalJSON
        let position: Int64
        let at: Int64
        let run: RunID?

        func integer(_ name: String) -> Int64? { content[name]?.integer }
        func text(_ name: String) -> String? { content[name]?.text }
        func isSet(_ name: String) -> Bool {
            if case .boolean(true)? = content[name] { return true }
            return false
        }
        func list(_ name: String) -> [CanonicalJSON] { content[name]?.list ?? [] }
        var key: [UInt8] { text("key").map { Array($0.utf8) } ?? text("keyHex").flatMap { Hex.decode($0) } ?? [] }
    }

    /// Takes the entry at a position.
    mutating func take(_ content: CanonicalJSON, position: Int64) throws(StoreError) {
        let entry = Entry(
            content: content, position: position, at: content["at"]?.integer ?? 0,
            run: content["run"]?.text.flatMap { RunID($0) })
        var run: Int64?
        if let id = entry.run,
            let node = try tables.run(id, of: entry.text("account"), at: entry.at, position: position)
        {
            tables.touch(node, at: position)
            run = node
        }
        guard let kind = content["kind"]?.text.flatMap({ JournalKind(rawValue: $0) }) else { return }
        switch kind {
        case .objectPut: try create(entry, run: run)
        case .objectCopied: try copy(entry, run: run)
        case .objectAssembled: try assemble(entry, run: run)
        case .markerCreated: try hide(entry, run: run)
        case .versionDeleted:
            let isExpiry = entry.text("rule") != nil
            try delete(entry, run: run, isExpiry ? .expired : .deleted, isExpiry ? .expired : .deleted)
        case .versionErased: try delete(entry, run: run, .erased, .erased)
        case .retentionSet: try retain(entry, run: run)
        case .legalHoldSet: try hold(entry, run: run)
        case .objectTransitioned: try move(entry, run: run, .archived)
        case .objectRestored: try move(entry, run: run, .restored)
        case .objectDigested: try digest(entry)
        case .partPut, .partCopied: try part(entry, run: run)
        case .uploadAborted: try forgetParts(of: entry)
        case .runStarted: if let run { try started(entry, run: run) }
        case .runEnded: if let run { try ended(entry, run: run) }
        case .runUsed: if let run { try used(entry, run: run) }
        case .lineageDeclared: try declared(entry, run: run)
        case .bucketCreated:
            if let uuid = entry.text("bucketId").flatMap({ Hex.decode($0) }) {
                _ = try tables.bucket(uuid, name: entry.text("bucket") ?? "")
            }
        default: return
        }
    }

    // MARK: Versions

    /// Makes the version that an entry creates.
    private mutating func newVersion(
        _ entry: Entry, run: Int64?, flags more: VersionFlags = [], isKnown: Bool = false
    ) throws(StoreError) -> GraphNodeID {
        if let replaced = entry.integer("replaces") {
            try tables.remove(replaced, .replaced, by: entry.position)
        }
        var flags = more
        if entry.isSet("null") { flags.insert(.isNull) }
        if entry.isSet("hold") { flags.insert(.isOnLegalHold) }
        if entry.text("mode") == "compliance" { flags.insert(.isComplianceLocked) }
        let uuid = entry.text("bucketId").flatMap { Hex.decode($0) } ?? []
        let bucket = try tables.bucket(uuid, name: entry.text("bucket") ?? "")
        var origin = VersionOrigin.unknown
        if isKnown {
            origin = .known
        } else if let run {
            origin = try tables.isImplicit(run) ? .implicit : .known
        }
        let size = entry.integer("size") ?? 0
        let node = tables.newNode(.version, isCopy: flags.contains(.isCopy))
        let content = entry.text("sha256").flatMap { ContentDigest(hexadecimal: $0) }
        try tables.transaction.execute(
            """
            INSERT INTO graph_versions (node, position, bucket, key, flags, size, at, etag, content, run, origin, until,
                removal, removed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0)
            """,
            [
                .integer(node), .integer(entry.position), .integer(bucket), .bytes(entry.key),
                .integer(flags.rawValue), .integer(size), .integer(entry.at), .text(entry.text("etag") ?? ""),
                content.map { .bytes($0.bytes) } ?? .null, .integer(run ?? -1), .integer(origin.rawValue),
                .integer(entry.integer("until") ?? 0),
            ])
        if !flags.contains(.isDeleteMarker) { tables.count(origin, versions: 1, bytes: size) }
        return GraphNodeID(row: node)
    }

    /// Connects a new version with its run and with the version before it.
    private mutating func connect(_ version: GraphNodeID, _ entry: Entry, run: Int64?) throws(StoreError) {
        if let run { try once(version, GraphNodeID(row: run), .generated, .observed, entry, isNew: true) }
        if let previous = entry.integer("previous"), let before = try tables.version(previous),
            !before.flags.contains(.isDeleteMarker)
        {
            try once(version, GraphNodeID(row: before.node), .revisionOf, .inferred, entry, isNew: true)
        }
    }

    /// An edge that one entry makes.
    private mutating func once(
        _ from: GraphNodeID, _ to: GraphNodeID, _ kind: EdgeKind, _ evidence: Evidence, _ entry: Entry,
        bytes: Int64 = 0, range: Range<Int64> = 0..<0, isNew: Bool = false
    ) throws(StoreError) {
        try tables.add(
            LineageEdge(
                from: from, to: to, kind: kind, evidence: evidence, byteCount: bytes, requestCount: 1,
                ranges: IntervalSet(range), firstIndex: entry.position, lastIndex: entry.position), isNew: isNew)
    }

    private mutating func create(_ entry: Entry, run: Int64?) throws(StoreError) {
        let version = try newVersion(entry, run: run)
        try connect(version, entry, run: run)
    }

    private mutating func copy(_ entry: Entry, run: Int64?) throws(StoreError) {
        // The source may be what the copy replaces, and it is looked up before it is.
        let source = try entry.integer("source").flatMap { position throws(StoreError) in
            try tables.version(position)
        }
        let version = try newVersion(entry, run: run, flags: source == nil ? [] : .isCopy, isKnown: source != nil)
        try connect(version, entry, run: run)
        guard let source else { return }
        let node = GraphNodeID(row: source.node)
        try once(version, node, .copiedFrom, .inferred, entry, bytes: source.size, range: 0..<max(source.size, 0))
        if let run {
            try once(
                GraphNodeID(row: run), node, .copied, .observed, entry, bytes: source.size,
                range: 0..<max(source.size, 0))
        }
    }

    // MARK: Uploads in parts

    private mutating func part(_ entry: Entry, run: Int64?) throws(StoreError) {
        guard let upload = entry.integer("upload") else { return }
        var node: Int64 = -1
        // Entries of before had the offset under the name of the peer's address.
        let start = entry.integer("offset") ?? entry.integer("from") ?? 0
        let size = max(entry.integer("size") ?? 0, 0)
        if let position = entry.integer("source"), let source = try tables.version(position) {
            node = source.node
            if let run {
                let (end, overflow) = start.addingReportingOverflow(size)
                try once(
                    GraphNodeID(row: run), GraphNodeID(row: node), .copied, .observed, entry, bytes: size,
                    range: overflow ? 0..<0 : start..<end)
            }
        }
        try tables.transaction.execute(
            "INSERT INTO graph_parts (upload, position, run, source, start, size) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .integer(upload), .integer(entry.position), .integer(run ?? -1), .integer(node), .integer(start),
                .integer(size),
            ])
    }

    private func forgetParts(of entry: Entry) throws(StoreError) {
        guard let upload = entry.integer("upload") else { return }
        try tables.transaction.execute("DELETE FROM graph_parts WHERE upload = $1", [.integer(upload)])
    }

    private mutating func assemble(_ entry: Entry, run: Int64?) throws(StoreError) {
        var named: [Int64] = []
        for list in entry.list("lists").compactMap({ $0.integer }) {
            let parts = try entryAt(list)?["parts"]?.list ?? []
            named.append(contentsOf: parts.compactMap { $0.integer })
        }
        named.append(contentsOf: entry.list("parts").compactMap { $0.integer })
        var parts: [Int64: (run: Int64, source: Int64, start: Int64, size: Int64)] = [:]
        if let upload = entry.integer("upload") {
            try tables.transaction.query(
                "SELECT position, run, source, start, size FROM graph_parts WHERE upload = $1", [.integer(upload)]
            ) { row throws(StoreError) in
                parts[row.integer(0)] = (row.integer(1), row.integer(2), row.integer(3), row.integer(4))
                return true
            }
        }
        let used = named.compactMap { parts[$0] }
        let isCopy = !used.isEmpty && used.count == named.count && used.allSatisfy { $0.source >= 0 }
        let version = try newVersion(entry, run: run, flags: isCopy ? .isCopy : [], isKnown: isCopy)
        try connect(version, entry, run: run)
        // Other runs may have put the parts: what they had read flows in as well.
        for other in Set(used.filter { $0.source < 0 }.map(\.run)).subtracting([run ?? -1, -1]).sorted() {
            try once(version, GraphNodeID(row: other), .generated, .observed, entry)
        }
        for part in used where part.source >= 0 {
            let (end, overflow) = part.start.addingReportingOverflow(part.size)
            try once(
                version, GraphNodeID(row: part.source), .assembledFrom, .inferred, entry, bytes: part.size,
                range: overflow ? 0..<0 : part.start..<end)
        }
        try forgetParts(of: entry)
    }

    // MARK: Operations on versions

    /// Who did what an entry says: its run, else its key, else the store itself.
    private mutating func actor(_ entry: Entry, run: Int64?) throws(StoreError) -> GraphNodeID {
        if let run { return GraphNodeID(row: run) }
        let agent: Agent
        if let key = entry.text("accessKey") {
            agent = Agent(.accessKey, key)
        } else if let account = entry.text("account") {
            agent = Agent(.account, account)
        } else {
            agent = Agent(.store, entry.text("rule") == nil ? "embedded" : "lifecycle")
        }
        return GraphNodeID(row: try tables.agent(agent))
    }

    private mutating func hide(_ entry: Entry, run: Int64?) throws(StoreError) {
        let marker = try newVersion(entry, run: run, flags: .isDeleteMarker)
        if let position = entry.integer("version"), let hidden = try tables.version(position) {
            try once(marker, GraphNodeID(row: hidden.node), .revisionOf, .inferred, entry)
        }
        let actor = try actor(entry, run: run)
        try once(actor, marker, entry.text("rule") == nil ? .deleted : .expired, .observed, entry)
    }

    private mutating func delete(
        _ entry: Entry, run: Int64?, _ removal: LineageVersion.Removal, _ kind: EdgeKind
    ) throws(StoreError) {
        guard let position = entry.integer("version"), let version = try tables.version(position) else { return }
        try tables.remove(position, removal, by: entry.position)
        let actor = try actor(entry, run: run)
        let node = GraphNodeID(row: version.node)
        try once(actor, node, kind, .observed, entry)
        if entry.isSet("bypass") { try once(actor, node, .bypassed, .observed, entry) }
    }

    private mutating func retain(_ entry: Entry, run: Int64?) throws(StoreError) {
        guard let position = entry.integer("version"), let version = try tables.version(position) else { return }
        var flags = version.flags
        flags.remove(.isComplianceLocked)
        if entry.text("mode") == "compliance" { flags.insert(.isComplianceLocked) }
        try tables.transaction.execute(
            "UPDATE graph_versions SET flags = $2, until = $3 WHERE node = $1",
            [.integer(version.node), .integer(flags.rawValue), .integer(entry.integer("until") ?? 0)])
        let actor = try actor(entry, run: run)
        let node = GraphNodeID(row: version.node)
        if entry.text("mode") != nil { try once(actor, node, .locked, .observed, entry) }
        if entry.isSet("bypass") { try once(actor, node, .bypassed, .observed, entry) }
    }

    /// Its bytes changed their place, and nothing else.
    private mutating func move(_ entry: Entry, run: Int64?, _ kind: EdgeKind) throws(StoreError) {
        guard let position = entry.integer("version"), let version = try tables.version(position) else { return }
        try once(try actor(entry, run: run), GraphNodeID(row: version.node), kind, .observed, entry)
    }

    /// What its bytes are is known now; they are the same as before.
    private func digest(_ entry: Entry) throws(StoreError) {
        guard let position = entry.integer("version"),
            let content = entry.text("sha256").flatMap({ ContentDigest(hexadecimal: $0) })
        else { return }
        try tables.transaction.execute(
            "UPDATE graph_versions SET content = $2, flags = flags | $3 WHERE position = $1 AND content IS NULL",
            [.integer(position), .bytes(content.bytes), .integer(VersionFlags.isDigestLate.rawValue)])
    }

    private mutating func hold(_ entry: Entry, run: Int64?) throws(StoreError) {
        guard let position = entry.integer("version"), let version = try tables.version(position) else { return }
        let isOn = entry.isSet("on")
        var flags = version.flags
        if isOn { flags.insert(.isOnLegalHold) } else { flags.remove(.isOnLegalHold) }
        try tables.transaction.execute(
            "UPDATE graph_versions SET flags = $2 WHERE node = $1",
            [.integer(version.node), .integer(flags.rawValue)])
        let actor = try actor(entry, run: run)
        if isOn { try once(actor, GraphNodeID(row: version.node), .held, .observed, entry) }
    }
}

// MARK: Runs and declarations

extension GraphWriter {
    private mutating func started(_ entry: Entry, run: Int64) throws(StoreError) {
        var job: Int64 = -1
        if let name = entry.content["job"]?["name"]?.text {
            let namespace = entry.content["job"]?["namespace"]?.text ?? Job.defaultNamespace
            job = try tables.named(.job, GraphCoding.name(Job(namespace: namespace, name: name)))
        }
        let parent = entry.text("parent").flatMap { RunID($0) }
        var flags: RunFlags = [.isKnown, .isOwned]
        if entry.isSet("implicit") { flags.insert(.isImplicit) }
        // Taken up again: what it was begun with stands, and an end that nobody said is no end.
        let isKnown = try tables.transaction.first(
            "SELECT flags FROM graph_runs WHERE node = $1", [.integer(run)]
        ) { row throws(StoreError) in RunFlags(rawValue: row.integer(0)).contains(.isKnown) }
        if isKnown == true {
            try tables.transaction.execute(
                "UPDATE graph_runs SET status = 0, ended = 0 WHERE node = $1 AND status = $2",
                [.integer(run), .integer(Int64(Run.Status.idle.rawValue))])
            return
        }
        try tables.transaction.execute(
            """
            UPDATE graph_runs SET job = $2, flags = $3, parent = $4, access_key = $5, session = $6,
                source_identity = $7, user_agent = $8, tags = $9 WHERE node = $1
            """,
            [
                .integer(run), .integer(job), .integer(flags.rawValue), parent.map { .bytes($0.bytes) } ?? .null,
                .text(entry.text("accessKey") ?? ""),
                .text(entry.text("session") ?? ""), .text(entry.text("sourceIdentity") ?? ""),
                .text(entry.text("userAgent") ?? ""), .bytes(entry.content["tags"]?.encoded() ?? []),
            ])
        tables.forgetFlags(of: run)
        let node = GraphNodeID(row: run)
        if job >= 0 { try once(node, GraphNodeID(row: job), .executionOf, .declared, entry) }
        if let parent {
            let other = try tables.run(parent, at: entry.at, position: entry.position)
            try once(node, GraphNodeID(row: other), .childOf, .declared, entry)
        }
        try associate(node, entry)
    }

    /// Run → its session or key → the account; and whoever the session says it acts for.
    private mutating func associate(_ run: GraphNodeID, _ entry: Entry) throws(StoreError) {
        var agents: [Agent] = []
        if let session = entry.text("session") { agents.append(Agent(.session, session)) }
        if let key = entry.text("accessKey") { agents.append(Agent(.accessKey, key)) }
        if let account = entry.text("account") { agents.append(Agent(.account, account)) }
        var last: GraphNodeID?
        for agent in agents {
            let node = GraphNodeID(row: try tables.agent(agent))
            if let last {
                try once(last, node, .onBehalfOf, .observed, entry)
            } else {
                try once(run, node, .associatedWith, .observed, entry)
            }
            last = node
        }
        if let identity = entry.text("sourceIdentity") {
            let node = GraphNodeID(row: try tables.agent(Agent(.sourceIdentity, identity)))
            try once(run, node, .associatedWith, .declared, entry)
        }
    }

    private mutating func ended(_ entry: Entry, run: Int64) throws(StoreError) {
        guard let status = entry.text("status").flatMap({ Run.Status(name: $0) }) else { return }
        // Who said how it ended is believed before the clock.
        try tables.transaction.execute(
            """
            UPDATE graph_runs SET status = $2, code = $3, ended = $4
            WHERE node = $1 AND (status = $5 OR status = $6 AND $2 <> $6)
            """,
            [
                .integer(run), .integer(Int64(status.rawValue)), entry.integer("exit").map { .integer($0) } ?? .null,
                .integer(entry.at), .integer(Int64(Run.Status.running.rawValue)),
                .integer(Int64(Run.Status.idle.rawValue)),
            ])
        try tables.collect(run)
    }

    private mutating func used(_ entry: Entry, run: Int64) throws(StoreError) {
        let from = GraphNodeID(row: run)
        for (list, kind) in [("used", EdgeKind.used), ("examined", .examined)] {
            for item in entry.list(list) {
                guard let position = item["version"]?.integer, let version = try tables.version(position) else {
                    continue
                }
                var edge = GraphWriter.edge(item, from, GraphNodeID(row: version.node), kind)
                edge.byteCount = item["bytes"]?.integer ?? 0
                let bounds = item["ranges"]?.list?.compactMap { $0.integer } ?? []
                for index in stride(from: 0, to: bounds.count - 1, by: 2) where bounds[index] < bounds[index + 1] {
                    edge.ranges.insert(bounds[index]..<bounds[index + 1])
                }
                if item["approximate"] != nil { edge.ranges.markApproximate() }
                try tables.add(edge)
            }
        }
        for item in entry.list("listed") {
            let prefix =
                item["prefix"]?.text.map { Array($0.utf8) } ?? item["prefixHex"]?.text.flatMap { Hex.decode($0) }
            guard let prefix, let uuid = item["bucketId"]?.text.flatMap({ Hex.decode($0) }), uuid.count == 16 else {
                continue
            }
            let name = GraphCoding.name(
                ListedPrefix(bucketUUID: BucketUUID(uuid), bucket: item["bucket"]?.text ?? "", prefix: prefix))
            try tables.add(
                GraphWriter.edge(item, from, GraphNodeID(row: try tables.named(.prefix, name)), .listed))
        }
        try tables.collectAgain(run)
    }

    private static func edge(
        _ item: CanonicalJSON, _ from: GraphNodeID, _ to: GraphNodeID, _ kind: EdgeKind
    ) -> LineageEdge {
        LineageEdge(
            from: from, to: to, kind: kind, evidence: .observed, requestCount: item["requests"]?.integer ?? 0,
            firstIndex: item["first"]?.integer ?? 0, lastIndex: item["last"]?.integer ?? 0)
    }

    private mutating func declared(_ entry: Entry, run: Int64?) throws(StoreError) {
        for pair in entry.list("derived") {
            guard let ends = pair.list?.compactMap({ $0.integer }), ends.count == 2,
                let output = try tables.version(ends[0]), let input = try tables.version(ends[1])
            else { continue }
            try once(
                GraphNodeID(row: output.node), GraphNodeID(row: input.node), .derivedFrom, .declared, entry)
            try tables.raiseOrigin(of: output, to: .known)
        }
        guard let run else { return }
        let node = GraphNodeID(row: run)
        // What is declared speaks of the past: a use of before anything, an output of the moment when it came to be.
        for position in entry.list("used").compactMap({ $0.integer }) {
            guard let version = try tables.version(position) else { continue }
            try tables.add(
                LineageEdge(
                    from: node, to: GraphNodeID(row: version.node), kind: .used, evidence: .declared, requestCount: 1,
                    firstIndex: 0, lastIndex: entry.position))
        }
        for position in entry.list("generated").compactMap({ $0.integer }) {
            guard let version = try tables.version(position) else { continue }
            try tables.add(
                LineageEdge(
                    from: GraphNodeID(row: version.node), to: node, kind: .generated, evidence: .declared,
                    requestCount: 1, firstIndex: position, lastIndex: entry.position))
        }
    }
}

extension CanonicalJSON {
    /// The values, when it is an array.
    var list: [CanonicalJSON]? {
        if case .array(let values) = self { return values }
        return nil
    }
}
