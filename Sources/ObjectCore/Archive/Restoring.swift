// Why this file exists: an archived version becomes readable for some days. Its bytes are here, so a restore is a date in
// its record: it is done at once whatever the size, takes no space, and ends by itself.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html

extension ObjectStore {
    /// The most days of one restore.
    public static let restoreDaysMaximum = 36_500

    /// Makes an archived version readable, or readable for longer or shorter.
    /// - Parameters:
    ///   - days: from now on, at least 1; rounded up to the end of a day of `calendar`.
    ///   - version: nil for the current one.
    ///   - index: the version that the caller judged; another one that took its place meanwhile is left alone.
    ///   - origin: who asks, for the journal.
    ///   - bucket: where.
    ///   - key: the object's key.
    ///   - calendar: how long a day is.
    /// - Returns: the version, and whether it was readable before.
    /// - Throws: ``StoreError/notArchived(_:)`` when its class needs no restore; ``StoreError/noSuchKey``,
    ///   ``StoreError/noSuchVersion``, ``StoreError/isDeleteMarker(_:)``.
    public func restore(
        _ key: ObjectKey, version: VersionID? = nil, expecting index: Int64? = nil, in bucket: Bucket, days: Int,
        calendar: LifecycleCalendar = .utc, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> (version: ObjectVersion, wasReadable: Bool) {
        guard (1...ObjectStore.restoreDaysMaximum).contains(days) else {
            throw .invalidArgument("a restore lasts 1 to \(ObjectStore.restoreDaysMaximum) days")
        }
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            var target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            guard target.isArchived else { throw .notArchived(target.attributes.storageClass) }
            let wasReadable = target.isReadable(at: change.now)
            let until = calendar.moment(days, after: change.now)
            target.restoredUntil = until
            let position = try change.journal(
                .objectRestored, origin,
                live.members(key: key) + [("version", .integer(target.index)), ("until", .integer(until.milliseconds))])
            try change.replaceRecord(of: target, accounts: catalog)
            if wasReadable {
                try change.announce(.restorePost, version: target, in: live, position: position, origin: origin)
            } else {
                try change.announce(
                    .restoreCompleted, .restorePost, version: target, in: live, position: position, origin: origin)
            }
            return (target, wasReadable)
        }
    }
}
