// Why this file exists: Object Lock. What is locked may be changed in one direction only, and whether a lock holds is
// judged inside the commit, against the store's own clock, so that no race and no clock of a client gets round it.
// Invariants: a lock of a bucket is never switched off; compliance retention is never shortened, weakened or removed
// before its end; what is refused is journalled.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html

extension ObjectStore {
    /// The row of `bucket_settings` that holds the default retention.
    package static let defaultRetentionSetting = "object-lock.default-retention"

    /// Switches Object Lock on, and sets or removes the default retention of later writes.
    /// - Returns: the bucket as it is afterwards.
    /// - Throws: ``StoreError/invalidArgument(_:)`` when the bucket does not keep versions.
    @discardableResult
    public func setObjectLock(
        default retention: DefaultRetention?, of bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> Bucket {
        let catalog = catalog
        let settings = bucketSettings
        return try await committer.commit { change throws(StoreError) in
            var live = try change.bucket(bucket, accounts: catalog)
            guard live.versioning == .enabled else {
                throw .invalidArgument("Object Lock needs a bucket that keeps versions")
            }
            live.hasObjectLock = true
            let changed = live
            try change.execute(
                "UPDATE buckets SET record = $2 WHERE id = $1",
                [.integer(bucket.id.value), .bytes(changed.record(accounts: catalog))])
            try change.setBucketSetting(
                ObjectStore.defaultRetentionSetting, to: retention?.encoded, of: bucket.id)
            var members: [(String, CanonicalJSON)] = [
                ("bucket", .text(live.name)), ("bucketId", .text(Hex.encode(live.uuid))),
            ]
            if let retention {
                members.append(("mode", .text(retention.mode.journalName)))
                members.append(("days", .integer(Int64(retention.period.days))))
            }
            try change.journal(.bucketLocked, origin, members)
            change.afterCommit {
                catalog.enter(changed)
                settings.enter(retention?.encoded, as: ObjectStore.defaultRetentionSetting, of: bucket.id)
            }
            return changed
        }
    }

    /// The default retention of a bucket, or nil.
    public func defaultRetention(of bucket: Bucket) throws(StoreError) -> DefaultRetention? {
        try bucketSetting(ObjectStore.defaultRetentionSetting, of: bucket).map { bytes throws(StoreError) in
            try DefaultRetention(encoded: bytes)
        }
    }

    /// Sets the retention of a version, or removes it.
    /// - Parameters:
    ///   - retention: nil removes it.
    ///   - key: the object's.
    ///   - version: nil means the current version.
    ///   - index: the version that the caller judged; another one that took its place meanwhile is left alone.
    ///   - bucket: where.
    ///   - bypassesGovernance: whether governance retention may be shortened or removed; the permission was checked
    ///     by the caller.
    ///   - origin: who asks, for the journal.
    /// - Returns: the version as it is afterwards.
    /// - Throws: ``StoreError/objectLocked(_:)``, ``StoreError/noSuchKey``, ``StoreError/noSuchVersion``,
    ///   ``StoreError/isDeleteMarker(_:)``.
    public func setRetention(
        _ retention: Retention?, of key: ObjectKey, version: VersionID? = nil, expecting index: Int64? = nil,
        in bucket: Bucket, bypassesGovernance: Bool = false, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        let catalog = catalog
        let result = try await committer.commit {
            change throws(StoreError) -> Result<ObjectVersion, StoreError> in
            let live = try change.bucket(bucket, accounts: catalog)
            var target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            var members = live.members(key: key)
            members.append(("version", .integer(target.index)))
            if let retention {
                members.append(("mode", .text(retention.mode.journalName)))
                members.append(("until", .integer(retention.until.milliseconds)))
            }
            if bypassesGovernance { members.append(("bypass", .boolean(true))) }
            do throws(StoreError) {
                try target.attributes.retention?.checkChange(
                    to: retention, at: change.trusted, bypassesGovernance: bypassesGovernance)
            } catch {
                // The refusal must be journalled, so it is no failure of the commit.
                try change.journal(.refused, origin, members + [("asked", .text(JournalKind.retentionSet.rawValue))])
                return .failure(error)
            }
            target.attributes.retention = retention
            try change.journal(.retentionSet, origin, members)
            try change.replaceRecord(of: target, accounts: catalog)
            return .success(target)
        }
        return try result.get()
    }

    /// Puts a version under legal hold, or takes it off; nil means the current version.
    /// - Returns: the version as it is afterwards.
    /// - Throws: ``StoreError/noSuchKey``, ``StoreError/noSuchVersion``, ``StoreError/isDeleteMarker(_:)``.
    public func setLegalHold(
        _ isOn: Bool, of key: ObjectKey, version: VersionID? = nil, expecting index: Int64? = nil, in bucket: Bucket,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            var target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            target.attributes.isOnLegalHold = isOn
            target.attributes.hasLegalHoldStatus = true
            try change.journal(
                .legalHoldSet, origin,
                live.members(key: key) + [("version", .integer(target.index)), ("on", .boolean(isOn))])
            try change.replaceRecord(of: target, accounts: catalog)
            return target
        }
    }
}

extension Retention {
    /// - Throws: ``StoreError/objectLocked(_:)`` when `new` may not take this retention's place at `time`.
    func checkChange(to new: Retention?, at time: Timestamp, bypassesGovernance: Bool) throws(StoreError) {
        guard until > time else { return }
        if let new, new.mode == mode, new.until >= until { return }
        switch mode {
        case .compliance: throw .objectLocked("compliance retention can only be extended")
        case .governance:
            if !bypassesGovernance { throw .objectLocked("governance retention can only be extended") }
        }
    }
}

extension ObjectAttributes {
    /// How the entry of a new version tells what protects it.
    var lockMembers: [(String, CanonicalJSON)] {
        var members: [(String, CanonicalJSON)] = []
        if let retention {
            members.append(("mode", .text(retention.mode.journalName)))
            members.append(("until", .integer(retention.until.milliseconds)))
        }
        if isOnLegalHold { members.append(("hold", .boolean(true))) }
        return members
    }
}

extension Retention.Mode {
    /// As journal entries write it.
    package var journalName: String {
        switch self {
        case .governance: "governance"
        case .compliance: "compliance"
        }
    }
}

extension Change {
    /// The attributes of a new version in a bucket: with the default retention when they bring none.
    func retained(_ attributes: ObjectAttributes, in bucket: Bucket) throws(StoreError) -> ObjectAttributes {
        guard bucket.hasObjectLock, attributes.retention == nil else { return attributes }
        guard let bytes = try bucketSetting(ObjectStore.defaultRetentionSetting, of: bucket.id) else {
            return attributes
        }
        var attributes = attributes
        attributes.retention = try DefaultRetention(encoded: bytes).retention(from: now)
        return attributes
    }
}
