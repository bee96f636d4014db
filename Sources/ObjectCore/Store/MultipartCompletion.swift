// Why this file exists: the completion of an upload: which parts were named, whether they are what the client thinks,
// and what ETag and checksum the whole has. All judged inside the commit, so that an upload is completed once.

extension ObjectStore {
    /// Makes the object of the named parts. Repeating a completion that succeeded returns the same object.
    /// - Parameters:
    ///   - id: the upload's.
    ///   - key: the key that the upload was begun for.
    ///   - bucket: where.
    ///   - named: the parts, by rising numbers.
    ///   - checksum: the whole object's checksum when the client announces one; it must match.
    ///   - expectedSize: `x-amz-mp-object-size` in bytes; it must match.
    ///   - conditions: decided inside the commit.
    ///   - origin: who asks, for the journal.
    /// - Throws: ``StoreError/noSuchUpload``, ``StoreError/invalidPart(_:)``, ``StoreError/invalidPartOrder``,
    ///   ``StoreError/partTooSmall(number:size:)``, ``StoreError/digestMismatch(_:)``, ``StoreError/preconditionFailed(_:)``.
    public func completeUpload(
        _ id: UploadID, of key: ObjectKey, in bucket: Bucket, parts named: [CompletedPart], checksum: Checksum? = nil,
        expectedSize: Int64? = nil, conditions: WriteConditions = WriteConditions(), origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> ObjectVersion {
        guard !named.isEmpty else { throw .invalidArgument("a completion names at least one part") }
        guard zip(named, named.dropFirst()).allSatisfy({ $0.number < $1.number }) else { throw .invalidPartOrder }
        let upload: MultipartUpload
        do throws(StoreError) {
            upload = try self.upload(id, of: key, in: bucket)
        } catch {
            if case .noSuchUpload = error, let done = try completed(id, of: key, in: bucket) { return done }
            throw error
        }
        // The parts are read before the commit, to write a long list of them beforehand; the commit looks again.
        let assembly = try assemble(upload, named)
        try assembly.check(checksum, expectedSize, upload)
        let overflow = try assembly.manifest.overflow(identifiers: staging.identifiers)
        let catalog = catalog
        let chunks = overflow.map { [$0] } ?? []
        return try await committer.commit(chunks: chunks, runs: origin.runs) { change throws(StoreError) in
            try change.checkOpen(upload)
            try change.check(assembly, isStillThatOf: id)
            let place = try change.place(for: key, in: bucket, conditions: conditions, accounts: catalog)
            var attributes = try change.retained(upload.attributes, in: place.bucket)
            if let whole = assembly.checksum { attributes.checksums = [whole] }
            let settled = attributes
            let parts = try change.journal(parts: assembly.positions, of: id, in: upload.bucket, origin)
            let index = change.nextPosition
            var members = place.members(key: key)
            members.append(("etag", .text(assembly.etag)))
            members.append(("size", .integer(assembly.size)))
            members.append(("upload", .integer(id.index)))
            members.append(contentsOf: parts)
            members.append(contentsOf: settled.lockMembers)
            if let encryption = upload.encryption { members.append(encryption.member) }
            members += upload.attributes.accessMembers(origin)
            try change.journal(.objectAssembled, origin, members)
            var version = ObjectVersion(
                bucket: bucket.id, key: key, index: index, isNull: place.isNull, isDeleteMarker: false,
                size: assembly.size, modified: change.now, etag: assembly.etag, sha256: nil, attributes: settled,
                parts: assembly.parts,
                manifest: try change.adopt(assembly.manifest, overflow: overflow, owner: index))
            version.uploadIndex = id.index
            version.encryption = upload.encryption
            try change.remove(id, of: key, in: bucket.id)
            return try change.settle(version, at: place, as: .createdComplete, origin: origin, accounts: catalog)
        }
    }

    /// The object that an earlier completion of this upload made, if it is still there.
    private func completed(
        _ id: UploadID, of key: ObjectKey, in bucket: Bucket
    ) throws(StoreError) -> ObjectVersion? {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            var found: ObjectVersion?
            try transaction.query(
                """
                SELECT position, flags, size, modified, record FROM versions
                WHERE bucket = $1 AND key = $2 ORDER BY position
                """, [.integer(bucket.id.value), .bytes(key.bytes)]
            ) { row throws(StoreError) in
                let version = try ObjectVersion(bucket: bucket.id, key: key, row: row, accounts: catalog)
                if version.uploadIndex == id.index { found = version }
                // Versions older than the upload cannot come from it.
                return found == nil && version.index > id.index
            }
            return found
        }
    }

