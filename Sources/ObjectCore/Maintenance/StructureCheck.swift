// Why this file exists: the walk of `check` over one snapshot: rows to references to chunks to records, both ways, so
// that neither a dangling reference nor a forgotten one goes unseen.

final class StructureCheck {
    let transaction: any Transaction
    private(set) var report = CheckReport()
    let progress: (@Sendable (Int64, Int64) -> Void)?
    private var done: Int64 = 0
    private var total: Int64 = 0

    init(transaction: any Transaction, progress: (@Sendable (Int64, Int64) -> Void)?) {
        self.transaction = transaction
        self.progress = progress
    }

    func run(store: ObjectStore, accounts: some AccountNumbers) throws(StoreError) {
        for table: StaticString in [
            "SELECT COUNT(*) FROM versions", "SELECT COUNT(*) FROM parts", "SELECT COUNT(*) FROM chunks",
            "SELECT COUNT(*) FROM chunk_references",
        ] {
            total += try transaction.first(table, []) { row throws(StoreError) in row.integer(0) } ?? 0
        }
        try checkVersions(accounts)
        try checkAnnotations()
        try checkPast(accounts)
        try checkUploads(accounts)
        try checkChunks(store)
        try checkReferences()
        try checkJournal()
    }

    private func examined(_ kind: String) {
        report.examined[kind, default: 0] += 1
        done += 1
        if done & 1023 == 0 { progress?(done, total) }
    }

    /// Runs `work`; corruption becomes a line of the report.
    private func reporting(_ work: () throws(StoreError) -> Void) throws(StoreError) {
        do throws(StoreError) { try work() } catch {
            guard case .corrupt(let problem) = error else { throw error }
            report.report(problem)
        }
    }

    private func checkVersions(_ accounts: some AccountNumbers) throws(StoreError) {
        var owners: [(String, Int64, Int64, Manifest)] = []
        try transaction.query(
            "SELECT bucket, key, position, flags, size, modified, record FROM versions", []
        ) { row throws(StoreError) in
            examined("versions")
            try reporting { () throws(StoreError) in
                let version = try ObjectVersion(
                    bucket: BucketID(row.integer(0)), key: try ObjectKey(row.bytes(1)), row: row, first: 2,
                    accounts: accounts)
                owners.append(("object \(version.key)", version.index, version.storedLength, version.manifest))
            }
            if owners.count == 1000 {
                for owner in owners { try checkOwner(owner.0, owner.1, owner.2, owner.3) }
                owners = []
            }
            return true
        }
        for owner in owners { try checkOwner(owner.0, owner.1, owner.2, owner.3) }
        try transaction.query(
            "SELECT v.key FROM versions v LEFT JOIN buckets b ON b.id = v.bucket WHERE b.id IS NULL", []
        ) { row throws(StoreError) in
            report.report("object \(String(decoding: row.bytes(0), as: UTF8.self)): its bucket does not exist")
            return true
        }
    }

    private func checkAnnotations() throws(StoreError) {
        var owners: [(String, Int64, Int64, Manifest)] = []
        for rows in [AnnotationRows.columns, AnnotationRows.pastColumns] {
            try transaction.query(rows, []) { row throws(StoreError) in
                examined("annotations")
                try reporting { () throws(StoreError) in
                    let annotation = try Annotation(row: row)
                    owners.append(
                        ("annotation \(annotation.name)", annotation.position, annotation.size, annotation.manifest))
                }
                return true
            }
        }
        for owner in owners { try checkOwner(owner.0, owner.1, owner.2, owner.3) }
    }

    /// What is held has its size and its chunks as a version has; what was replaced goes on somewhere.
    private func checkPast(_ accounts: some AccountNumbers) throws(StoreError) {
        var held: [(String, Int64, Int64, Manifest)] = []
        var replaced: [ObjectVersion] = []
        try transaction.query(
            "SELECT bucket, key, position, flags, size, modified, record, until, state FROM past_versions", []
        ) { row throws(StoreError) in
            examined("past versions")
            try reporting { () throws(StoreError) in
                let past = try PastVersion(row: row, accounts: accounts)
                let name = "the past of \(past.version.key)"
                if past.until <= past.version.index { report.report("\(name): it ends before it begins") }
                if past.isHeld {
                    held.append((name, past.version.index, past.version.storedLength, past.version.manifest))
                }
                if past.isReplaced { replaced.append(past.version) }
            }
            if held.count + replaced.count >= 1000 {
                try checkPast(held, replaced, accounts)
                (held, replaced) = ([], [])
            }
            return true
        }
        try checkPast(held, replaced, accounts)
        try transaction.query(
            "SELECT s.name FROM snapshots s LEFT JOIN buckets b ON b.id = s.bucket WHERE b.id IS NULL", []
        ) { row throws(StoreError) in
            report.report("snapshot \(row.text(0)): its bucket does not exist")
            return true
        }
    }

