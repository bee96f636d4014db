// Why this file exists: buckets are made, found, changed and deleted here.
private import Glibc

extension ObjectStore {
    /// Makes a bucket.
    /// - Parameters:
    ///   - name: 3 to 63 bytes; which names a client may use is the gateway's rule, the store only refuses what is empty,
    ///     longer than 255 bytes, or holds `/` or NUL.
    ///   - owner: canonical id of the account that may use it; an account is made when there is none of that id.
    ///   - region: kept and told.
    ///   - hasObjectLock: also switches versioning on, as S3 does.
    ///   - origin: who asks, for the journal.
    ///   - settings: what ``setBucketSetting(_:to:of:origin:)`` would set, in the same commit.
    /// - Throws: ``StoreError/bucketExists(_:isOwn:)``, ``StoreError/invalidBucketName(_:)``.
    public func createBucket(
        _ name: String, owner: String = "", region: String = "us-east-1", hasObjectLock: Bool = false,
        settings: [String: [UInt8]] = [:], origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> Bucket {
        guard !name.isEmpty, name.utf8.count <= 255, !name.utf8.contains(where: { $0 == 0 || $0 == 0x2f }) else {
            throw .invalidBucketName(name)
        }
        try await ensureAccount(owner)
        let catalog = catalog
        let kept = bucketSettings
        var generator = SystemRandomNumberGenerator()
        let uuid = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return try await committer.commit { change throws(StoreError) in
            let holder = try change.first("SELECT id FROM buckets WHERE name = $1", [.text(name)]) {
                row throws(StoreError) in row.integer(0)
            }
            let isTaken = try change.isNameOfSnapshot(name)
            // Not the caller's own bucket, so that nobody takes a snapshot for the bucket that they meant to make.
            guard !isTaken else { throw .bucketExists(name, isOwn: false) }
            guard holder == nil else {
                throw .bucketExists(name, isOwn: catalog.bucket(name)?.owner == owner)
            }
            var made = Bucket(
                id: BucketID(change.nextPosition), name: name, uuid: uuid, created: change.now, owner: owner,
                region: region, versioning: hasObjectLock ? .enabled : .never, hasObjectLock: hasObjectLock)
            if hasObjectLock { made.versionedSince = made.id.value }
            let bucket = made
            try change.journal(
                .bucketCreated, origin,
                [
                    ("bucket", .text(name)), ("bucketId", .text(Hex.encode(uuid))), ("owner", .text(owner)),
                    ("objectLock", .boolean(hasObjectLock)),
                ])
            try change.execute(
                "INSERT INTO buckets (id, name, record) VALUES ($1, $2, $3)",
                [.integer(bucket.id.value), .text(name), .bytes(bucket.record(accounts: catalog))])
            for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
                try change.setBucketSetting(name, to: value, of: bucket.id)
                try change.journalSetting(name, value, of: bucket, origin)
            }
            change.afterCommit {
                // The settings first: a bucket must never be seen without what protects it.
                for (name, value) in settings { kept.enter(value, as: name, of: bucket.id) }
                catalog.enter(bucket)
            }
            return bucket
        }
    }

    /// The bucket of that name, or the snapshot that is read under it, from memory.
    /// - Throws: ``StoreError/noSuchBucket(_:)``.
    public func bucket(_ name: String) throws(StoreError) -> Bucket {
        guard let bucket = catalog.bucket(name) else { throw .noSuchBucket(name) }
        return bucket
    }

    /// All buckets, or one account's, in the order of names; without snapshots.
    public func buckets(owner: String? = nil) -> [Bucket] {
        let all = catalog.buckets()
        guard let owner else { return all }
        return all.filter { $0.owner == owner }
    }

    /// Deletes an empty bucket. Uploads that were never completed do not keep it, as in S3; they end with it.
    /// - Throws: ``StoreError/noSuchBucket(_:)``, ``StoreError/bucketNotEmpty``, ``StoreError/bucketHasSnapshots(_:)``.
    public func deleteBucket(_ name: String, origin: ChangeOrigin = .embedded) async throws(StoreError) {
        let catalog = catalog
        let settings = bucketSettings
        let bucket = try bucket(name)
        try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            let occupied = try change.first(
                "SELECT 1 FROM versions WHERE bucket = $1 LIMIT 1", [.integer(bucket.id.value)]
            ) { row throws(StoreError) in true }
            guard occupied == nil else { throw .bucketNotEmpty }
            let names = try change.snapshotNames(of: bucket.id)
            guard names.isEmpty else { throw .bucketHasSnapshots(names.joined(separator: ", ")) }
            try change.scheduleRelease(of: bucket.id)
            try change.abortAllUploads(of: bucket.id)
            try change.execute("DELETE FROM bucket_settings WHERE bucket = $1", [.integer(bucket.id.value)])
            try change.execute("DELETE FROM buckets WHERE id = $1", [.integer(bucket.id.value)])
            try change.journal(
                .bucketDeleted, origin,
                [("bucket", .text(live.name)), ("bucketId", .text(Hex.encode(live.uuid)))])
            change.setCommitments(false, of: live)
            change.afterCommit {
                catalog.remove(bucket: name)
                settings.remove(bucket.id)
            }
        }
    }

    /// Switches versioning on, or suspends it. It cannot be taken back to ``VersioningState/never``.
    /// - Throws: ``StoreError/invalidArgument(_:)`` for `never`, and for suspending under Object Lock.
    public func setVersioning(
        _ state: VersioningState, of bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        let catalog = catalog
        try await committer.commit { change throws(StoreError) in
            var live = try change.bucket(bucket, accounts: catalog)
            guard state != .never else { throw .invalidArgument("versioning can be suspended, not removed") }
            guard state == .enabled || !live.hasObjectLock else {
                throw .invalidArgument("versioning cannot be suspended on a bucket with Object Lock")
            }
            // As on AWS: what is to be copied must have a version of its own.
            let replication = try change.bucketSetting(ReplicationConfiguration.settingName, of: bucket.id)
            guard state == .enabled || replication == nil else {
                throw .invalidArgument("versioning cannot be suspended on a bucket that is replicated")
            }
            live.versioning = state
            // From here on what goes is remembered.
            if live.versionedSince == nil { live.versionedSince = change.nextPosition }
            let changed = live
            try change.execute(
                "UPDATE buckets SET record = $2 WHERE id = $1",
                [.integer(bucket.id.value), .bytes(changed.record(accounts: catalog))])
            try change.journal(
                .bucketVersioning, origin,
                [
                    ("bucket", .text(live.name)), ("bucketId", .text(Hex.encode(live.uuid))),
                    ("state", .text(state == .enabled ? "enabled" : "suspended")),
                ])
            change.afterCommit { catalog.enter(changed) }
        }
    }
}
