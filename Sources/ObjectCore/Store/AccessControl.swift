// Why this file exists: the access control list of a version is replaced in place: it makes no version and moves no
// time, but it is journalled, because it decides who reads.

extension ObjectStore {
    /// Replaces the access control list of a version; nil means the current one.
    /// - Parameters:
    ///   - grants: nil leaves the owner alone with full control.
    ///   - index: the version that the caller judged; another one that took its place meanwhile is left alone.
    ///   - key: the object's key.
    ///   - version: which version.
    ///   - bucket: where.
    ///   - origin: who asks, for the journal.
    /// - Returns: the version as it is afterwards.
    /// - Throws: ``StoreError/noSuchKey``, ``StoreError/noSuchVersion``, ``StoreError/isDeleteMarker(_:)``,
    ///   ``StoreError/conditionalConflict`` when the version is not `index`.
    public func setGrants(
        _ grants: [AccessGrant]?, of key: ObjectKey, version: VersionID? = nil, expecting index: Int64? = nil,
        in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        guard grants?.count ?? 0 <= AccessGrant.countMaximum else {
            throw .invalidArgument("an access control list has at most \(AccessGrant.countMaximum) grants")
        }
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            var target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            let isChange = target.attributes.grants != grants
            target.attributes.grants = grants
            var members = live.members(key: key)
            members.append(("version", .integer(target.index)))
            members.append(("sha256", .text(AccessGrant.digest(grants ?? []))))
            members.append(("grants", .integer(Int64(grants?.count ?? 0))))
            let position = try change.journal(.aclSet, origin, members)
            try change.replaceRecord(of: target, accounts: catalog)
            // As on AWS, a list that is what it was before is no event.
            guard isChange else { return target }
            try change.announce(.aclPut, version: target, in: live, position: position, origin: origin)
            try change.replicateChange(of: target, in: live, as: .aclPut, position: position, origin: origin)
            return target
        }
    }
}

extension AccessGrant {
    /// As the journal tells a list: it may be long, and its digest tells later which one it was.
    fileprivate static func digest(_ grants: [AccessGrant]) -> String { Hex.encode(Digest.sha256(encode(grants))) }
}

extension ObjectAttributes {
    /// What the journal tells of a new version's access: the owner, where that is not who asked, and the list.
    func accessMembers(_ origin: ChangeOrigin) -> [(String, CanonicalJSON)] {
        var members: [(String, CanonicalJSON)] = []
        if owner != origin.account, !origin.account.isEmpty { members.append(("owner", .text(owner))) }
        if let grants { members.append(("acl", .text(AccessGrant.digest(grants)))) }
        return members
    }
}