    private func checkPast(
        _ held: [(String, Int64, Int64, Manifest)], _ replaced: [ObjectVersion], _ accounts: some AccountNumbers
    ) throws(StoreError) {
        for owner in held { try checkOwner(owner.0, owner.1, owner.2, owner.3) }
        for old in replaced {
            try reporting { () throws(StoreError) in
                guard try !transaction.carried(old, accounts: accounts).hasBytes else { return }
                // What held it was deleted, and the next collection lets it go.
                let waits = try transaction.first(
                    "SELECT 1 FROM past_releases WHERE bucket = $1", [.integer(old.bucket.value)]
                ) { row throws(StoreError) in true }
                guard waits == nil else { return }
                report.report("the past of \(old.key): the version with an earlier record is neither there nor held")
            }
        }
    }

    private func checkUploads(_ accounts: some AccountNumbers) throws(StoreError) {
        try transaction.query("SELECT bucket, key, id, record FROM uploads", []) { row throws(StoreError) in
            examined("uploads")
            try reporting { () throws(StoreError) in
                _ = try MultipartUpload(
                    bucket: BucketID(row.integer(0)), key: try ObjectKey(row.bytes(1)), id: UploadID(row.integer(2)),
                    row: row, column: 3, accounts: accounts)
            }
            return true
        }
        var owners: [(String, Int64, Int64, Manifest)] = []
        try transaction.query("SELECT number, position, size, modified, record, upload FROM parts", []) {
            row throws(StoreError) in
            examined("parts")
            try reporting { () throws(StoreError) in
                let (part, position) = try UploadedPart.read(row, upload: UploadID(row.integer(5)))
                owners.append(("part \(part.number)", position, part.size, part.manifest))
            }
            return true
        }
        for owner in owners { try checkOwner(owner.0, owner.1, owner.2, owner.3) }
        try transaction.query(
            "SELECT p.upload FROM parts p LEFT JOIN uploads u ON u.id = p.upload WHERE u.id IS NULL", []
        ) { row throws(StoreError) in
            report.report("a part belongs to upload \(row.integer(0)), which does not exist")
            return true
        }
    }

    /// The owner's list has the owner's size, and each of its chunks exists and knows the owner.
    private func checkOwner(
        _ name: String, _ owner: Int64, _ size: Int64, _ manifest: Manifest
    ) throws(StoreError) {
        if manifest.length != size {
            report.report("\(name): its chunks have \(manifest.length) bytes, its row says \(size)")
        }
        for entry in manifest.entries { try checkEntry(name, owner, entry) }
    }

    private func checkEntry(
        _ name: String, _ owner: Int64, _ entry: Manifest.Entry
    ) throws(StoreError) {
        let chunk = try transaction.first(
            "SELECT digest, length FROM chunks WHERE id = $1", [.integer(entry.id.value)]
        ) { row throws(StoreError) in (digest: row.bytes(0), length: Int(row.integer(1))) }
        guard let chunk else {
            report.report("\(name): chunk \(entry.id.value) does not exist")
            return
        }
        if chunk.digest != entry.digest || chunk.length != entry.chunkLength {
            report.report("\(name): chunk \(entry.id.value) is not the one that was stored")
        }
        let isKnown = try transaction.first(
            "SELECT 1 FROM chunk_references WHERE chunk = $1 AND owner = $2",
            [.integer(entry.id.value), .integer(owner)]
        ) { row throws(StoreError) in true }
        if isKnown == nil { report.report("\(name): chunk \(entry.id.value) does not know that it is used") }
    }

