// Why this file exists: uploads in parts. Parts are rows with lists of chunks of their own; completion strings the
// lists together, so it moves no bytes and costs the same whatever the size.

extension ObjectStore {
    /// The least size of a part that is not the last, in bytes.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    public static let partSizeMinimum: Int64 = 5 << 20
    /// The greatest part number.
    public static let partNumberMaximum = 10_000
    /// The greatest object, in bytes (5 TiB; 50 TB on AWS since December 2025 is not claimed here).
    public static let objectSizeMaximum: Int64 = 5 << 40

    /// Begins an upload in parts.
    /// - Parameters:
    ///   - encryption: that of the ``DataKey`` which all parts will be sealed with; nil for plain parts.
    ///   - initiator: the account that asks, where another one will own the object.
    ///   - bucket: where.
    ///   - attributes: what is kept with it.
    ///   - origin: who asks, for the journal.
    ///   - checksumKind: how that checksum is formed of parts.
    ///   - key: the object's key.
    ///   - checksumAlgorithm: the checksum that parts carry.
    /// - Throws: ``StoreError/noSuchBucket(_:)``.
    public func createUpload(
        _ key: ObjectKey, in bucket: Bucket, attributes: ObjectAttributes, checksumAlgorithm: DigestAlgorithm? = nil,
        checksumKind: Checksum.Kind = .composite, encryption: ObjectEncryption? = nil, initiator: String? = nil,
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> MultipartUpload {
        guard checksumKind == .composite || checksumAlgorithm?.isCombinable ?? true else {
            throw .invalidArgument("a checksum of the full object can only be combined for CRCs")
        }
        try await ensureAccount(attributes.owner)
        let catalog = catalog
        return try await committer.commit(runs: origin.runs) { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            var upload = MultipartUpload(
                bucket: bucket.id, key: key, id: UploadID(change.nextPosition), initiated: change.now,
                attributes: attributes, checksumAlgorithm: checksumAlgorithm, checksumKind: checksumKind)
            upload.encryption = encryption
            upload.initiator = initiator == attributes.owner ? nil : initiator
            try change.journal(.uploadCreated, origin, live.members(key: key))
            try change.execute(
                "INSERT INTO uploads (bucket, key, id, record) VALUES ($1, $2, $3, $4)",
                [
                    .integer(bucket.id.value), .bytes(key.bytes), .integer(upload.id.index),
                    .bytes(upload.record(accounts: catalog)),
                ])
            return upload
        }
    }

    /// An open upload.
    /// - Throws: ``StoreError/noSuchUpload``.
    public func upload(_ id: UploadID, of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> MultipartUpload {
        let catalog = catalog
        let found = try database.read { transaction throws(StoreError) in
            try transaction.first(UploadRows.find, UploadRows.key(id, key, bucket.id)) { row throws(StoreError) in
                try MultipartUpload(bucket: bucket.id, key: key, id: id, row: row, column: 0, accounts: catalog)
            }
        }
        guard let found else { throw .noSuchUpload }
        return found
    }

    /// Makes staged content a part, in place of an earlier part of that number.
    /// - Throws: ``StoreError/noSuchUpload``, ``StoreError/invalidArgument(_:)`` for a number out of 1…10,000.
    public func putPart(
        _ content: StagedContent, number: Int, of upload: MultipartUpload, checksums: [Checksum],
        origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> UploadedPart {
        try checkPartNumber(number)
        // Parts are strung together without being read, so one key has to open them all.
        guard content.encryption == upload.encryption else {
            throw .invalidArgument("a part is sealed with the key of its upload")
        }
        return try await committer.commit(chunks: content.pending, runs: origin.runs) { change throws(StoreError) in
            try change.checkOpen(upload)
            let position = try change.journal(
                .partPut, origin,
                [
                    ("upload", .integer(upload.id.index)), ("number", .integer(Int64(number))),
                    ("etag", .text(content.etag)), ("size", .integer(content.length)),
                ], in: upload.bucket)
            let part = UploadedPart(
                number: number, size: content.length, modified: change.now, etag: content.etag,
                checksums: checksums, manifest: try change.adopt(content, owner: position))
            try change.settle(part, position: position, of: upload.id)
            return part
        }
    }

    /// Makes bytes of an existing version a part, by reference: they are read once to compute the ETag (and the
    /// checksum that the upload asks for), and not written again. The whole of an object that was put in one piece
    /// has its ETag already.
    /// Where source or upload is encrypted, the bytes are read, and written under the upload's key.
    /// - Parameters:
    ///   - sourceKey: the source's key, when it is encrypted.
    ///   - key: the upload's key, when it is encrypted.
    ///   - range: in bytes.
    ///   - source: what is copied.
    ///   - origin: who asks, for the journal.
    ///   - upload: the upload.
    ///   - number: the part's number.
    /// - Throws: as ``putPart(_:number:of:checksums:origin:)``; ``StoreError/conditionalConflict`` when the source was
    ///   deleted and collected meanwhile.
    public func copyPart(
        from source: ObjectVersion, range: Range<Int64>, number: Int, of upload: MultipartUpload,
        sourceKey: DataKey? = nil, key: DataKey? = nil, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> UploadedPart {
        try checkPartNumber(number)
        guard range.lowerBound >= 0, range.upperBound <= source.size else {
            throw .invalidArgument("the range \(range) leaves the object of \(source.size) bytes")
        }
        var wanted: Set<DigestAlgorithm> = upload.checksumAlgorithm.map { [$0] } ?? []
        try checkReadable(source)
        if source.encryption != nil || upload.encryption != nil || source.packed != nil {
            return try await copySealedPart(
                from: source, range: range, number: number, of: upload, digests: wanted, from: sourceKey, to: key,
                origin: origin)
        }
        let isWhole = range == 0..<source.size && source.parts.isEmpty
        if !isWhole { wanted.insert(.md5) }
        let digests = try await digests(wanted, of: source, range: range)
        let etag = digests[.md5].map { Hex.encode($0) } ?? source.etag
        let manifest = source.manifest.slice(range)
        let sums = upload.checksumAlgorithm.map { [Checksum($0, digests[$0] ?? [])] } ?? []
        return try await committer.commit(runs: origin.runs) { change throws(StoreError) in
            try change.checkOpen(upload)
            let position = try change.journal(
                .partCopied, origin,
                [
                    ("upload", .integer(upload.id.index)), ("number", .integer(Int64(number))),
                    ("source", .integer(source.index)), ("offset", .integer(range.lowerBound)),
                    ("size", .integer(Int64(range.count))),
                ], in: upload.bucket)
            let part = UploadedPart(
                number: number, size: Int64(range.count), modified: change.now, etag: etag, checksums: sums,
                manifest: try change.adopt(manifest, overflow: nil, owner: position))
            try change.settle(part, position: position, of: upload.id)
            return part
        }
    }

    /// The parts of an upload in the order of their numbers: those after `after`, at most `limit`, and whether more follow.
    public func parts(
        of upload: MultipartUpload, after: Int = 0, limit: Int = 1000
    ) throws(StoreError) -> (parts: [UploadedPart], isTruncated: Bool) {
        try database.read { transaction throws(StoreError) in
            var parts: [UploadedPart] = []
            var isTruncated = false
            try transaction.query(
                UploadRows.parts, [.integer(upload.id.index), .integer(Int64(after))]
            ) { row throws(StoreError) in
                guard parts.count < limit else {
                    isTruncated = true
                    return false
                }
                parts.append(try UploadedPart.read(row, upload: upload.id).part)
                return true
            }
            return (parts, isTruncated)
        }
    }

    /// Ends an upload without an object.
    /// - Throws: ``StoreError/noSuchUpload``.
    public func abortUpload(
        _ id: UploadID, of key: ObjectKey, in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        let catalog = catalog
        try await committer.commit { change throws(StoreError) in
            let live = try change.bucket(bucket, accounts: catalog)
            guard try change.upload(id, of: key, in: bucket.id, accounts: catalog) != nil else {
                throw .noSuchUpload
            }
            try change.remove(id, of: key, in: bucket.id)
            var members = live.members(key: key)
            members.append(("upload", .integer(id.index)))
            try change.journal(.uploadAborted, origin, members)
        }
    }

    func checkPartNumber(_ number: Int) throws(StoreError) {
        guard (1...ObjectStore.partNumberMaximum).contains(number) else {
            throw .invalidArgument("a part number lies between 1 and \(ObjectStore.partNumberMaximum)")
        }
    }
}

extension Bucket {
    /// The journal members that every change of a key in this bucket has.
    func members(key: ObjectKey) -> [(String, CanonicalJSON)] {
        [("bucket", .text(name)), ("bucketId", .text(Hex.encode(uuid))), JournalEntry.key(key)]
    }
}
