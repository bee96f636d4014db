// Why this file exists: the SHA-256 of content that was put together without being read. Nothing but the chunks' own
// digests says what was written then, so each chunk is held to its digest before it counts: a digest of damaged bytes,
// once recorded, would make the damage the truth.

extension ObjectStore {
    /// Called with the number of bytes after each piece; it may wait, and end the reading by an error.
    typealias DigestPace = (Int) throws(StoreError) -> Void

    /// Reads a version, archived ones too, and computes its SHA-256. Blocks.
    /// - Throws: ``StoreError/corrupt(_:)`` when a byte is not the one that was written, ``StoreError/system(_:)``, and
    ///   what `pace` throws.
    func contentDigest(
        of version: ObjectVersion, key: DataKey?, pace: DigestPace
    ) throws(StoreError) -> [UInt8] {
        guard key?.encryption == version.encryption else { throw .encryption(.dataKeyMissing) }
        let hasher = DigestHasher(.sha256)
        var length: Int64 = 0
        try visitRuns(of: version.manifest, range: 0..<version.storedLength, depth: 0) {
            entry, skip, count throws(StoreError) in
            let stored = try record(of: entry).bytes
            let content = try key.map { key throws(StoreError) in try key.open(stored, of: entry.id) } ?? stored
            guard skip + count <= content.count else { throw .corrupt("a chunk is shorter than its list says") }
            if version.packed == nil {
                content.withUnsafeBytes { hasher.update(.init(rebasing: $0[skip..<skip + count])) }
            }
            length += Int64(count)
            try pace(count)
        }
        guard length == version.storedLength else { throw .corrupt("an object is shorter than its row says") }
        guard version.packed != nil else { return hasher.finalize() }
        // The packed form is whole; what it stands for is another reading.
        var reader = try readerForPacking(version)
        while let bytes = try reader.nextBlocking(maximum: ContentReader.bufferLength) {
            hasher.update(bytes)
            try pace(bytes.count)
        }
        return hasher.finalize()
    }

    /// The version of a row of the queue, with where its bytes lie now; nil when they are gone.
    func carrier(of pending: PendingDigest) throws(StoreError) -> ObjectVersion? {
        let catalog = catalog
        return try database.read { transaction throws(StoreError) in
            try transaction.first(
                PastQuery.carrier,
                [.integer(pending.bucket.value), .bytes(pending.key.bytes), .integer(-pending.index)]
            ) { row throws(StoreError) in
                try ObjectVersion(bucket: pending.bucket, key: pending.key, row: row, accounts: catalog)
            }
        }
    }
}
