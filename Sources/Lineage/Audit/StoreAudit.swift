// Why this file exists: verifies a store against its own journal and against checkpoints that were kept elsewhere. It
// shares the hashing with the log that it judges, and nothing of what the log has computed before.
public import ObjectCore

/// An audit of a store.
public struct StoreAudit {
    /// Entries read at once.
    private static let group = 4096

    private let store: ObjectStore
    /// Signed checkpoints that were kept, with a name for each (a file).
    public var checkpoints: [(name: String, text: String)] = []
    /// Keys to believe instead of those that lie in the store: an auditor brings their own.
    public var verifiers: [NoteVerifier]?
    /// Whether every stored byte is read again. It takes as long as reading the store.
    public var readsBytes = true

    public init(_ store: ObjectStore) { self.store = store }

    /// Checks signatures, the chain of entries, every checkpoint, the tree's own hashes, the live versions and identities
    /// against the journal, and the stored bytes.
    /// - Parameter progress: called with (done, total) entries, then bytes, from the calling thread.
    /// - Throws: what keeps the audit from being made; what it finds is in the report.
    public func run(progress: (@Sendable (Int64, Int64) -> Void)? = nil) throws -> AuditReport {
        var report = AuditReport()
        let folder = AuditFolder(path: store.path)
        let anchors = try anchors(folder, &report)
        var chain = EntryChain(checkpoints: anchors)
        var replay = StateReplay()
        var identities = IdentityReplay()
        var tiles = MemoryTiles()
        let total = try store.journalSize()
        while true {
            let entries = try store.journalEntries(after: chain.range.size, limit: StoreAudit.group)
            for entry in entries {
                let index = chain.range.size
                if entry.position != index + 1 {
                    report.report(
                        "journal index \(index): the entry is missing; the next is that of \(entry.position - 1)")
                    return report
                }
                if entry.leaf != MerkleHash.leaf(entry.bytes) {
                    report.report("journal index \(index): the entry does not match its leaf hash")
                }
                if let content = chain.take(entry.bytes, &report) {
                    replay.take(content, index: index, &report)
                    identities.take(content)
                    if content["at"]?.integer != entry.at.milliseconds {
                        report.report("journal index \(index): its row tells another time than the entry")
                    }
                }
                tiles.append(MerkleHash.leaf(entry.bytes))
            }
            progress?(chain.range.size, total)
            if entries.count < StoreAudit.group { break }
        }
        chain.finish(&report)
        try compareTiles(tiles, size: chain.range.size, folder, &report)
        try compareVersions(&replay, &report)
        try identities.finish(store, &report)
        try readBytes(&report, progress)
        return report
    }

    private func anchors(_ folder: AuditFolder, _ report: inout AuditReport) throws -> [Checkpoint] {
        var known = verifiers ?? []
        if verifiers == nil, let text = try AuditFolder.read(folder.verifierKeys) {
            known = try NoteVerifier.list(text)
        }
        var anchors = AuditAnchors(origin: "cairn/" + Hex.encode(store.uuid), verifiers: known)
        if let text = try AuditFolder.read(folder.checkpoint) {
            anchors.take(text, name: "the checkpoint in the store", &report)
        }
        for checkpoint in checkpoints { anchors.take(checkpoint.text, name: checkpoint.name, &report) }
        return anchors.checkpoints
    }

    /// The tree's database is derived, but proofs are made from it.
    private func compareTiles(
        _ tiles: MemoryTiles, size: Int64, _ folder: AuditFolder, _ report: inout AuditReport
    ) throws {
        guard AuditFolder.exists(folder.database) else { return }
        let database = try SQLiteDatabase(path: folder.database, schema: AuditLog.schema)
        defer { database.close() }
        var wrong: [String] = []
        try database.read { transaction throws(StoreError) in
            try transaction.query("SELECT level, position, hash FROM tree", []) { row throws(StoreError) in
                let level = row.integer(0)
                let position = row.integer(1)
                guard (1..<8).contains(level), position >= 0, position < size >> (level * 8) else {
                    wrong.append("the tree's hash \(position) of level \(level) lies beyond the journal")
                    return true
                }
                if tiles.hashes(level: Int(level), position..<position + 1) != [row.bytes(2)] {
                    let first = position << (level * 8)
                    wrong.append(
                        "the tree's hash \(position) of level \(level), over journal index \(first) and those after, is false"
                    )
                }
                return true
            }
        }
        for problem in wrong { report.report(problem) }
    }

    private func compareVersions(_ replay: inout StateReplay, _ report: inout AuditReport) throws {
        var buckets: [BucketID: String] = [:]
        for bucket in store.buckets() { buckets[bucket.id] = Hex.encode(bucket.uuid) }
        var judge = replay
        var found = report
        for snapshot in store.snapshots() { judge.meet(snapshot, bucketID: buckets[snapshot.bucket], &found) }
        do throws(StoreError) {
            try store.eachPastVersion { past throws(StoreError) in
                let entry = try store.journalEntry(at: past.version.index).flatMap { CanonicalJSON($0.bytes) }
                let ending = try store.journalEntry(at: past.until).flatMap { CanonicalJSON($0.bytes) }
                judge.meet(past, entry: entry, ending: ending, bucketID: buckets[past.version.bucket], &found)
            }
            try store.eachVersion { version throws(StoreError) in
                let entry = try store.journalEntry(at: version.index).flatMap { CanonicalJSON($0.bytes) }
                let digest = try judge.digestPosition(of: version.index).flatMap { position throws(StoreError) in
                    try store.journalEntry(at: position).flatMap { CanonicalJSON($0.bytes) }
                }
                judge.meet(version, entry: entry, digest: digest, bucketID: buckets[version.bucket], &found)
            }
        } catch {
            guard case .corrupt(let problem) = error else { throw error }
            found.report(problem)
        }
        judge.finish(&found)
        replay = judge
        report = found
    }

    private func readBytes(_ report: inout AuditReport, _ progress: (@Sendable (Int64, Int64) -> Void)?) throws {
        guard readsBytes else { return }
        let structure = try store.check()
        report.report(structure.problems, count: structure.problemCount)
        let bytes = try store.scrub(progress: progress)
        report.chunks = bytes.examined["chunks"] ?? 0
        report.report(bytes.problems, count: bytes.problemCount)
    }
}
