// Why this file exists: a bucket as it was at an entry of the journal. The journal is the store's own order of things,
// so a time is turned into an index first, and everything is asked by index.
// Invariant: what cannot be known is refused; a state that lost something since is never told as if it had not.

/// A point of a bucket's past, as a caller names it.
public enum PastPoint: Sendable, Hashable {
    /// The state at this time: what all changes up to it, that included, came to.
    case time(Timestamp)
    /// The state that the first so many entries of the journal came to: the size of the log in a checkpoint of it.
    case index(Int64)
}

extension ObjectStore {
    /// A bucket as it was: reads and listings that are given the value show that state; changes refuse it.
    /// - Throws: ``StoreError/pastIsUnknown(_:)`` when the bucket did not keep versions then, or the point has not come.
    public func bucket(_ bucket: Bucket, asOf point: PastPoint) throws(StoreError) -> Bucket {
        guard bucket.snapshot == nil else {
            throw .pastIsUnknown("\(bucket.name) is a snapshot, which has one state only")
        }
        guard let since = bucket.versionedSince else {
            throw .pastIsUnknown("the bucket does not keep versions, so its past is not known")
        }
        let index = try journalIndex(of: point)
        guard index >= since else {
            throw .pastIsUnknown(
                "what the bucket was like then is not kept: it is since journal index \(since)")
        }
        var view = bucket
        view.asOf = index
        return view
    }

    private func journalIndex(of point: PastPoint) throws(StoreError) -> Int64 {
        let size = try journalSize()
        switch point {
        case .index(let index):
            guard index <= size else {
                throw .pastIsUnknown("the journal has \(size) entries, not \(index)")
            }
            return index
        case .time(let time):
            guard time <= clock.read().now else { throw .pastIsUnknown("the time has not come yet") }
            return try lastEntry(notAfter: time, size: size)
        }
    }

    /// The position of the last entry of that time or before; times never fall along the journal. 0 for none.
    private func lastEntry(notAfter time: Timestamp, size: Int64) throws(StoreError) -> Int64 {
        try database.read { transaction throws(StoreError) in
            var (low, high): (Int64, Int64) = (0, size)
            while low < high {
                let middle = low + (high - low + 1) / 2
                let at = try transaction.first("SELECT at FROM journal WHERE position = $1", [.integer(middle)]) {
                    row throws(StoreError) in row.integer(0)
                }
                guard let at else { throw .corrupt("the journal's entry \(middle) is missing") }
                if at <= time.milliseconds { low = middle } else { high = middle - 1 }
            }
            return low
        }
    }

    /// The current version of a key at the index that the bucket shows.
    func pastObject(_ key: ObjectKey, in bucket: Bucket, at index: Int64) throws(StoreError) -> ObjectVersion {
        let catalog = catalog
        let found = try database.read { transaction throws(StoreError) in
            try transaction.past(
                PastQuery.newest, key, in: bucket.id, position: -index, at: index, accounts: catalog)
        }
        guard let found else { throw .noSuchKey }
        guard !found.version.isDeleteMarker else { throw .isDeleteMarker(found.version.versionID) }
        return try found.readable()
    }

    /// One version of a key at the index that the bucket shows. A snapshot shows one version of each key.
    func pastVersion(
        _ id: VersionID, of key: ObjectKey, in bucket: Bucket, at index: Int64
    ) throws(StoreError) -> ObjectVersion {
        if bucket.snapshot != nil {
            let shown: ObjectVersion
            do throws(StoreError) {
                shown = try pastObject(key, in: bucket, at: index)
            } catch .noSuchKey, .isDeleteMarker {
                throw .noSuchVersion
            }
            guard shown.versionID == id else { throw .noSuchVersion }
            return shown
        }
        let catalog = catalog
        let found = try database.read { transaction throws(StoreError) in
            switch id {
            case .null:
                return try transaction.past(
                    PastQuery.null, key, in: bucket.id, position: -index, at: index, accounts: catalog)
            case .index(let version):
                guard version <= index else { return nil }
                return try transaction.past(
                    PastQuery.version, key, in: bucket.id, position: -version, at: index, accounts: catalog)
            }
        }
        guard let found else { throw .noSuchVersion }
        return try found.readable()
    }
}

/// A version as a query about the past found it.
struct FoundPast {
    var version: ObjectVersion
    /// Whether a row has its bytes.
    var hasBytes: Bool

    func readable() throws(StoreError) -> ObjectVersion {
        guard hasBytes || version.isDeleteMarker else { throw .versionDestroyed(version.versionID) }
        return version
    }
}

extension Transaction {
    /// The version that one of ``PastQuery``'s questions about a key finds, with the chunks that have its bytes now.
    func past(
        _ sql: StaticString, _ key: ObjectKey, in bucket: BucketID, position: Int64, at index: Int64,
        accounts: some AccountNumbers
    ) throws(StoreError) -> FoundPast? {
        let found = try first(
            sql, [.integer(bucket.value), .bytes(key.bytes), .integer(position), .integer(index)]
        ) { row throws(StoreError) in
            (
                version: try ObjectVersion(bucket: bucket, key: key, row: row, accounts: accounts),
                isReplaced: row.integer(5) != .max && row.integer(6) == PastState.replaced.rawValue,
                isDestroyed: row.integer(6) == PastState.destroyed.rawValue
            )
        }
        guard let found else { return nil }
        guard found.isReplaced else { return FoundPast(version: found.version, hasBytes: !found.isDestroyed) }
        return try carried(found.version, accounts: accounts)
    }

    /// A version with an old record: its bytes are where its row of today has them.
    func carried(_ old: ObjectVersion, accounts: some AccountNumbers) throws(StoreError) -> FoundPast {
        let carrier = try first(
            PastQuery.carrier, [.integer(old.bucket.value), .bytes(old.key.bytes), .integer(-old.index)]
        ) { row throws(StoreError) in
            try ObjectVersion(bucket: old.bucket, key: old.key, row: row, accounts: accounts)
        }
        guard let carrier else { return FoundPast(version: old, hasBytes: false) }
        var version = old
        version.manifest = carrier.manifest
        version.encryption = carrier.encryption
        // It may have been packed since, which changes nothing of what it reads as.
        version.packed = carrier.packed
        return FoundPast(version: version, hasBytes: true)
    }
}
