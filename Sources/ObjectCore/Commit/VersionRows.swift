// Why this file exists: how rows of `versions` are found, made and destroyed inside a commit, with the rules of
// versioning in one place: which row is current, which row a new one replaces.

extension Change {
    /// The bucket as this commit sees it: an earlier change of the same commit may have altered or deleted it.
    /// - Throws: ``StoreError/noSuchBucket(_:)``; ``StoreError/isThePast(_:)`` for a view of a bucket's past, so that no
    ///   change can begin with one.
    func bucket(_ bucket: Bucket, accounts: some AccountNumbers) throws(StoreError) -> Bucket {
        guard bucket.asOf == nil else { throw .isThePast(bucket.name) }
        let found = try first(
            "SELECT name, record FROM buckets WHERE id = $1", [.integer(bucket.id.value)]
        ) { row throws(StoreError) in
            let name = row.text(0)
            return try row.withBytes(1) { bytes throws(StoreError) in
                try Bucket(id: bucket.id, name: name, record: bytes, account: accounts.account)
            }
        }
        guard let found else { throw .noSuchBucket(bucket.name) }
        return found
    }

    /// The newest version of a key, which may be a delete marker.
    func newest(
        _ key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion? {
        try VersionQuery.newest(key, in: bucket, accounts: accounts) { sql, values, decode throws(StoreError) in
            try first(sql, values, decode)
        }
    }

    /// The version that was written without versioning, of which a key has at most one.
    func nullVersion(
        _ key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion? {
        try first(
            """
            SELECT position, flags, size, modified, record FROM versions
            WHERE bucket = $1 AND key = $2 AND flags & 1 = 1
            """, [.integer(bucket.value), .bytes(key.bytes)]
        ) { row throws(StoreError) in
            try ObjectVersion(bucket: bucket, key: key, row: row, accounts: accounts)
        }
    }

    mutating func insertVersion(_ version: ObjectVersion, accounts: some AccountNumbers) throws(StoreError) {
        let row = version.row(accounts: accounts)
        try execute(
            """
            INSERT INTO versions (bucket, key, position, flags, size, modified, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .integer(version.bucket.value), .bytes(version.key.bytes), .integer(row.position),
                .integer(row.flags), .integer(row.size), .integer(row.modified), .bytes(row.record),
            ])
        try noteForPacking(version)
        try noteForDigest(version)
    }

    /// Writes a row anew whose manifest stays the same: tags, retention, legal hold. The row that it replaces is
    /// remembered where it may be asked for. The entry of the change must have been journalled just before.
    mutating func replaceRecord(of version: ObjectVersion, accounts: some AccountNumbers) throws(StoreError) {
        try rememberReplaced(version, until: nextPosition - 1, accounts: accounts)
        try execute(
            "UPDATE versions SET record = $4 WHERE bucket = $1 AND key = $2 AND position = $3",
            [
                .integer(version.bucket.value), .bytes(version.key.bytes), .integer(-version.index),
                .bytes(version.row(accounts: accounts).record),
            ])
    }

    /// Removes a version's row and takes its references back, unless a snapshot shows it: then the row is kept beside,
    /// and its references with it.
    /// - Parameters:
    ///   - bucket: as this commit sees it.
    ///   - until: the journal position of the change that destroys it.
    /// - Throws: ``StoreError/objectLocked(_:)`` while a retention or legal hold protects it.
    mutating func destroy(
        _ version: ObjectVersion, in bucket: Bucket, until: Int64, accounts: some AccountNumbers,
        bypassesGovernance: Bool = false
    ) throws(StoreError) {
        try version.checkUnlocked(at: trusted, bypassesGovernance: bypassesGovernance)
        let isHeld = try rememberDestroyed(version, in: bucket, until: until, accounts: accounts)
        try execute(
            "DELETE FROM versions WHERE bucket = $1 AND key = $2 AND position = $3",
            [.integer(version.bucket.value), .bytes(version.key.bytes), .integer(-version.index)])
        guard !isHeld else { return }
        try forgetDigest(of: version)
        try release(version.manifest, from: version.index)
        try forgetFormer(of: version)
        try removeAnnotations(of: version)
    }

    /// The version that writing without a version id of its own replaces, or nil when the write adds one.
    func replaced(
        by key: ObjectKey, in bucket: Bucket, newest: ObjectVersion?, accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion? {
        switch bucket.versioning {
        case .enabled: nil
        case .never: newest
        case .suspended: try nullVersion(key, in: bucket.id, accounts: accounts)
        }
    }
}

/// Queries that readers and commits share.
enum VersionQuery {
    typealias First<Value> = (
        StaticString, [SQLValue], (any SQLRow) throws(StoreError) -> Value
    ) throws(StoreError) -> Value?

    static func newest(
        _ key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers, _ first: First<ObjectVersion>
    ) throws(StoreError) -> ObjectVersion? {
        try first(
            """
            SELECT position, flags, size, modified, record FROM versions
            WHERE bucket = $1 AND key = $2 ORDER BY position LIMIT 1
            """, [.integer(bucket.value), .bytes(key.bytes)]
        ) { row throws(StoreError) in
            try ObjectVersion(bucket: bucket, key: key, row: row, accounts: accounts)
        }
    }

    static func version(
        _ id: VersionID, of key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers,
        _ first: First<ObjectVersion>
    ) throws(StoreError) -> ObjectVersion? {
        switch id {
        case .index(let index):
            // A null version has an index too, but that is not its name.
            try first(
                """
                SELECT position, flags, size, modified, record FROM versions
                WHERE bucket = $1 AND key = $2 AND position = $3 AND flags & 1 = 0
                """, [.integer(bucket.value), .bytes(key.bytes), .integer(-index)]
            ) { row throws(StoreError) in
                try ObjectVersion(bucket: bucket, key: key, row: row, accounts: accounts)
            }
        case .null:
            try first(
                """
                SELECT position, flags, size, modified, record FROM versions
                WHERE bucket = $1 AND key = $2 AND flags & 1 = 1
                """, [.integer(bucket.value), .bytes(key.bytes)]
            ) { row throws(StoreError) in
                try ObjectVersion(bucket: bucket, key: key, row: row, accounts: accounts)
            }
        }
    }
}

extension ObjectVersion {
    /// - Throws: ``StoreError/objectLocked(_:)`` when the version may not be destroyed at `time`.
    func checkUnlocked(at time: Timestamp, bypassesGovernance: Bool) throws(StoreError) {
        if attributes.isOnLegalHold { throw .objectLocked("the version is on legal hold") }
        guard let retention = attributes.retention, retention.until > time else { return }
        switch retention.mode {
        case .compliance: throw .objectLocked("the version is under compliance retention")
        case .governance:
            if !bypassesGovernance { throw .objectLocked("the version is under governance retention") }
        }
    }
}

extension WriteConditions {
    /// Judges the conditions against the newest version as the commit sees it.
    func check(against newest: ObjectVersion?) throws(StoreError) {
        guard !isEmpty else { return }
        let current = newest.flatMap { $0.isDeleteMarker ? nil : $0 }
        if mustNotExist, current != nil { throw .preconditionFailed("If-None-Match") }
        if let etagMustDiffer, let current, current.etag == etagMustDiffer {
            throw .preconditionFailed("If-None-Match")
        }
        if let etag {
            guard let current else { throw .noSuchKey }
            if etag != "*", current.etag != etag { throw .preconditionFailed("If-Match") }
        }
        if let modified {
            guard let current else { throw .noSuchKey }
            if current.modified.seconds != modified.seconds {
                throw .preconditionFailed("x-amz-if-match-last-modified-time")
            }
        }
        if let size {
            guard let current else { throw .noSuchKey }
            if current.size != size { throw .preconditionFailed("x-amz-if-match-size") }
        }
    }
}
