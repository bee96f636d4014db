// Why this file exists: when a snapshot or a bucket is deleted, what was kept for it alone is let go here, as the first
// step of garbage collection; and a past that is older than the journal is kept is let go when the journal is pruned. In
// commits of bounded size, beside all other work, and again from the start after a crash.
// Each row is judged inside the commit that lets it go, so that a snapshot which still shows it keeps it.

extension ObjectStore {
    /// Rows looked at in one commit.
    private static let releaseGroup = 256

    /// Goes through the pasts that lost something that held them.
    func releasePast() async throws(StoreError) {
        for (id, mark) in try pendingReleases() {
            let bucket = catalog.buckets().first { $0.id == id }
            try await letGo(ofPast: id, in: bucket, through: .max)
            _ = try await committer.commit { change throws(StoreError) in
                // Unless another one was deleted meanwhile.
                try change.execute(
                    "DELETE FROM past_releases WHERE bucket = $1 AND mark = $2", [.integer(id.value), .integer(mark)])
            }
        }
    }

    /// Forgets what buckets were like before a journal position, as far as anything of then is remembered that no
    /// snapshot shows: their past begins behind it. What exists is not touched. A pass that a crash cut short is taken up
    /// by the next.
    /// - Parameters:
    ///   - position: nothing that ended behind it is forgotten.
    ///   - origin: as the journal names it.
    package func forgetPast(through position: Int64, origin: ChangeOrigin) async throws(StoreError) {
        // Of buckets and snapshots that were deleted too: what is left of these is as old, and nobody reads it.
        try await releasePast()
        let catalog = catalog
        for bucket in catalog.buckets() where bucket.versionedSince != nil {
            guard let mark = try lastEnd(inPastOf: bucket.id, through: position) else { continue }
            do throws(StoreError) {
                let live = try await committer.commit { change throws(StoreError) in
                    var live = try change.bucket(bucket, accounts: catalog)
                    guard let since = live.versionedSince, since < mark else { return live }
                    live.versionedSince = mark
                    let changed = live
                    try change.execute(
                        "UPDATE buckets SET record = $2 WHERE id = $1",
                        [.integer(bucket.id.value), .bytes(changed.record(accounts: catalog))])
                    try change.journal(
                        .pastForgotten, origin,
                        [
                            ("bucket", .text(live.name)), ("bucketId", .text(Hex.encode(live.uuid))),
                            ("since", .integer(mark)),
                        ])
                    change.afterCommit { catalog.enter(changed) }
                    return changed
                }
                try await letGo(ofPast: bucket.id, in: live, through: mark)
            } catch {
                // Deleted meanwhile: its past goes with it.
                guard case .noSuchBucket = error else { throw error }
            }
        }
    }

    /// The last position up to one at which something ended that a bucket's past remembers.
    private func lastEnd(inPastOf bucket: BucketID, through position: Int64) throws(StoreError) -> Int64? {
        try database.read { transaction throws(StoreError) in
            let last = try transaction.first(
                """
                SELECT MAX(until) FROM (
                SELECT until FROM past_versions WHERE bucket = $1 AND until <= $2
                UNION ALL SELECT until FROM past_annotations WHERE bucket = $1 AND until <= $2)
                """, [.integer(bucket.value), .integer(position)]
            ) { row throws(StoreError) in row.integer(0) }
            return last.flatMap { $0 > 0 ? $0 : nil }
        }
    }

    /// Looks at what is remembered of a bucket up to a journal position, and lets go what nothing asks for any more.
    private func letGo(ofPast id: BucketID, in bucket: Bucket?, through position: Int64) async throws(StoreError) {
        let catalog = catalog
        var from: (key: [UInt8], position: Int64, until: Int64) = ([], .min, .min)
        while true {
            let group = try pastVersions(of: id, after: from, through: position, limit: ObjectStore.releaseGroup)
            guard let last = group.last else { break }
            from = (last.version.key.bytes, -last.version.index, last.until)
            try await committer.commit { change throws(StoreError) in
                for past in group { try change.release(past, in: bucket, accounts: catalog) }
            }
        }
        try await releaseAnnotations(of: id, in: bucket, through: position)
    }

