// Why this file exists: objects come into being here: from content, and as copies by reference.

extension ObjectStore {
    /// Begins to take content.
    /// - Parameters:
    ///   - digests: those wanted beside MD5 (the ETag), which is always computed.
    ///   - isPart: whether this becomes a part of something; otherwise its SHA-256 is computed, too.
    ///   - expectedLength: in bytes, when it is known; small content then needs no worker thread.
    ///   - key: what the content is sealed with; nil leaves it plain.
    public func stage(
        digests: Set<DigestAlgorithm> = [], expectedLength: Int64? = nil, key: DataKey? = nil, isPart: Bool = false
    ) -> ContentWriter {
        let digests = isPart ? digests : digests.union([.sha256])
        let isSmall = expectedLength.map { $0 <= ContentWriter.inlineMaximum } ?? false
        let isBulk = expectedLength.map { $0 > Int64(ChunkIntake.pendingMaximum) } ?? false
        return ContentWriter(
            intake: ChunkIntake(area: staging, digests: digests, isBulk: isBulk, key: key), workers: workers,
            memory: staging.memory, isInline: isSmall)
    }

    /// Gives memory back to the system that a burst of uploads has left free; to be called now and then.
    public func endUploadBurst() async {
        guard staging.memory.endBurst() >= ObjectStore.burstMinimum else { return }
        await workers.done { AllocatorSettings.trim() }
    }

    /// Less than this is not worth the look through the allocator's lists, in bytes.
    private static let burstMinimum = 1 << 20

    /// Begins to take content for cold segments: never small, and not flushed when it is finished.
    func stageCold() -> ContentWriter {
        ContentWriter(
            intake: ChunkIntake(area: staging, digests: [], isBulk: true, stream: .cold), workers: workers,
            memory: staging.memory, isInline: false)
    }

    /// Makes staged content the current object, durably. The ETag is its MD5, unless it is sealed under another key
    /// than the server's.
    /// - Throws: ``StoreError/preconditionFailed(_:)``, ``StoreError/noSuchKey`` (If-Match on a missing object),
    ///   ``StoreError/noSuchBucket(_:)``, ``StoreError/outOfSpace``, ``StoreError/readOnly(_:)``.
    public func put(
        _ content: StagedContent, as key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes,
        conditions: WriteConditions = WriteConditions(), origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        try await ensureAccount(attributes.owner)
        let catalog = catalog
        return try await committer.commit(chunks: content.pending, runs: origin.runs) { change throws(StoreError) in
            let place = try change.place(for: key, in: bucket, conditions: conditions, accounts: catalog)
            let attributes = try change.retained(attributes, in: place.bucket)
            let index = change.nextPosition
            var members = place.members(key: key)
            members.append(("etag", .text(content.etag)))
            members.append(("sha256", .text(Hex.encode(content.digests[.sha256] ?? []))))
            members.append(("size", .integer(content.length)))
            if let encryption = content.encryption { members.append(encryption.member) }
            members += attributes.accessMembers(origin)
            members.append(contentsOf: attributes.lockMembers)
            try change.journal(.objectPut, origin, members)
            var version = ObjectVersion(
                bucket: bucket.id, key: key, index: index, isNull: place.isNull, isDeleteMarker: false,
                size: content.length, modified: change.now, etag: content.etag, sha256: content.digests[.sha256],
                attributes: attributes, parts: [],
                manifest: try change.adopt(content, owner: index))
            version.encryption = content.encryption
            return try change.settle(
                version, at: place, as: origin.isPost ? .createdPost : .createdPut, origin: origin, accounts: catalog)
        }
    }

