// Why this file exists: replication rests on the outbox: a version that is to be copied is a row for its target, written
// with the version, and the state of the version changes in the transaction that removes the row.
// Invariants: a copy is never copied on; a version is PENDING exactly as long as a row of it waits.

extension ObjectStore {
    /// What the name of a replication target begins with in the outbox, so that it cannot be a webhook's.
    public static let replicationPrefix = "replication:"

    /// Sets or, with nil, removes the replication of a bucket. What waits goes on or is settled by then valid rules.
    /// - Throws: ``StoreError/noSuchBucket(_:)``; ``StoreError/invalidArgument(_:)`` when the bucket does not keep versions.
    public func setReplication(
        _ configuration: ReplicationConfiguration?, of bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        let catalog = catalog
        let settings = bucketSettings
        let name = ReplicationConfiguration.settingName
        let value = configuration?.encoded
        try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            guard value == nil || live.versioning == .enabled else {
                throw .invalidArgument("replication needs a bucket that keeps versions")
            }
            try change.setBucketSetting(name, to: value, of: live.id)
            try change.journalSetting(name, value, of: live, origin)
            change.afterCommit { settings.enter(value, as: name, of: bucket.id) }
        }
    }
}

extension Change {
    /// Notes for which targets a new version, or marker, is; its state says so.
    mutating func replicate(
        _ version: inout ObjectVersion, in bucket: Bucket, as kind: EventKind, origin: ChangeOrigin
    ) throws(StoreError) {
        if version.attributes.replication?.status == .replica { return }
        version.attributes.replication = nil
        guard bucket.versioning == .enabled, let rules = try outbox.replication(of: bucket.id) else { return }
        let routes = rules.routes(version)
        guard !routes.isEmpty else { return }
        var state = ReplicationState(.pending, remaining: routes.count)
        for route in routes {
            let isTaken = try postReplication(
                kind, version, in: bucket, to: route, position: version.index, origin: origin)
            if !isTaken { state.settle(failed: true) }
        }
        if !version.isDeleteMarker { version.attributes.replication = state }
    }

    /// Notes that something about an existing version changed that its copies should follow.
    mutating func replicateChange(
        of version: ObjectVersion, in bucket: Bucket, as kind: EventKind, position: Int64, origin: ChangeOrigin
    ) throws(StoreError) {
        guard let state = version.attributes.replication, state.status != .replica,
            let rules = try outbox.replication(of: bucket.id)
        else { return }
        for route in rules.routes(version) {
            _ = try postReplication(kind, version, in: bucket, to: route, position: position, origin: origin)
        }
    }

    private mutating func postReplication(
        _ kind: EventKind, _ version: ObjectVersion, in bucket: Bucket, to route: (target: String, rules: [String]),
        position: Int64, origin: ChangeOrigin
    ) throws(StoreError) -> Bool {
        let event = ObjectEvent(
            kind, version, in: bucket, rule: route.rules.joined(separator: "\n"), origin: origin)
        return try post(event, to: ObjectStore.replicationPrefix + route.target, position: position)
    }

    /// A target has taken a version, or was given up; the row is removed in the same transaction.
    mutating func endReplication(
        _ item: OutboxItem, failed: Bool, accounts: some AccountNumbers
    ) throws(StoreError) {
        guard let event = item.event,
            [.createdPut, .createdPost, .createdCopy, .createdComplete].contains(event.kind)
        else { return }
        let found = try first("SELECT id, record FROM buckets WHERE name = $1", [.text(event.bucketName)]) {
            row throws(StoreError) in
            let id = BucketID(row.integer(0))
            return try row.withBytes(1) { bytes throws(StoreError) in
                try Bucket(id: id, name: event.bucketName, record: bytes, account: accounts.account)
            }
        }
        guard let bucket = found,
            var version = try version(
                .index(item.sequence), of: ObjectKey(event.key), in: bucket.id, accounts: accounts),
            var state = version.attributes.replication
        else { return }
        state.settle(failed: failed)
        version.attributes.replication = state
        if state.status != .pending {
            let position = try journal(
                .objectReplicated, .embedded,
                bucket.members(key: version.key) + [
                    ("version", .integer(version.index)), ("complete", .boolean(state.status == .completed)),
                ])
            if state.status == .failed {
                try announce(
                    .replicationFailed, version: version, in: bucket, position: position, origin: .embedded)
            }
        }
        // How far copying has come is no change of what the version says, so no older row is remembered for it.
        try execute(
            "UPDATE versions SET record = $4 WHERE bucket = $1 AND key = $2 AND position = $3",
            [
                .integer(version.bucket.value), .bytes(version.key.bytes), .integer(-version.index),
                .bytes(version.row(accounts: accounts).record),
            ])
    }
}
