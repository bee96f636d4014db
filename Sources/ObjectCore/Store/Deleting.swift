// Why this file exists: objects go here: by a marker on top, or for good.

extension ObjectStore {
    /// Deletes the current object (in a versioned bucket: puts a delete marker on top), or one version for good.
    /// Deleting what does not exist succeeds, as in S3.
    /// - Throws: ``StoreError/preconditionFailed(_:)``, ``StoreError/objectLocked(_:)``, ``StoreError/noSuchBucket(_:)``.
    public func delete(
        _ request: DeleteRequest, in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> DeleteOutcome {
        try await delete([request], in: bucket, origin: origin)[0].get()
    }

    /// Several deletions in one commit; each succeeds or fails on its own.
    public func delete(
        _ requests: [DeleteRequest], in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async -> [Result<DeleteOutcome, StoreError>] {
        let catalog = catalog
        do throws(StoreError) {
            return try await committer.commit(runs: origin.runs) { change throws(StoreError) in
                let live = try change.bucket(bucket, accounts: catalog)
                var outcomes: [Result<DeleteOutcome, StoreError>] = []
                for request in requests {
                    outcomes.append(try change.delete(request, in: live, origin: origin, accounts: catalog))
                }
                return outcomes
            }
        } catch {
            return requests.map { _ in .failure(error) }
        }
    }
}

extension Change {
    /// One deletion. What only refuses is returned, so that the others of the commit go on; what fails is thrown.
    fileprivate mutating func delete(
        _ request: DeleteRequest, in bucket: Bucket, origin: ChangeOrigin, accounts: some AccountNumbers
    ) throws(StoreError) -> Result<DeleteOutcome, StoreError> {
        let newest = try newest(request.key, in: bucket.id, accounts: accounts)
        let target: ObjectVersion?
        if let id = request.version {
            target = try version(id, of: request.key, in: bucket.id, accounts: accounts)
        } else {
            target = try replaced(by: request.key, in: bucket, newest: newest, accounts: accounts)
        }
        do throws(StoreError) {
            try request.conditions.check(against: request.version == nil ? newest : target)
            try target?.checkUnlocked(at: trusted, bypassesGovernance: request.bypassesGovernance)
        } catch {
            if case .objectLocked(let reason) = error {
                try journalDeletion(.refused, request, target, in: bucket, origin, [("reason", .text(reason))])
            }
            return .failure(error)
        }
        var outcome = DeleteOutcome()
        outcome.deletedVersion = request.version
        if let target {
            outcome.deletedMarker = request.version != nil && target.isDeleteMarker
            let isLocked = target.attributes.retention.map { $0.until > trusted } ?? false
            try destroy(
                target, in: bucket, until: nextPosition, accounts: accounts,
                bypassesGovernance: request.bypassesGovernance)
            // Unlocked but for the permission, or destroying it would have been refused.
            let position = try journalDeletion(
                .versionDeleted, request, target, in: bucket, origin, isLocked ? [("bypass", .boolean(true))] : [])
            // Where a marker follows, the marker is the event.
            if request.version != nil || bucket.versioning == .never {
                try announce(.removedDelete, version: target, in: bucket, position: position, origin: origin)
            }
        }
        guard request.version == nil, bucket.versioning != .never else { return .success(outcome) }
        var marker = ObjectVersion.deleteMarker(request.key, in: bucket, index: nextPosition, at: now)
        if request.isReplica { marker.attributes.replication = .replica }
        try journalDeletion(
            .markerCreated, request, newest, in: bucket, origin, marker.isNull ? [("null", .boolean(true))] : [])
        try replicate(&marker, in: bucket, as: .removedMarker, origin: origin)
        try insertVersion(marker, accounts: accounts)
        try announce(.removedMarker, version: marker, in: bucket, position: marker.index, origin: origin)
        outcome.createdMarker = marker.versionID
        return .success(outcome)
    }

    @discardableResult
    private mutating func journalDeletion(
        _ kind: JournalKind, _ request: DeleteRequest, _ version: ObjectVersion?, in bucket: Bucket,
        _ origin: ChangeOrigin, _ more: [(String, CanonicalJSON)]
    ) throws(StoreError) -> Int64 {
        var members = bucket.members(key: request.key) + more
        if let version { members.append(("version", .integer(version.index))) }
        return try journal(kind, origin, members)
    }
}

extension ObjectVersion {
    /// What hides a key: a version without content that belongs to the owner of the bucket.
    static func deleteMarker(_ key: ObjectKey, in bucket: Bucket, index: Int64, at time: Timestamp) -> ObjectVersion {
        var attributes = ObjectAttributes()
        attributes.owner = bucket.owner
        return ObjectVersion(
            bucket: bucket.id, key: key, index: index, isNull: bucket.versioning == .suspended, isDeleteMarker: true,
            size: 0, modified: time, etag: "", sha256: nil, attributes: attributes, parts: [], manifest: Manifest())
    }
}
