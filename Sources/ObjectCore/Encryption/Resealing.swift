// Why this file exists: copies between different keys (or none) are read, and written anew under the other key; the
// copy and its ETag then stand for themselves, while checksums and parts, which speak of the content, stay true.

extension ObjectStore {
    /// Makes the content of `source` an object under another name and another key.
    /// The ETag is the source's where both are MD5s of the content, else that of the copy.
    /// - Parameters:
    ///   - sourceKey: the source's key; nil when it is plain.
    ///   - key: what the copy is sealed with; nil leaves it plain.
    ///   - dataKey: what the copy is sealed with; nil leaves it plain.
    ///   - conditions: what must hold in the commit.
    ///   - origin: who asks, for the journal.
    ///   - attributes: what is kept with it.
    ///   - annotations: what goes along.
    ///   - source: what is copied.
    ///   - checksum: an algorithm to compute, where the source lacks it.
    ///   - bucket: where.
    /// - Throws: as ``put(_:as:in:attributes:conditions:origin:)`` and ``reader(of:range:key:)``.
    public func copy(
        _ source: ObjectVersion, as key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes,
        from sourceKey: DataKey?, to dataKey: DataKey?, checksum: DigestAlgorithm? = nil,
        annotations: [StagedAnnotation] = [], conditions: WriteConditions = WriteConditions(),
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        try await ensureAccount(attributes.owner)
        var attributes = attributes
        attributes.checksums = source.attributes.checksums
        let isNewChecksum =
            checksum.map { wanted in
                !attributes.checksums.contains { $0.algorithm == wanted && $0.kind == .fullObject }
            } ?? false
        let content = try await restage(
            source, range: 0..<source.size, from: sourceKey, to: dataKey, digests: checksum.map { [$0] } ?? [])
        if isNewChecksum, let checksum {
            attributes.checksums = [Checksum(checksum, content.digests[checksum] ?? [])]
        }
        let areDigests =
            (source.encryption?.hasDigestAsETag ?? true) && (content.encryption?.hasDigestAsETag ?? true)
        let etag =
            areDigests
            ? source.etag : source.parts.isEmpty ? content.etag : "\(content.etag)-\(source.parts.count)"
        let kept = attributes
        let catalog = catalog
        return try await committer.commit(chunks: content.pending, runs: origin.runs) { change throws(StoreError) in
            let place = try change.place(for: key, in: bucket, conditions: conditions, accounts: catalog)
            let attributes = try change.retained(kept, in: place.bucket)
            let index = change.nextPosition
            var members = place.members(key: key)
            members.append(("etag", .text(etag)))
            members.append(("size", .integer(source.size)))
            members.append(("source", .integer(source.index)))
            members.append(("sha256", .text(Hex.encode(content.digests[.sha256] ?? []))))
            if let encryption = content.encryption { members.append(encryption.member) }
            members += kept.accessMembers(origin)
            members.append(contentsOf: attributes.lockMembers)
            try change.journal(.objectCopied, origin, members)
            var version = ObjectVersion(
                bucket: bucket.id, key: key, index: index, isNull: place.isNull, isDeleteMarker: false,
                size: content.length, modified: change.now, etag: etag, sha256: content.digests[.sha256],
                attributes: attributes, parts: source.parts,
                manifest: try change.adopt(content, owner: index))
            version.encryption = content.encryption
            let settled = try change.settle(
                version, at: place, as: .createdCopy, origin: origin, accounts: catalog)
            for annotation in annotations {
                _ = try change.annotate(settled, with: annotation, in: place.bucket, origin: origin)
            }
            return settled
        }
    }

    /// A part made of bytes under another key than the upload's.
    func copySealedPart(
        from source: ObjectVersion, range: Range<Int64>, number: Int, of upload: MultipartUpload,
        digests: Set<DigestAlgorithm>, from sourceKey: DataKey?, to key: DataKey?, origin: ChangeOrigin
    ) async throws(StoreError) -> UploadedPart {
        guard key?.encryption == upload.encryption else { throw .encryption(.dataKeyMissing) }
        let content = try await restage(source, range: range, from: sourceKey, to: key, digests: digests)
        let sums = upload.checksumAlgorithm.map { [Checksum($0, content.digests[$0] ?? [])] } ?? []
        return try await committer.commit(chunks: content.pending, runs: origin.runs) { change throws(StoreError) in
            try change.checkOpen(upload)
            let position = try change.journal(
                .partCopied, origin,
                [
                    ("upload", .integer(upload.id.index)), ("number", .integer(Int64(number))),
                    ("source", .integer(source.index)), ("offset", .integer(range.lowerBound)),
                    ("size", .integer(Int64(range.count))),
                ], in: upload.bucket)
            let part = UploadedPart(
                number: number, size: content.length, modified: change.now, etag: content.etag, checksums: sums,
                manifest: try change.adopt(content, owner: position))
            try change.settle(part, position: position, of: upload.id)
            return part
        }
    }

    /// Reads content and stages it anew under another key.
    private func restage(
        _ source: ObjectVersion, range: Range<Int64>, from sourceKey: DataKey?, to key: DataKey?,
        digests: Set<DigestAlgorithm>
    ) async throws(StoreError) -> StagedContent {
        var reader = try reader(of: source, range: range, key: sourceKey)
        let writer = stage(digests: digests, expectedLength: reader.length, key: key)
        while let bytes = try await reader.next() { try await writer.write(bytes) }
        return try await writer.finish()
    }
}

extension ObjectEncryption {
    /// How the journal tells it: the scheme, and the name of a named key.
    var member: (String, CanonicalJSON) {
        switch scheme {
        case .master: ("encryption", .text("SSE-S3"))
        case .named: ("encryption", .text("SSE-KMS:\(keyName)"))
        case .customer: ("encryption", .text("SSE-C"))
        }
    }
}