    /// Makes the bytes of `source` an object under another key, by reference: no byte moves, whatever the size.
    /// ETag and SHA-256 are the source's; so are the checksums, unless `checksum` asks for another algorithm, which
    /// reads the bytes. What is sealed stays sealed as it is; see the copy that takes two keys.
    /// - Parameters:
    ///   - dataKey: the source's, needed only for a checksum.
    ///   - annotations: what goes along, see ``restage(_:from:to:)``.
    ///   - conditions: what must hold in the commit.
    ///   - origin: who asks, for the journal.
    ///   - attributes: what is kept with it.
    ///   - key: the object's key.
    ///   - source: what is copied.
    ///   - checksum: an algorithm to compute, where the source lacks it.
    ///   - bucket: where.
    /// - Throws: as ``put(_:as:in:attributes:conditions:origin:)``; ``StoreError/conditionalConflict`` when the source
    ///   was deleted and collected meanwhile.
    public func copy(
        _ source: ObjectVersion, as key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes,
        checksum: DigestAlgorithm? = nil, key dataKey: DataKey? = nil, annotations: [StagedAnnotation] = [],
        conditions: WriteConditions = WriteConditions(), origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        try checkReadable(source)
        // A copy is not packed by being a copy.
        if source.packed != nil {
            return try await copy(
                source, as: key, in: bucket, attributes: attributes, from: nil, to: nil, checksum: checksum,
                annotations: annotations, conditions: conditions, origin: origin)
        }
        try await ensureAccount(attributes.owner)
        var attributes = attributes
        attributes.checksums = source.attributes.checksums
        if let checksum, !attributes.checksums.contains(where: { $0.algorithm == checksum && $0.kind == .fullObject }) {
            attributes.checksums = [
                Checksum(
                    checksum,
                    try await digests([checksum], of: source, range: 0..<source.size, key: dataKey)[checksum] ?? [])
            ]
        }
        let kept = attributes
        let catalog = catalog
        return try await committer.commit(runs: origin.runs) { change throws(StoreError) in
            let place = try change.place(for: key, in: bucket, conditions: conditions, accounts: catalog)
            let attributes = try change.retained(kept, in: place.bucket)
            let index = change.nextPosition
            var members = place.members(key: key)
            members.append(("etag", .text(source.etag)))
            members.append(("size", .integer(source.size)))
            members.append(("source", .integer(source.index)))
            if let sha256 = source.sha256 { members.append(("sha256", .text(Hex.encode(sha256)))) }
            if let encryption = source.encryption { members.append(encryption.member) }
            members += kept.accessMembers(origin)
            members.append(contentsOf: attributes.lockMembers)
            try change.journal(.objectCopied, origin, members)
            var version = ObjectVersion(
                bucket: bucket.id, key: key, index: index, isNull: place.isNull, isDeleteMarker: false,
                size: source.size, modified: change.now, etag: source.etag, sha256: source.sha256,
                attributes: attributes, parts: source.parts,
                manifest: try change.adopt(source.manifest, overflow: nil, owner: index))
            version.encryption = source.encryption
            let settled = try change.settle(
                version, at: place, as: .createdCopy, origin: origin, accounts: catalog)
            for annotation in annotations {
                _ = try change.annotate(settled, with: annotation, in: place.bucket, origin: origin)
            }
            return settled
        }
    }

    /// Replaces the tags of a version; nil means the current one.
    /// - Parameters:
    ///   - index: the version that the caller judged; another one that took its place meanwhile is left alone.
    ///   - bucket: where.
    ///   - origin: who asks, for the journal.
    ///   - version: which version.
    ///   - key: the object's key.
    ///   - tags: session tags.
    /// - Returns: the version that was changed.
    /// - Throws: ``StoreError/noSuchKey``, ``StoreError/noSuchVersion``, ``StoreError/isDeleteMarker(_:)``.
    public func setTags(
        _ tags: [NameValue], of key: ObjectKey, version: VersionID?, expecting index: Int64? = nil, in bucket: Bucket,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        let catalog = catalog
        return try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            var target = try change.existing(key, version: version, in: bucket.id, accounts: catalog)
            if let index, target.index != index { throw .conditionalConflict }
            target.attributes.tags = tags
            let list = CanonicalJSON.array(tags.map { .array([.text($0.name), .text($0.value)]) })
            let position = try change.journal(
                .tagsSet, origin, live.members(key: key) + [("version", .integer(target.index)), ("tags", list)])
            try change.replaceRecord(of: target, accounts: catalog)
            try change.announce(
                tags.isEmpty ? .taggingDelete : .taggingPut, version: target, in: live, position: position,
                origin: origin)
            try change.replicateChange(
                of: target, in: live, as: tags.isEmpty ? .taggingDelete : .taggingPut, position: position,
                origin: origin)
            return target
        }
    }

    /// Reads bytes of a version to compute digests that are not stored.
    func digests(
        _ algorithms: Set<DigestAlgorithm>, of version: ObjectVersion, range: Range<Int64>, key: DataKey? = nil
    ) async throws(StoreError) -> [DigestAlgorithm: [UInt8]] {
        guard !algorithms.isEmpty else { return [:] }
        let reader = try reader(of: version, range: range, key: key)
        return try await workers.value { () throws(StoreError) in
            let hashers = algorithms.map { DigestHasher($0) }
            var reader = reader
            while let bytes = try reader.nextBlocking(maximum: ContentReader.bufferLength) {
                for hasher in hashers { hasher.update(bytes) }
            }
            var digests: [DigestAlgorithm: [UInt8]] = [:]
            for hasher in hashers { digests[hasher.algorithm] = hasher.finalize() }
            return digests
        }
    }
}

