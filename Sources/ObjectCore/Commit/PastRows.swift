// Why this file exists: what leaves `versions` is remembered here: in a bucket that keeps or kept versions all of it, so
// that every state since then can be told; in any bucket what a snapshot shows, with its bytes.
// Invariants: a version that a snapshot shows has its row and its references, in `versions` or held in
// `past_versions`; whether it is shown is judged in the commit that destroys it, before it is destroyed.

/// Queries about states that were. `until` of a row that still is lies after everything.
enum PastQuery {
    /// The newest version of a key at a journal index: position, flags, size, modified, record, until, state.
    /// Parameters: bucket, key, the negated index, the index.
    static let newest: StaticString = """
        SELECT position, flags, size, modified, record, 9223372036854775807 AS until, 2 AS state FROM versions
        WHERE bucket = $1 AND key = $2 AND position >= $3
        UNION ALL
        SELECT position, flags, size, modified, record, until, state FROM past_versions
        WHERE bucket = $1 AND key = $2 AND position >= $3 AND until > $4
        ORDER BY position, until LIMIT 1
        """

    /// The null version of a key at a journal index; columns and parameters as of ``newest``.
    static let null: StaticString = """
        SELECT position, flags, size, modified, record, 9223372036854775807 AS until, 2 AS state FROM versions
        WHERE bucket = $1 AND key = $2 AND position >= $3 AND flags & 1 = 1
        UNION ALL
        SELECT position, flags, size, modified, record, until, state FROM past_versions
        WHERE bucket = $1 AND key = $2 AND position >= $3 AND until > $4 AND flags & 1 = 1
        ORDER BY position, until LIMIT 1
        """

    /// One version of a key at a journal index. Parameters: bucket, key, the version's position, the index.
    static let version: StaticString = """
        SELECT position, flags, size, modified, record, 9223372036854775807 AS until, 2 AS state FROM versions
        WHERE bucket = $1 AND key = $2 AND position = $3 AND flags & 1 = 0
        UNION ALL
        SELECT position, flags, size, modified, record, until, state FROM past_versions
        WHERE bucket = $1 AND key = $2 AND position = $3 AND until > $4 AND flags & 1 = 0
        ORDER BY until LIMIT 1
        """

    /// The row that has the bytes of a version, if there is one. Parameters: bucket, key, position.
    static let carrier: StaticString = """
        SELECT position, flags, size, modified, record FROM versions
        WHERE bucket = $1 AND key = $2 AND position = $3
        UNION ALL
        SELECT position, flags, size, modified, record FROM past_versions
        WHERE bucket = $1 AND key = $2 AND position = $3 AND state = 1
        """

    /// Rows from (key, position) on to a key, as they were at a journal index. Rows that are newer are among them.
    /// Parameters: bucket, key, position, end, the index.
    static let scan: StaticString = """
        SELECT key, position, flags, size, modified, record, 9223372036854775807 AS until FROM versions
        WHERE bucket = $1 AND (key, position) >= ($2, $3) AND key < $4
        UNION ALL
        SELECT key, position, flags, size, modified, record, until FROM past_versions
        WHERE bucket = $1 AND (key, position) >= ($2, $3) AND key < $4 AND until > $5
        ORDER BY key, position, until
        """
}

extension Change {
    // MARK: Remembering

    /// Remembers a version that is about to be destroyed.
    /// - Returns: whether its bytes must stay.
    mutating func rememberDestroyed(
        _ version: ObjectVersion, in bucket: Bucket, until: Int64, accounts: some AccountNumbers
    ) throws(StoreError) -> Bool {
        if try isShown(version.index, of: version.key, in: bucket.id, before: .max) {
            try keepRow(of: version, until: until, state: .held)
            return true
        }
        guard bucket.versionedSince != nil else { return false }
        try forgetReplaced(version.index, of: version.key, in: bucket.id)
        try insertRemains(of: version, until: until, accounts: accounts)
        return false
    }

    /// Remembers a row that is about to be replaced by another one of the same version.
    mutating func rememberReplaced(
        _ version: ObjectVersion, until: Int64, accounts: some AccountNumbers
    ) throws(StoreError) {
        let record = try first("SELECT name, record FROM buckets WHERE id = $1", [.integer(version.bucket.value)]) {
            row throws(StoreError) in
            let name = row.text(0)
            return try row.withBytes(1) { bytes throws(StoreError) in
                try Bucket(id: version.bucket, name: name, record: bytes, account: accounts.account)
            }
        }
        if record?.versionedSince == nil {
            // Only snapshots ask, and of several changes after the newest of them they see what was before the first.
            guard let snapshot = try newestSnapshot(of: version.bucket, notBefore: version.index, notAfter: .max) else {
                return
            }
            let isKnown = try first(
                "SELECT 1 FROM past_versions WHERE bucket = $1 AND key = $2 AND position = $3 AND until > $4",
                [
                    .integer(version.bucket.value), .bytes(version.key.bytes), .integer(-version.index),
                    .integer(snapshot),
                ]
            ) { row throws(StoreError) in true }
            guard isKnown == nil else { return }
        }
        try keepRow(of: version, until: until, state: .replaced)
    }

