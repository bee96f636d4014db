// Why this file exists: `check` and `scrub`: proof that every row, reference, place and byte is what it should be.
// Both read a snapshot and can run beside writers.

extension ObjectStore {
    /// Checks the structure: the database's pages, every row's seal, every reference and every chunk's record header.
    /// - Parameter progress: called with (done, total) rows, from the calling thread.
    public func check(progress: (@Sendable (Int64, Int64) -> Void)? = nil) throws(StoreError) -> CheckReport {
        var report = CheckReport()
        for problem in try database.integrityProblems() { report.report("database: \(problem)") }
        guard report.isClean else { return report }
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            let check = StructureCheck(transaction: transaction, progress: progress)
            try check.run(store: self, accounts: catalog)
            var report = check.report
            if try ObjectStore.erasedNamesMark(transaction) != nil {
                report.note("text of names that were erased may be in the database's files until garbage is collected")
            }
            return report
        }
    }

    /// Reads every stored chunk and compares its digest; also the journal's leaf hashes.
    /// - Parameter progress: called with (done, total) bytes, from the calling thread.
    public func scrub(progress: (@Sendable (Int64, Int64) -> Void)? = nil) throws(StoreError) -> CheckReport {
        var report = CheckReport()
        let total = try statistics().chunkBytes
        var done: Int64 = 0
        var last: Int64 = 0
        while true {
            // Small groups: a scrub takes hours on a large store, and a snapshot held so long would keep the log from shrinking.
            let group = try chunkRows(after: last, limit: 256)
            guard let end = group.last else { break }
            last = end.id.value
            for row in group {
                if let problem = try verify(row) {
                    report.report("chunk \(row.id.value)\(try holders(of: row.id)): \(problem)")
                }
                done += Int64(row.length)
                progress?(done, total)
            }
            report.examined["chunks", default: 0] += Int64(group.count)
        }
        report.examined["bytes"] = done
        try scrubJournal(&report)
        return report
    }

    struct ChunkRow: Sendable {
        var id: ChunkID
        var kind: ChunkKind?
        var digest: [UInt8]
        var length: Int
        var location: ChunkLocation

        init(_ row: any SQLRow) {
            id = ChunkID(row.integer(0))
            kind = ChunkKind(rawValue: UInt8(truncatingIfNeeded: row.integer(1)))
            digest = row.bytes(2)
            length = Int(row.integer(3))
            location = ChunkLocation(segment: row.integer(4), offset: row.integer(5))
        }
    }

    private func chunkRows(after last: Int64, limit: Int) throws(StoreError) -> [ChunkRow] {
        try database.read { transaction throws(StoreError) in
            var rows: [ChunkRow] = []
            try transaction.query(
                "SELECT id, kind, digest, length, segment, place FROM chunks WHERE id > $1 ORDER BY id",
                [.integer(last)]
            ) { row throws(StoreError) in
                rows.append(ChunkRow(row))
                return rows.count < limit
            }
            return rows
        }
    }

    /// Reads a chunk; answers what is wrong with it. A chunk that compaction moved or collection removed meanwhile is
    /// looked up again.
    private func verify(_ row: ChunkRow) throws(StoreError) -> String? {
        do throws(StoreError) {
            let record = try chunkStore.read(at: row.location, length: row.length)
            guard record.id == row.id, record.digest == row.digest, record.kind == row.kind else {
                return "another chunk lies in its place"
            }
            return nil
        } catch {
            guard case .corrupt(let reason) = error else { throw error }
            guard let place = try location(of: row.id) else { return nil }
            if place == row.location { return reason }
            var moved = row
            moved.location = place
            return try verify(moved)
        }
    }

    /// Objects that are named for one damaged chunk; more are counted.
    private static let holdersMaximum = 8

    /// ` of s3://bucket/key, …`: what is damaged with a chunk, as its journal entries name it; empty when nothing has it.
    private func holders(of id: ChunkID) throws(StoreError) -> String {
        let positions = try database.read { transaction throws(StoreError) in
            var found: Set<Int64> = []
            var seen: Set<Int64> = [id.value]
            var waiting = [id.value]
            while let chunk = waiting.popLast() {
                try transaction.query("SELECT owner FROM chunk_references WHERE chunk = $1", [.integer(chunk)]) {
                    row throws(StoreError) in
                    let owner = row.integer(0)
                    // A negative one is a list of chunks, which has holders of its own.
                    if owner > 0 {
                        found.insert(owner)
                    } else if seen.insert(-owner).inserted {
                        waiting.append(-owner)
                    }
                    return true
                }
            }
            return found.sorted()
        }
        guard !positions.isEmpty else { return "" }
        var names: [String] = []
        for position in positions.prefix(ObjectStore.holdersMaximum) {
            let entry = try journalEntry(at: position).flatMap { CanonicalJSON($0.bytes) }
            guard let entry, let bucket = entry["bucket"]?.text, let key = try key(of: entry) else { continue }
            let text = String(validating: key, as: UTF8.self) ?? "(hexadecimal) \(Hex.encode(key))"
            names.append("s3://\(bucket)/\(text)")
        }
        let more = positions.count - names.count
        return " of " + names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private func scrubJournal(_ report: inout CheckReport) throws(StoreError) {
        var last: Int64 = 0
        while true {
            let group = try journalEntries(after: last, limit: 1000)
            guard let end = group.last else { return }
            for entry in group {
                if entry.position != last + 1 { report.report("journal: entry \(last + 1) is missing") }
                // Of a pruned entry the hash is all there is.
                if !entry.bytes.isEmpty, JournalEntry.leafHash(entry.bytes) != entry.leaf {
                    report.report("journal: entry \(entry.position) does not match its hash")
                }
                last = entry.position
            }
            report.examined["journal", default: 0] += Int64(group.count)
            last = end.position
        }
    }
}