/// Where a new version goes: what the commit found under its key.
struct VersionPlace {
    var bucket: Bucket
    var isNull: Bool
    /// The version that the new one takes the place of.
    var replaced: ObjectVersion?
    /// The newest version before, marker or not.
    var newest: ObjectVersion?

    /// The journal members that every change of a key has.
    func members(key: ObjectKey) -> [(String, CanonicalJSON)] {
        var members = bucket.members(key: key)
        if let newest { members.append(("previous", .integer(newest.index))) }
        if let replaced { members.append(("replaces", .integer(replaced.index))) }
        if isNull { members.append(("null", .boolean(true))) }
        return members
    }
}

extension Change {
    /// Judges the conditions and finds where a new version of `key` goes. Writes nothing.
    func place(
        for key: ObjectKey, in bucket: Bucket, conditions: WriteConditions, accounts: some AccountNumbers
    ) throws(StoreError) -> VersionPlace {
        let live = try self.bucket(bucket, accounts: accounts)
        let newest = try newest(key, in: bucket.id, accounts: accounts)
        try conditions.check(against: newest)
        let replaced = try replaced(by: key, in: live, newest: newest, accounts: accounts)
        try replaced?.checkUnlocked(at: trusted, bypassesGovernance: false)
        return VersionPlace(
            bucket: live, isNull: live.versioning != .enabled, replaced: replaced, newest: newest)
    }

    /// Makes a version visible at its place, and tells whoever waits for such.
    /// - Parameter kind: as what it came into being.
    /// - Returns: the version, with its state of replication.
    mutating func settle(
        _ version: ObjectVersion, at place: VersionPlace, as kind: EventKind, origin: ChangeOrigin,
        accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion {
        var version = version
        if let replaced = place.replaced {
            try destroy(replaced, in: place.bucket, until: version.index, accounts: accounts)
        }
        try replicate(&version, in: place.bucket, as: kind, origin: origin)
        try insertVersion(version, accounts: accounts)
        try announce(kind, version: version, in: place.bucket, position: version.index, origin: origin)
        return version
    }

    /// A version that exists and is no marker.
    func existing(
        _ key: ObjectKey, version: VersionID?, in bucket: BucketID, accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion {
        guard let version else {
            guard let newest = try newest(key, in: bucket, accounts: accounts) else { throw .noSuchKey }
            guard !newest.isDeleteMarker else { throw .isDeleteMarker(newest.versionID) }
            return newest
        }
        guard let found = try self.version(version, of: key, in: bucket, accounts: accounts) else {
            throw .noSuchVersion
        }
        guard !found.isDeleteMarker else { throw .isDeleteMarker(found.versionID) }
        return found
    }

    /// One version of a key, marker or not.
    func version(
        _ id: VersionID, of key: ObjectKey, in bucket: BucketID, accounts: some AccountNumbers
    ) throws(StoreError) -> ObjectVersion? {
        try VersionQuery.version(id, of: key, in: bucket, accounts: accounts) {
            sql, values, decode throws(StoreError) in
            try first(sql, values, decode)
        }
    }
}