    /// Copies the row of `versions` as it is.
    private mutating func keepRow(of version: ObjectVersion, until: Int64, state: PastState) throws(StoreError) {
        try execute(
            """
            INSERT INTO past_versions (bucket, key, position, until, state, flags, size, modified, record)
            SELECT bucket, key, position, $4, $5, flags, size, modified, record FROM versions
            WHERE bucket = $1 AND key = $2 AND position = $3
            ON CONFLICT (bucket, key, position, until) DO NOTHING
            """,
            [
                .integer(version.bucket.value), .bytes(version.key.bytes), .integer(-version.index), .integer(until),
                .integer(state.rawValue),
            ])
    }

    private mutating func insertRemains(
        of version: ObjectVersion, until: Int64, accounts: some AccountNumbers
    ) throws(StoreError) {
        let row = version.remains.row(accounts: accounts)
        try execute(
            """
            INSERT INTO past_versions (bucket, key, position, until, state, flags, size, modified, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .integer(version.bucket.value), .bytes(version.key.bytes), .integer(row.position), .integer(until),
                .integer(PastState.destroyed.rawValue), .integer(row.flags), .integer(row.size),
                .integer(row.modified), .bytes(row.record),
            ])
    }

    mutating func forgetReplaced(
        _ index: Int64, of key: ObjectKey, in bucket: BucketID
    ) throws(StoreError) {
        try execute(
            "DELETE FROM past_versions WHERE bucket = $1 AND key = $2 AND position = $3 AND state = 2",
            [.integer(bucket.value), .bytes(key.bytes), .integer(-index)])
    }

    // MARK: What snapshots show

    /// The newest snapshot of a bucket with a journal index from `first` to `last`.
    func newestSnapshot(
        of bucket: BucketID, notBefore first: Int64, notAfter last: Int64
    ) throws(StoreError) -> Int64? {
        try self.first(
            """
            SELECT position FROM snapshots WHERE bucket = $1 AND position >= $2 AND position <= $3
            ORDER BY position DESC LIMIT 1
            """, [.integer(bucket.value), .integer(first), .integer(last)]
        ) { row throws(StoreError) in row.integer(0) }
    }

    /// Whether a version was the newest of its key at one of the bucket's snapshots.
    /// - Parameter end: the journal position that ended it; the end of time for a version that is there.
    func isShown(
        _ index: Int64, of key: ObjectKey, in bucket: BucketID, before end: Int64
    ) throws(StoreError) -> Bool {
        var limit = end == .max ? end : end - 1
        while let snapshot = try newestSnapshot(of: bucket, notBefore: index, notAfter: limit) {
            let newest = try first(
                PastQuery.newest,
                [.integer(bucket.value), .bytes(key.bytes), .integer(-snapshot), .integer(snapshot)]
            ) { row throws(StoreError) in -row.integer(0) }
            guard let newest, newest >= index else { return false }
            if newest == index { return true }
            // The newer one was there from its own index up to this snapshot, and hides this one for all in between.
            limit = newest - 1
        }
        return false
    }

    // MARK: Letting go

    /// Lets garbage collection look through the past of a bucket: a snapshot or the bucket itself is gone.
    mutating func scheduleRelease(of bucket: BucketID) throws(StoreError) {
        try execute(
            """
            INSERT INTO past_releases (bucket, mark) VALUES ($1, $2)
            ON CONFLICT (bucket) DO UPDATE SET mark = excluded.mark
            """, [.integer(bucket.value), .integer(nextPosition)])
    }

    /// Takes from a remembered row what nothing asks for any more.
    /// - Parameter bucket: nil when the bucket is gone, and its past with it.
    mutating func release(_ past: PastVersion, in bucket: Bucket?, accounts: some AccountNumbers) throws(StoreError) {
        let version = past.version
        let position: [SQLValue] = [
            .integer(version.bucket.value), .bytes(version.key.bytes), .integer(-version.index), .integer(past.until),
        ]
        let found = try first(
            """
            SELECT state FROM past_versions WHERE bucket = $1 AND key = $2 AND position = $3 AND until = $4
            """, position
        ) { row throws(StoreError) in PastState(rawValue: row.integer(0)) }
        // A row that another pass let go is no failure.
        guard let state = found ?? nil else { return }
        let isVersioned = bucket?.versionedSince.map { past.until > $0 } ?? false
        switch state {
        case .held:
            if bucket != nil, try isShown(version.index, of: version.key, in: version.bucket, before: past.until) {
                return
            }
            try forgetDigest(of: version)
            try release(version.manifest, from: version.index)
            try forgetFormer(of: version)
            try removeAnnotations(of: version)
            try forgetReplaced(version.index, of: version.key, in: version.bucket)
        case .replaced:
            guard !isVersioned else { return }
            if bucket != nil,
                try newestSnapshot(of: version.bucket, notBefore: version.index, notAfter: past.until - 1) != nil
            {
                return
            }
        case .destroyed:
            guard !isVersioned else { return }
        }
        try execute(
            "DELETE FROM past_versions WHERE bucket = $1 AND key = $2 AND position = $3 AND until = $4", position)
        if isVersioned { try insertRemains(of: version, until: past.until, accounts: accounts) }
    }
}