    private func assemble(_ upload: MultipartUpload, _ named: [CompletedPart]) throws(StoreError) -> Assembly {
        try database.read { transaction throws(StoreError) in
            var assembly = Assembly()
            var next = 0
            try transaction.query(
                UploadRows.parts, [.integer(upload.id.index), .integer(Int64(named[0].number) - 1)]
            ) { row throws(StoreError) in
                let (part, position) = try UploadedPart.read(row, upload: upload.id)
                guard part.number >= named[next].number else { return true }
                try assembly.append(part, position, named[next], isLast: next == named.count - 1)
                next += 1
                return next < named.count
            }
            guard next == named.count else { throw .invalidPart(named[next].number) }
            try assembly.finish(upload)
            return assembly
        }
    }
}

extension Change {
    /// Part positions that one entry holds: 4,000 of 13 digits are 56 KB.
    private static let partsInEntry = 4_000

    /// The members by which an assembled object's entry tells its parts. Those that do not fit are journalled before
    /// it, and named by `lists`; `parts` has the last ones.
    fileprivate mutating func journal(
        parts: [Int64], of upload: UploadID, in bucket: BucketID, _ origin: ChangeOrigin
    ) throws(StoreError) -> [(String, CanonicalJSON)] {
        var lists: [CanonicalJSON] = []
        var rest = parts[...]
        while rest.count > Change.partsInEntry {
            let position = try journal(
                .partsListed, origin,
                [
                    ("upload", .integer(upload.index)),
                    ("parts", .array(rest.prefix(Change.partsInEntry).map { .integer($0) })),
                ], in: bucket)
            lists.append(.integer(position))
            rest = rest.dropFirst(Change.partsInEntry)
        }
        let members: [(String, CanonicalJSON)] = [("parts", .array(rest.map { .integer($0) }))]
        return lists.isEmpty ? members : members + [("lists", .array(lists))]
    }
}

/// The object that parts make together.
struct Assembly: Sendable {
    private(set) var manifest = Manifest()
    private(set) var parts: [ObjectPart] = []
    /// The journal positions of the parts: tells whether one was replaced meanwhile.
    private(set) var positions: [Int64] = []
    private(set) var size: Int64 = 0
    private(set) var etag = ""
    private(set) var checksum: Checksum?
    private var digests: [UInt8] = []

    /// Takes the next part.
    mutating func append(
        _ part: UploadedPart, _ position: Int64, _ named: CompletedPart, isLast: Bool
    ) throws(StoreError) {
        guard part.number == named.number, part.etag == named.etag else { throw .invalidPart(named.number) }
        for announced in named.checksums
        where !part.checksums.contains(where: {
            $0.algorithm == announced.algorithm && $0.value == announced.value
        }) {
            throw .invalidPart(named.number)
        }
        if !isLast, part.size < ObjectStore.partSizeMinimum {
            throw .partTooSmall(number: part.number, size: part.size)
        }
        manifest.entries.append(contentsOf: part.manifest.entries)
        parts.append(ObjectPart(number: part.number, size: part.size, checksums: part.checksums))
        positions.append(position)
        size += part.size
        digests.append(contentsOf: Hex.decode(part.etag) ?? [])
    }

    /// Forms ETag and checksum of the whole.
    mutating func finish(_ upload: MultipartUpload) throws(StoreError) {
        guard size <= ObjectStore.objectSizeMaximum else { throw .objectTooLarge(size) }
        // The ETag of a multipart object: MD5 of the parts' MD5s, and their number.
        etag = Hex.encode(Digest.md5(digests)) + "-\(parts.count)"
        guard let algorithm = upload.checksumAlgorithm else { return }
        var values: [[UInt8]] = []
        for part in parts {
            guard let value = part.checksums.first(where: { $0.algorithm == algorithm })?.value else {
                throw .invalidPart(part.number)
            }
            values.append(value)
        }
        switch upload.checksumKind {
        case .composite:
            let hasher = DigestHasher(algorithm)
            for value in values { hasher.update(value) }
            checksum = Checksum(algorithm, hasher.finalize(), kind: .composite)
        case .fullObject:
            var whole = values[0]
            for (value, part) in zip(values, parts).dropFirst() {
                guard
                    let combined = CRCCombine.combine(
                        algorithm: algorithm, whole, value, secondLength: part.size)
                else { throw .invalidArgument("\(algorithm.s3Name) cannot be combined from parts") }
                whole = combined
            }
            checksum = Checksum(algorithm, whole, kind: .fullObject)
        }
    }

    /// Compares with what the client announced of the whole.
    func check(_ announced: Checksum?, _ expectedSize: Int64?, _ upload: MultipartUpload) throws(StoreError) {
        if let expectedSize, expectedSize != size {
            throw .invalidArgument("the parts have \(size) bytes, not \(expectedSize)")
        }
        guard let announced else { return }
        guard let checksum, checksum.algorithm == announced.algorithm else {
            throw .invalidArgument("the upload was not begun with the checksum \(announced.algorithm.s3Name)")
        }
        guard checksum.value == announced.value else { throw .digestMismatch(announced.algorithm) }
    }
}
