// Why this file exists: verifies a store against its own journal and against checkpoints that were kept elsewhere. It
// shares the hashing with the log that it judges, and nothing of what the log has computed before.
public import ObjectCore

/// An audit of a store.
public struct StoreAudit {
    private let store: ObjectStore
    /// Signed checkpoints that were kept, with a name for each (a file).
    public var checkpoints: [(name: String, text: String)] = []
    /// Keys to believe instead of those that lie in the store: an auditor brings their own.
    public var verifiers: [NoteVerifier]?
    /// Whether every stored byte is read again. It takes as long as reading the store.
    public var readsBytes = true

    public init(_ store: ObjectStore) { self.store = store }

    /// Checks signatures, the chain of entries, every checkpoint, the tree's own hashes, the live versions with their
    /// locks, identities, buckets and their settings against the journal, and the stored bytes.
    /// - Parameter progress: called with (done, total) entries, then bytes, from the calling thread.
    /// - Throws: what keeps the audit from being made; what it finds is in the report.
    public func run(progress: (@Sendable (Int64, Int64) -> Void)? = nil) throws -> AuditReport {
        var report = AuditReport()
        let folder = AuditFolder(path: store.path)
        let anchors = try anchors(folder, &report)
        var chain = EntryChain(checkpoints: anchors)
        chain.past = PastReplay(store.buckets())
        let total = try store.journalSize()
        try walk(&chain, total: total, &report, progress)
        guard chain.size == total else { return report }
        chain.finish(&report)
        try compareTiles(chain.tiles, size: chain.size, folder, &report)
        try compareVersions(chain.replay, chain.past, chain.names, &report)
        try chain.names.finish(store, &report)
        try chain.identities.finish(store, &report)
        try chain.buckets.finish(store, &report)
        try chain.locks.finish(store, &report)
        try chain.events.finish(store, &report)
        try readBytes(&report, progress)
        return report
    }

    /// Reads the journal on all processors; stops at the first entry that is missing.
    private func walk(
        _ chain: inout EntryChain, total: Int64, _ report: inout AuditReport,
        _ progress: (@Sendable (Int64, Int64) -> Void)?
    ) throws {
        let store = self.store
        let boundaries = chain.boundaries
        let units = Int((total + EntryUnit.entriesMaximum - 1) / EntryUnit.entriesMaximum)
        try OrderedWork.run(units: units) { number -> Result<EntryUnit, StoreError> in
            let first = Int64(number) * EntryUnit.entriesMaximum
            let range = first..<min(first + EntryUnit.entriesMaximum, total)
            return Result { () throws(StoreError) in try StoreAudit.unit(range, of: store, boundaries) }
        } _: { unit in
            let goesOn = chain.take(try unit.get(), &report)
            progress?(chain.size, total)
            return goesOn
        }
    }

    private static func unit(
        _ range: Range<Int64>, of store: ObjectStore, _ boundaries: [Int64]
    ) throws(StoreError) -> EntryUnit {
        let hasher = MerkleHasher()
        var unit = EntryUnit(first: range.lowerBound, boundaries: boundaries)
        var next: Int64?
        try store.eachJournalRow(range) { position, at, leaf, entry throws(StoreError) in
            guard next == nil, position == unit.end + 1 else {
                next = next ?? position
                return
            }
            unit.take(entry, leaf: leaf, at: at, hasher)
        }
        guard unit.end < range.upperBound else { return unit }
        if next == nil { next = try store.journalEntries(after: range.upperBound, limit: 1).first?.position }
        unit.report(
            "journal index \(unit.end): the entry is missing; the next is that of \((next ?? 0) - 1)", at: unit.end)
        unit.isBroken = true
        return unit
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
                if tiles.hashes(level: Int(level) - 1, position..<position + 1) != [row.bytes(2)] {
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

    private func compareVersions(
        _ replay: StateReplay, _ past: PastReplay, _ names: NameReplay, _ report: inout AuditReport
    ) throws {
        var buckets: [BucketID: String] = [:]
        for bucket in store.buckets() { buckets[bucket.id] = Hex.encode(bucket.uuid) }
        var judge = replay
        var remembered = past
        var found = report
        for snapshot in store.snapshots() { judge.meet(snapshot, bucketID: buckets[snapshot.bucket], &found) }
        do throws(StoreError) {
            try store.eachPastVersion { past throws(StoreError) in
                let entry = try store.journalEntry(at: past.version.index).flatMap { CanonicalJSON($0.bytes) }
                let ending = try store.journalEntry(at: past.until).flatMap { CanonicalJSON($0.bytes) }
                judge.meet(past, entry: entry, ending: ending, bucketID: buckets[past.version.bucket], &found)
                remembered.meet(past)
            }
            try remembered.finish(&found) { position throws(StoreError) in
                let entry = try store.journalEntry(at: position).flatMap { CanonicalJSON($0.bytes) }
                return entry?[Commitment.erasedMember] != nil || names.isErased(entry?["keyCommitment"]?.text)
            }
        } catch {
            guard case .corrupt(let problem) = error else { throw error }
            found.report(problem)
        }
        if let count = try VersionComparison(store, judge.prints, digests: judge.digests, buckets).matches() {
            found.versions += count
            judge.finishSnapshots(&found)
        } else {
            try judgeVersions(&judge, buckets, &found)
        }
        report = found
    }

    /// Looks at every version in full, to say which differ and in what.
    private func judgeVersions(
        _ judge: inout StateReplay, _ buckets: [BucketID: String], _ found: inout AuditReport
    ) throws(StoreError) {
        do throws(StoreError) {
            try store.eachVersion { version throws(StoreError) in
                let entry = try store.journalEntry(at: version.index).flatMap { CanonicalJSON($0.bytes) }
                let bucketID = buckets[version.bucket]
                var commitment: String?
                if let bucketID, entry?["keyCommitment"] != nil {
                    commitment = try store.keyCommitment(of: version.key.bytes, inBucketID: Array(bucketID.utf8))
                }
                judge.meet(version, entry: entry, bucketID: bucketID, commitment: commitment, &found)
            }
        } catch {
            guard case .corrupt(let problem) = error else { throw error }
            found.report(problem)
        }
        judge.finish(&found)
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