    private func checkChunks(_ store: ObjectStore) throws(StoreError) {
        var lists: [(ChunkID, ChunkLocation, Int)] = []
        var places: [Int64: [Int64: (ChunkID, [UInt8], Int)]] = [:]
        try transaction.query("SELECT id, kind, digest, length, segment, place FROM chunks", []) {
            row throws(StoreError) in
            examined("chunks")
            let chunk = ObjectStore.ChunkRow(row)
            guard let kind = chunk.kind else {
                report.report("chunk \(chunk.id.value) is of an unknown kind")
                return true
            }
            places[chunk.location.segment, default: [:]][chunk.location.offset] = (chunk.id, chunk.digest, chunk.length)
            if kind == .manifest { lists.append((chunk.id, chunk.location, chunk.length)) }
            return true
        }
        let erased = try transaction.erasedContents()
        if !erased.isEmpty {
            // What has no live chunk at all may have copies of erased ones.
            for segment in try store.chunkStore.segments() where places[segment.number] == nil {
                places[segment.number] = [:]
            }
        }
        for (segment, expected) in places.sorted(by: { $0.key < $1.key }) {
            try checkSegment(segment, expected, erased, store)
        }
        for (id, location, length) in lists {
            try reporting { () throws(StoreError) in
                let record = try store.chunkStore.read(at: location, length: length)
                for entry in try Manifest(encoded: record.bytes).entries {
                    try checkEntry("list \(id.value)", -id.value, entry)
                }
            }
        }
    }

    private func checkSegment(
        _ segment: Int64, _ expected: [Int64: (ChunkID, [UInt8], Int)], _ erased: Set<[UInt8]>, _ store: ObjectStore
    ) throws(StoreError) {
        var missing = expected
        var wrong: [String] = []
        var copies: [String] = []
        try reporting { () throws(StoreError) in
            _ = try store.chunkStore.enumerate(segment: segment) { chunk throws(StoreError) in
                guard let row = missing.removeValue(forKey: chunk.location.offset) else {
                    guard erased.contains(chunk.digest) else { return }
                    copies.append(
                        "segment \(segment) holds a copy of erased chunk \(chunk.id.value) at \(chunk.location.offset);"
                            + " garbage collection removes it")
                    return
                }
                if row.0 != chunk.id || row.1 != chunk.digest || row.2 != chunk.length {
                    wrong.append("chunk \(row.0.value): segment \(segment) holds another record in its place")
                }
            }
        }
        for problem in wrong { report.report(problem) }
        for copy in copies { report.note(copy) }
        for row in missing.values.sorted(by: { $0.0 < $1.0 }) {
            report.report("chunk \(row.0.value): segment \(segment) has no record in its place")
        }
    }

    /// References whose owner or chunk is gone.
    private func checkReferences() throws(StoreError) {
        var owners: Set<Int64> = []
        try transaction.query("SELECT position FROM versions", []) { row throws(StoreError) in
            owners.insert(-row.integer(0))
            return true
        }
        try transaction.query("SELECT position FROM past_versions WHERE state = 1", []) { row throws(StoreError) in
            owners.insert(-row.integer(0))
            return true
        }
        try transaction.query(
            """
            SELECT version, position FROM annotations UNION ALL SELECT version, position FROM past_annotations
            """, []
        ) { row throws(StoreError) in
            if !owners.contains(row.integer(0)) {
                report.report("an annotation belongs to version \(row.integer(0)), which does not exist")
            }
            owners.insert(row.integer(1))
            return true
        }
        try transaction.query("SELECT position FROM parts", []) { row throws(StoreError) in
            owners.insert(row.integer(0))
            return true
        }
        try transaction.query(
            """
            SELECT r.chunk, r.owner, c.id IS NULL, r.owner < 0 AND m.id IS NULL FROM chunk_references r
            LEFT JOIN chunks c ON c.id = r.chunk LEFT JOIN chunks m ON m.id = -r.owner
            """, []
        ) { row throws(StoreError) in
            examined("references")
            let owner = row.integer(1)
            if row.integer(2) != 0 { report.report("a reference names chunk \(row.integer(0)), which does not exist") }
            if row.integer(3) != 0 || owner > 0 && !owners.contains(owner) {
                report.report("chunk \(row.integer(0)) is referred to by \(owner), which does not exist")
            }
            return true
        }
    }

    private func checkJournal() throws(StoreError) {
        let bounds = try transaction.first(
            "SELECT COUNT(*), COALESCE(MIN(position), 1), COALESCE(MAX(position), 0) FROM journal", []
        ) { row throws(StoreError) in (row.integer(0), row.integer(1), row.integer(2)) }
        guard let (count, first, last) = bounds else { return }
        report.examined["journal"] = count
        if first != 1 || last != count { report.report("journal: \(count) entries, positions \(first) to \(last)") }
    }
}
