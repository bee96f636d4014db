// Why this file exists: ordered listings of objects, versions and uploads. Keys are byte strings in one order, there
// is no tree: a delimiter makes the scan leap over everything that shares a common prefix.

/// The end of a range of keys.
enum KeyOrder {
    /// Above every key: keys have at most 1,024 bytes.
    static let ceiling = [UInt8](repeating: 0xff, count: ObjectKey.maximumLength + 1)

    /// The first byte string after all that begin with `prefix`.
    static func successor(of prefix: [UInt8]) -> [UInt8] {
        var bytes = prefix
        while let last = bytes.last {
            if last < 0xff {
                bytes[bytes.count - 1] = last + 1
                return bytes
            }
            bytes.removeLast()
        }
        return ceiling
    }

    /// The first byte string after `key`.
    static func next(after key: [UInt8]) -> [UInt8] { key + [0] }

    /// The later of two.
    static func later(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        left.lexicographicallyPrecedes(right) ? right : left
    }
}

/// Decides, row by row, what a listing shows; knows nothing of databases.
struct ListingScan {
    /// Rows that are stepped over before a seek is cheaper. A seek costs about ten steps.
    static let stepsBeforeSeek = 12

    enum Verdict: Equatable {
        /// The key is an entry of its own.
        case item
        /// The key is the first under this common prefix.
        case commonPrefix([UInt8])
        /// The key lies under a common prefix that was shown already, or that the marker has passed.
        case under([UInt8])
    }

    let prefix: [UInt8]
    let delimiter: [UInt8]
    /// The common prefix that was shown last, or in which the marker lies.
    private(set) var shown: [UInt8]?

    init(_ query: ListingQuery) {
        prefix = query.prefix
        delimiter = query.delimiter
        // A marker under a common prefix, or equal to it, has passed everything under it, as on AWS.
        shown = ListingScan.commonPrefix(of: query.after, prefix: prefix, delimiter: delimiter)
    }

    mutating func judge(_ key: [UInt8]) -> Verdict {
        guard let common = ListingScan.commonPrefix(of: key, prefix: prefix, delimiter: delimiter) else {
            return .item
        }
        if common == shown { return .under(common) }
        shown = common
        return .commonPrefix(common)
    }

    /// Everything of `key` up to the first delimiter after the prefix, that included; nil when there is none.
    static func commonPrefix(of key: [UInt8], prefix: [UInt8], delimiter: [UInt8]) -> [UInt8]? {
        guard !delimiter.isEmpty, key.count >= prefix.count + delimiter.count, key.starts(with: prefix) else {
            return nil
        }
        var start = prefix.count
        while start + delimiter.count <= key.count {
            if key[start] == delimiter[0], key[start..<start + delimiter.count].elementsEqual(delimiter) {
                return Array(key[..<(start + delimiter.count)])
            }
            start += 1
        }
        return nil
    }
}

extension ListingQuery {
    /// What a row shows. Columns: key, then those of ``ObjectVersion``'s reader.
    fileprivate func listed(
        _ key: ObjectKey, _ row: any SQLRow, in bucket: Bucket, accounts: some AccountNumbers
    ) throws(StoreError) -> ListedObject {
        var object = try ListedObject(key: key, row: row, first: 1, accounts: accounts)
        guard tellsRestores, StorageClasses.isArchive(object.storageClass) else { return object }
        let version = try ObjectVersion(bucket: bucket.id, key: key, row: row, first: 1, accounts: accounts)
        object.restoredUntil = version.restoredUntil
        return object
    }
}

extension ObjectStore {
    /// A page of the current objects of a bucket, in the order of bytes.
    public func list(_ query: ListingQuery, in bucket: Bucket) throws(StoreError) -> ListingPage<ListedObject> {
        let catalog = catalog
        return try scanVersions(query, from: nil, in: bucket) { key, isNewest, row throws(StoreError) in
            guard isNewest, row.integer(2) & VersionRow.markerFlag == 0 else { return nil }
            return try query.listed(key, row, in: bucket, accounts: catalog)
        }
    }

    /// A page of all versions and delete markers, keys in the order of bytes and the newest version first.
    /// - Parameters:
    ///   - query: what to list, and how much.
    ///   - versionMarker: with `query.after` a key: that key's versions older than this one, then later keys.
    ///   - bucket: where.
    public func listVersions(
        _ query: ListingQuery, versionMarker: VersionID? = nil, in bucket: Bucket
    ) throws(StoreError) -> ListingPage<ListedVersion> {
        let catalog = catalog
        var from: Int64?
        switch versionMarker {
        case nil: break
        // An index tells its place even when the version went between two pages; null does not.
        case .index(let index): from = -index
        case .null:
            if let key = try? ObjectKey(query.after) { from = try nullPosition(of: key, in: bucket) }
        }
        return try scanVersions(query, from: from, in: bucket) { key, isNewest, row throws(StoreError) in
            // A snapshot shows what is current in it, and nothing else.
            if bucket.snapshot != nil {
                guard isNewest, row.integer(2) & VersionRow.markerFlag == 0 else { return nil }
            }
            return ListedVersion(
                object: try query.listed(key, row, in: bucket, accounts: catalog),
                isDeleteMarker: row.integer(2) & VersionRow.markerFlag != 0, isLatest: isNewest)
        }
    }

