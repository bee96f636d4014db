// Why this file exists: when a snapshot or a bucket is deleted, what was kept for it alone is let go here, as the first
// step of garbage collection: in commits of bounded size, beside all other work, and again from the start after a crash.
// Each row is judged inside the commit that lets it go, so that a snapshot which still shows it keeps it.

extension ObjectStore {
    /// Rows looked at in one commit.
    private static let releaseGroup = 256

    /// Goes through the pasts that lost something that held them.
    func releasePast() async throws(StoreError) {
        let catalog = catalog
        for (id, mark) in try pendingReleases() {
            let bucket = catalog.buckets().first { $0.id == id }
            var from: (key: [UInt8], position: Int64, until: Int64) = ([], .min, .min)
            while true {
                let group = try pastVersions(of: id, after: from, limit: ObjectStore.releaseGroup)
                guard let last = group.last else { break }
                from = (last.version.key.bytes, -last.version.index, last.until)
                try await committer.commit { change throws(StoreError) in
                    for past in group { try change.release(past, in: bucket, accounts: catalog) }
                }
            }
            try await releaseAnnotations(of: id, in: bucket)
            _ = try await committer.commit { change throws(StoreError) in
                // Unless another one was deleted meanwhile.
                try change.execute(
                    "DELETE FROM past_releases WHERE bucket = $1 AND mark = $2", [.integer(id.value), .integer(mark)])
            }
        }
    }

    private func releaseAnnotations(of id: BucketID, in bucket: Bucket?) async throws(StoreError) {
        var from: (version: Int64, name: [UInt8], until: Int64) = (.min, [], .min)
        while true {
            let group = try pastAnnotations(of: id, after: from, limit: ObjectStore.releaseGroup)
            guard let last = group.last else { return }
            from = (last.version, Array(last.annotation.name.utf8), last.until)
            try await committer.commit { change throws(StoreError) in
                for past in group { try change.release(past, in: bucket) }
            }
        }
    }

    private func pastAnnotations(
        of bucket: BucketID, after last: (version: Int64, name: [UInt8], until: Int64), limit: Int
    ) throws(StoreError) -> [PastAnnotation] {
        try database.read { transaction throws(StoreError) in
            var rows: [PastAnnotation] = []
            try transaction.query(
                """
                SELECT version, name, position, record, until FROM past_annotations
                WHERE bucket = $1 AND (version, name, until) > ($2, $3, $4) ORDER BY version, name, until
                """,
                [.integer(bucket.value), .integer(last.version), .bytes(last.name), .integer(last.until)]
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
        of bucket: BucketID, after last: (key: [UInt8], position: Int64, until: Int64), limit: Int
    ) throws(StoreError) -> [PastVersion] {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            var rows: [PastVersion] = []
            try transaction.query(
                """
                SELECT bucket, key, position, flags, size, modified, record, until, state FROM past_versions
                WHERE bucket = $1 AND (key, position, until) > ($2, $3, $4) ORDER BY key, position, until
                """,
                [.integer(bucket.value), .bytes(last.key), .integer(last.position), .integer(last.until)]
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
