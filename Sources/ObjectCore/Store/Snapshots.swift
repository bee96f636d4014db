// Why this file exists: snapshots are made, found and deleted here. Making one is a journal entry and a row, whatever the
// size of the bucket; deleting one lets garbage collection look for what nothing else shows.

extension ObjectStore {
    /// Gives the present state of a bucket a name. It is read as the bucket `BUCKET.NAME` until the name is deleted.
    /// - Parameters:
    ///   - name: lower-case letters, digits and inner dashes.
    ///   - bucket: one that is there; it need not keep versions.
    ///   - mark: set to 1 in the same commit, see ``setMark(_:to:)``: tells the caller's own from others.
    ///   - origin: who asks, for the journal.
    /// - Throws: ``StoreError/invalidArgument(_:)`` for an unfit name or too many snapshots,
    ///   ``StoreError/bucketExists(_:isOwn:)`` when a bucket or snapshot is read under that name.
    public func createSnapshot(
        _ name: String, of bucket: Bucket, mark: String? = nil, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> Snapshot {
        try Snapshot.check(name: name, of: bucket.name)
        try await ensureAccount(origin.account)
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            let names = try change.snapshotNames(of: live.id)
            guard names.count < Snapshot.countMaximum else {
                throw .invalidArgument("a bucket has at most \(Snapshot.countMaximum) snapshots")
            }
            let snapshot = Snapshot(
                bucket: live.id, bucketName: live.name, name: name, index: change.nextPosition, created: change.now,
                creator: origin.account)
            let holder = try change.first("SELECT 1 FROM buckets WHERE name = $1", [.text(snapshot.viewName)]) {
                row throws(StoreError) in true
            }
            guard holder == nil, !names.contains(name) else { throw .bucketExists(snapshot.viewName, isOwn: true) }
            try change.journal(
                .snapshotCreated, origin,
                [("bucket", .text(live.name)), ("bucketId", .text(Hex.encode(live.uuid))), ("snapshot", .text(name))])
            try change.execute(
                "INSERT INTO snapshots (bucket, position, name, record) VALUES ($1, $2, $3, $4)",
                [
                    .integer(live.id.value), .integer(snapshot.index), .text(name),
                    .bytes(snapshot.record(accounts: catalog)),
                ])
            if let mark { try change.setMark(mark, to: 1) }
            change.afterCommit { catalog.enter(snapshot) }
            return snapshot
        }
    }

    /// All snapshots, from memory, by bucket and then by age.
    public func snapshots() -> [Snapshot] { catalog.snapshots() }

    /// The snapshot that is read under a name of the form `BUCKET.NAME`.
    /// - Throws: ``StoreError/noSuchSnapshot(_:)``.
    public func snapshot(_ viewName: String) throws(StoreError) -> Snapshot {
        guard let snapshot = catalog.snapshots().first(where: { $0.viewName == viewName }) else {
            throw .noSuchSnapshot(viewName)
        }
        return snapshot
    }

    /// All buckets and snapshots as clients see them, or one account's, in the order of names.
    public func bucketsAndSnapshots(owner: String? = nil) -> [Bucket] {
        let views = catalog.snapshots().compactMap { catalog.bucket($0.viewName) }
        let all = (buckets(owner: owner) + views.filter { owner == nil || $0.owner == owner })
        return all.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Deletes a snapshot. What nothing else shows is given back by the next garbage collection.
    /// - Throws: ``StoreError/noSuchSnapshot(_:)``.
    public func deleteSnapshot(_ viewName: String, origin: ChangeOrigin = .embedded) async throws(StoreError) {
        let snapshot = try snapshot(viewName)
        let catalog = catalog
        try await committer.commit { change throws(StoreError) in
            let bucket = try change.first(
                "SELECT name, record FROM buckets WHERE id = $1", [.integer(snapshot.bucket.value)]
            ) { row throws(StoreError) in
                let name = row.text(0)
                return try row.withBytes(1) { bytes throws(StoreError) in
                    try Bucket(id: snapshot.bucket, name: name, record: bytes, account: catalog.account)
                }
            }
            let isThere = try change.first(
                "SELECT 1 FROM snapshots WHERE bucket = $1 AND position = $2",
                [.integer(snapshot.bucket.value), .integer(snapshot.index)]
            ) { row throws(StoreError) in true }
            guard let bucket, isThere != nil else { throw .noSuchSnapshot(viewName) }
            try change.scheduleRelease(of: snapshot.bucket)
            try change.execute(
                "DELETE FROM snapshots WHERE bucket = $1 AND position = $2",
                [.integer(snapshot.bucket.value), .integer(snapshot.index)])
            try change.journal(
                .snapshotDeleted, origin,
                [
                    ("bucket", .text(bucket.name)), ("bucketId", .text(Hex.encode(bucket.uuid))),
                    ("snapshot", .text(snapshot.name)), ("created", .integer(snapshot.index)),
                ])
            change.afterCommit { catalog.remove(snapshot: viewName) }
        }
    }
}

extension Change {
    /// The names of a bucket's snapshots, by age.
    func snapshotNames(of bucket: BucketID) throws(StoreError) -> [String] {
        var names: [String] = []
        try query(
            "SELECT name FROM snapshots WHERE bucket = $1 ORDER BY position", [.integer(bucket.value)]
        ) { row throws(StoreError) in
            names.append(row.text(0))
            return true
        }
        return names
    }

    /// Whether a snapshot is read under this name.
    func isNameOfSnapshot(_ name: String) throws(StoreError) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        let found = try first(
            """
            SELECT 1 FROM snapshots s JOIN buckets b ON b.id = s.bucket WHERE b.name = $1 AND s.name = $2
            """, [.text(String(name[..<dot])), .text(String(name[name.index(after: dot)...]))]
        ) { row throws(StoreError) in true }
        return found != nil
    }
}