    private func releaseAnnotations(
        of id: BucketID, in bucket: Bucket?, through position: Int64
    ) async throws(StoreError) {
        var from: (version: Int64, name: [UInt8], until: Int64) = (.min, [], .min)
        while true {
            let group = try pastAnnotations(of: id, after: from, through: position, limit: ObjectStore.releaseGroup)
            guard let last = group.last else { return }
            from = (last.version, Array(last.annotation.name.utf8), last.until)
            try await committer.commit { change throws(StoreError) in
                for past in group { try change.release(past, in: bucket) }
            }
        }
    }

    private func pastAnnotations(
        of bucket: BucketID, after last: (version: Int64, name: [UInt8], until: Int64), through position: Int64,
        limit: Int
    ) throws(StoreError) -> [PastAnnotation] {
        try database.read { transaction throws(StoreError) in
            var rows: [PastAnnotation] = []
            try transaction.query(
                """
                SELECT version, name, position, record, until FROM past_annotations
                WHERE bucket = $1 AND (version, name, until) > ($2, $3, $4) AND until <= $5
                ORDER BY version, name, until
                """,
                [
                    .integer(bucket.value), .integer(last.version), .bytes(last.name), .integer(last.until),
                    .integer(position),
                ]
            ) { row throws(StoreError) in
                rows.append(
                    PastAnnotation(
                        bucket: bucket, version: row.integer(0), annotation: try Annotation(row: row),
                        until: row.integer(4)))
                return rows.count < limit
            }
            return rows
        }
    }

    private func pendingReleases() throws(StoreError) -> [(BucketID, Int64)] {
        try database.read { transaction throws(StoreError) in
            var pending: [(BucketID, Int64)] = []
            try transaction.query("SELECT bucket, mark FROM past_releases ORDER BY bucket", []) {
                row throws(StoreError) in
                pending.append((BucketID(row.integer(0)), row.integer(1)))
                return true
            }
            return pending
        }
    }

    /// Remembered rows of a bucket in the order of their keys, after one of them.
    func pastVersions(
        of bucket: BucketID, after last: (key: [UInt8], position: Int64, until: Int64), through position: Int64 = .max,
        limit: Int
    ) throws(StoreError) -> [PastVersion] {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            var rows: [PastVersion] = []
            try transaction.query(
                """
                SELECT bucket, key, position, flags, size, modified, record, until, state FROM past_versions
                WHERE bucket = $1 AND (key, position, until) > ($2, $3, $4) AND until <= $5
                ORDER BY key, position, until
                """,
                [
                    .integer(bucket.value), .bytes(last.key), .integer(last.position), .integer(last.until),
                    .integer(position),
                ]
            ) { row throws(StoreError) in
                rows.append(try PastVersion(row: row, accounts: catalog))
                return rows.count < limit
            }
            return rows
        }
    }

    /// Shows every remembered row, on one snapshot of the database.
    /// - Throws: ``StoreError/corrupt(_:)`` at the first row that does not match its seal; and what `visit` throws.
    public func eachPastVersion(_ visit: (PastVersion) throws(StoreError) -> Void) throws(StoreError) {
        let catalog = catalog
        try database.read { transaction throws(StoreError) in
            try transaction.query(
                "SELECT bucket, key, position, flags, size, modified, record, until, state FROM past_versions", []
            ) { row throws(StoreError) in
                try visit(try PastVersion(row: row, accounts: catalog))
                return true
            }
        }
    }
}

extension PastVersion {
    /// Reads a row whose columns are bucket, key, position, flags, size, modified, record, until, state.
    init(row: any SQLRow, accounts: some AccountNumbers) throws(StoreError) {
        let key = try ObjectKey(row.bytes(1))
        guard let state = PastState(rawValue: row.integer(8)) else {
            throw .corrupt("the past of \(key) has a row of an unknown state")
        }
        self.init(
            version: try ObjectVersion(
                bucket: BucketID(row.integer(0)), key: key, row: row, first: 2, accounts: accounts),
            until: row.integer(7), isHeld: state == .held, isReplaced: state == .replaced)
    }
}