    /// Where the null version of a key stands among its versions, if it has one.
    private func nullPosition(of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> Int64? {
        let catalog = catalog
        let index = bucket.asOf ?? .max - 1
        return try database.read { transaction throws(StoreError) in
            try transaction.past(PastQuery.null, key, in: bucket.id, position: -index, at: index, accounts: catalog)
                .map { -$0.version.index }
        }
    }

    /// The rows of a bucket as it is. Parameters: bucket, key, position, end.
    private static let liveScan: StaticString = """
        SELECT key, position, flags, size, modified, record FROM versions
        WHERE bucket = $1 AND (key, position) >= ($2, $3) AND key < $4 ORDER BY key, position
        """

    /// Walks the rows of `versions`, and of the past where the bucket shows one; `decode` answers nil for rows that are
    /// not shown.
    func scanVersions<Item: Sendable>(
        _ query: ListingQuery, from position: Int64?, in bucket: Bucket,
        decode: (ObjectKey, Bool, any SQLRow) throws(StoreError) -> Item?
    ) throws(StoreError) -> ListingPage<Item> {
        var page = ListingPage<Item>()
        guard query.limit > 0 else { return page }
        var scan = ListingScan(query)
        let end = query.prefix.isEmpty ? KeyOrder.ceiling : KeyOrder.successor(of: query.prefix)
        var start = KeyOrder.later(query.prefix, query.after.isEmpty ? [] : KeyOrder.next(after: query.after))
        var startPosition = Int64.min
        if let position, !query.after.isEmpty {
            start = query.after
            startPosition = position + 1
        }
        // With a version marker, the marker's key has been begun on an earlier page: what is left is not newest.
        var previous: [UInt8]? = position == nil ? nil : query.after
        var previousPosition: Int64 = .max
        if let shown = scan.shown { start = KeyOrder.successor(of: shown) }
        try database.read { transaction throws(StoreError) in
            var seek: (key: [UInt8], position: Int64)? = (start, startPosition)
            while let from = seek {
                seek = nil
                var steps = 0
                var values: [SQLValue] = [
                    .integer(bucket.id.value), .bytes(from.key), .integer(from.position), .bytes(end),
                ]
                if let index = bucket.asOf { values.append(.integer(index)) }
                try transaction.query(
                    bucket.asOf == nil ? ObjectStore.liveScan : PastQuery.scan, values
                ) { row throws(StoreError) in
                    let bytes = row.bytes(0)
                    if let index = bucket.asOf {
                        let position = row.integer(1)
                        guard position >= -index else {
                            // Newer than the state that is shown.
                            steps += 1
                            if steps > ListingScan.stepsBeforeSeek { seek = (bytes, -index) }
                            return seek == nil
                        }
                        // Of the records that a version had, the first that comes is the one of then.
                        if position == previousPosition, bytes == previous { return true }
                        previousPosition = position
                    }
                    let isNewest = bytes != previous
                    previous = bytes
                    guard let item = try decode(try ObjectKey(bytes), isNewest, row) else {
                        steps += 1
                        if !isNewest, steps > ListingScan.stepsBeforeSeek {
                            seek = (KeyOrder.next(after: bytes), Int64.min)
                            return false
                        }
                        return true
                    }
                    let verdict = scan.judge(bytes)
                    if case .under(let common) = verdict {
                        steps += 1
                        if steps > ListingScan.stepsBeforeSeek {
                            seek = (KeyOrder.successor(of: common), Int64.min)
                            return false
                        }
                        return true
                    }
                    steps = 0
                    if page.items.count + page.commonPrefixes.count == query.limit {
                        page.isTruncated = true
                        return false
                    }
                    if case .commonPrefix(let common) = verdict {
                        page.commonPrefixes.append(common)
                        page.last = common
                    } else {
                        page.items.append(item)
                        page.last = bytes
                    }
                    return true
                }
            }
        }
        return page
    }

    /// A page of the open uploads of a bucket, by key and then by age.
    /// - Parameters:
    ///   - query: what to list, and how much.
    ///   - uploadMarker: with `query.after` a key: that key's uploads after this one, then later keys.
    ///   - bucket: where.
    public func listUploads(
        _ query: ListingQuery, uploadMarker: UploadID? = nil, in bucket: Bucket
    ) throws(StoreError) -> ListingPage<MultipartUpload> {
        var page = ListingPage<MultipartUpload>()
        // Uploads that are open now are no part of the past.
        guard query.limit > 0, bucket.asOf == nil else { return page }
        let catalog = catalog
        var scan = ListingScan(query)
        let end = query.prefix.isEmpty ? KeyOrder.ceiling : KeyOrder.successor(of: query.prefix)
        var start = KeyOrder.later(query.prefix, query.after.isEmpty ? [] : KeyOrder.next(after: query.after))
        var startID = Int64.min
        if let uploadMarker, !query.after.isEmpty {
            start = query.after
            startID = uploadMarker.index + 1
        }
        try database.read { transaction throws(StoreError) in
            try transaction.query(
                """
                SELECT key, id, record FROM uploads
                WHERE bucket = $1 AND (key, id) >= ($2, $3) AND key < $4 ORDER BY key, id
                """,
                [.integer(bucket.id.value), .bytes(start), .integer(startID), .bytes(end)]
            ) { row throws(StoreError) in
                let bytes = row.bytes(0)
                let verdict = scan.judge(bytes)
                if case .under = verdict { return true }
                if page.items.count + page.commonPrefixes.count == query.limit {
                    page.isTruncated = true
                    return false
                }
                if case .commonPrefix(let common) = verdict {
                    page.commonPrefixes.append(common)
                    page.last = common
                } else {
                    page.items.append(
                        try MultipartUpload(
                            bucket: bucket.id, key: try ObjectKey(bytes), id: UploadID(row.integer(1)), row: row,
                            column: 2, accounts: catalog))
                    page.last = bytes
                }
                return true
            }
        }
        return page
    }
}
