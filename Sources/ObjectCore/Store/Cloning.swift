// Why this file exists: a snapshot becomes a bucket that can be written. Rows and references are copied in commits of
// bounded size, no byte moves, whatever the size of the objects.
// Invariant: until the last object is there the new bucket says so in a setting, so that a clone that was interrupted is
// taken up again and never taken for a whole one.

/// What a clone came to.
public struct CloneReport: Sendable, Codable {
    /// Objects of the snapshot.
    public var objects: Int64 = 0
    /// Those that the call copied; fewer when an interrupted clone was taken up again.
    public var copied: Int64 = 0
    public init() {}
}

extension ObjectStore {
    /// Objects in one commit.
    private static let cloneGroup = 256
    /// The setting of a bucket whose clone is not complete: it names the snapshot.
    static let unfinishedCloneSetting = "clone.unfinished"

    /// Makes a bucket with the objects that a snapshot shows, by reference. It keeps versions if the snapshot's bucket
    /// does. Locks, access control lists and configurations are not taken over, as with a copy of objects.
    ///
    /// Called again after an interruption, with the same names, it goes on.
    /// - Parameters:
    ///   - viewName: the snapshot, `BUCKET.NAME`.
    ///   - name: of the new bucket; which names clients may use is the caller's rule.
    ///   - owner: canonical id of its owner; nil for the owner of the snapshot's bucket.
    ///   - origin: who asks, for the journal.
    ///   - progress: called with (done, 0) objects.
    /// - Throws: ``StoreError/noSuchSnapshot(_:)``, ``StoreError/bucketExists(_:isOwn:)``,
    ///   ``StoreError/conditionalConflict`` when the snapshot was deleted meanwhile.
    public func cloneSnapshot(
        _ viewName: String, as name: String, owner: String? = nil, origin: ChangeOrigin = .embedded,
        progress: (@Sendable (Int64, Int64) -> Void)? = nil
    ) async throws(StoreError) -> CloneReport {
        let snapshot = try snapshot(viewName)
        let view = try bucket(viewName)
        let target = try await cloneTarget(name, of: snapshot, view, owner: owner ?? view.owner, origin: origin)
        var report = CloneReport()
        var after: [UInt8] = []
        while true {
            let from = after
            let page = try await workers.value { () throws(StoreError) in
                try self.shown(in: view, at: snapshot.index, after: from, limit: ObjectStore.cloneGroup)
            }
            guard let last = page.last else { break }
            after = last.key.bytes
            report.objects += Int64(page.count)
            report.copied += try await copy(page, to: target, origin: origin)
            progress?(report.objects, 0)
        }
        try await setBucketSetting(ObjectStore.unfinishedCloneSetting, to: nil, of: target, origin: origin)
        return report
    }

    private func cloneTarget(
        _ name: String, of snapshot: Snapshot, _ view: Bucket, owner: String, origin: ChangeOrigin
    ) async throws(StoreError) -> Bucket {
        let mark = Array("\(Hex.encode(view.uuid)) \(snapshot.index)".utf8)
        if let known = catalog.bucket(name), known.snapshot == nil, known.owner == owner,
            bucketSetting(ObjectStore.unfinishedCloneSetting, of: known) == mark
        {
            return known
        }
        let made = try await createBucket(
            name, owner: owner, region: view.region, settings: [ObjectStore.unfinishedCloneSetting: mark],
            origin: origin)
        guard view.versioning != .never else { return made }
        try await setVersioning(.enabled, of: made, origin: origin)
        return try bucket(name)
    }

    private func copy(
        _ versions: [ObjectVersion], to target: Bucket, origin: ChangeOrigin
    ) async throws(StoreError) -> Int64 {
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(target, accounts: catalog)
            var copied: Int64 = 0
            for source in versions {
                // Copied before the interruption, or written by somebody since: that stays.
                guard try change.newest(source.key, in: live.id, accounts: catalog) == nil else { continue }
                try change.clone(source, to: live, origin: origin, accounts: catalog)
                copied += 1
            }
            return copied
        }
    }

    /// The objects that a view shows, in the order of keys, after a key.
    func shown(
        in view: Bucket, at index: Int64, after: [UInt8], limit: Int
    ) throws(StoreError) -> [ObjectVersion] {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            var versions: [(version: ObjectVersion, isOld: Bool)] = []
            var previous: [UInt8] = []
            let start = after.isEmpty ? [] : KeyOrder.next(after: after)
            try transaction.query(
                PastQuery.scan,
                [
                    .integer(view.id.value), .bytes(start), .integer(.min), .bytes(KeyOrder.ceiling), .integer(index),
                ]
            ) { row throws(StoreError) in
                let bytes = row.bytes(0)
                guard row.integer(1) >= -index, bytes != previous else { return true }
                previous = bytes
                guard row.integer(2) & VersionRow.markerFlag == 0 else { return true }
                let version = try ObjectVersion(
                    bucket: view.id, key: try ObjectKey(bytes), row: row, first: 1, accounts: catalog)
                versions.append((version, row.integer(6) != .max))
                return versions.count < limit
            }
            var shown: [ObjectVersion] = []
            for (version, isOld) in versions {
                shown.append(
                    isOld ? try transaction.carried(version, accounts: catalog).readable() : version)
            }
            return shown
        }
    }
}

extension Change {
    /// Makes an object that refers to the bytes of `source`.
    fileprivate mutating func clone(
        _ source: ObjectVersion, to bucket: Bucket, origin: ChangeOrigin, accounts: some AccountNumbers
    ) throws(StoreError) {
        let index = nextPosition
        var members = bucket.members(key: source.key)
        members.append(("etag", .text(source.etag)))
        members.append(("size", .integer(source.size)))
        members.append(("source", .integer(source.index)))
        if let sha256 = source.sha256 { members.append(("sha256", .text(Hex.encode(sha256)))) }
        if let encryption = source.encryption { members.append(encryption.member) }
        try journal(.objectCopied, origin, members)
        var attributes = source.attributes
        attributes.owner = bucket.owner
        attributes.retention = nil
        attributes.isOnLegalHold = false
        attributes.hasLegalHoldStatus = false
        attributes.grants = nil
        var version = ObjectVersion(
            bucket: bucket.id, key: source.key, index: index, isNull: bucket.versioning != .enabled,
            isDeleteMarker: false, size: source.size, modified: now, etag: source.etag, sha256: source.sha256,
            attributes: attributes, parts: source.parts,
            manifest: try adopt(source.manifest, overflow: nil, owner: index))
        version.encryption = source.encryption
        version.packed = source.packed
        try insertVersion(version, accounts: accounts)
    }
}
