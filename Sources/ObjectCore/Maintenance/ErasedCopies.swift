// Why this file exists: bytes that were erased may lie in segments more than once: a crash leaves the half of a
// compaction behind, an upload that was given up leaves what it had written, a deleted object of the same content is not
// yet compacted, and an archived one was somewhere else before it was packed. No row knows these copies, but every
// record's header has the digest. So the digests of erased chunks are kept until every segment that has dead bytes was
// looked through, and those that hold such a copy are compacted whatever share of them is alive.
// Invariant: a digest is forgotten only when, since the last look, no segment that was looked at or could not be is
// left with a copy: a crash anywhere does the search again.

extension ObjectStore {
    /// What a search for copies found.
    struct ErasedCopies: Sendable {
        /// What was searched for.
        var digests: Set<[UInt8]> = []
        /// Segments that could not be compacted this time, because uploads are writing to them.
        var isComplete = true
    }

    /// Lists the segments with dead copies of erased chunks for compaction.
    func findErasedCopies() async throws(StoreError) -> ErasedCopies {
        var copies = ErasedCopies(digests: try erasedContents())
        guard !copies.digests.isEmpty else { return copies }
        // What is appended from here on was not there when the chunks were erased.
        try chunkStore.seal()
        let sealed = try chunkStore.segments().filter(\.isSealed)
        staging.holds.awaitAppends()
        let live = try liveBytes()
        var found: [Int64] = []
        for segment in sealed
        where segment.usedBytes != live[segment.number]?.records ?? 0 || segment.strayBytes > 0 {
            if staging.holds.isHeld(segment.number) { copies.isComplete = false }
            if try hasCopy(of: copies.digests, in: segment) { found.append(segment.number) }
        }
        let segments = found
        try await committer.commit { change throws(StoreError) in
            for segment in segments { try change.noteErased(segment: segment) }
        }
        return copies
    }

    private func hasCopy(of digests: Set<[UInt8]>, in segment: SegmentSummary) throws(StoreError) -> Bool {
        var suspects: [StoredChunk] = []
        let read = try chunkStore.enumerate(segment: segment.number) { chunk throws(StoreError) in
            if digests.contains(chunk.digest) { suspects.append(chunk) }
        }
        // What is no record any more does not say what it was.
        if read < segment.usedBytes || segment.strayBytes > 0 { return true }
        for chunk in suspects where try location(of: chunk.id) != chunk.location { return true }
        return false
    }

    /// Ends the search for what has no copies left.
    func forgetErased(_ copies: ErasedCopies) async throws(StoreError) {
        guard !copies.digests.isEmpty else { return }
        let there = Set(try chunkStore.segments().map(\.number))
        let listed = try erasedSegments()
        let gone = listed.subtracting(there)
        let isDone = copies.isComplete && listed.isSubset(of: gone)
        guard isDone || !gone.isEmpty else { return }
        try await committer.commit { change throws(StoreError) in
            for segment in gone { try change.forgetErased(segment: segment) }
            guard isDone else { return }
            for digest in copies.digests {
                try change.execute("DELETE FROM erased_contents WHERE digest = $1", [.bytes(digest)])
            }
        }
    }

    /// Digests of erased chunks whose rows are gone, and whose copies may not be.
    func erasedContents() throws(StoreError) -> Set<[UInt8]> {
        try database.read { transaction throws(StoreError) in try transaction.erasedContents() }
    }

    /// Whether bytes of erased versions wait for a collection.
    public var hasErasedContent: Bool {
        get throws(StoreError) {
            try database.read { transaction throws(StoreError) in
                try transaction.first(
                    """
                    SELECT 1 FROM erased_chunks UNION ALL SELECT 1 FROM erased_segments
                    UNION ALL SELECT 1 FROM erased_contents LIMIT 1
                    """, []
                ) { row throws(StoreError) in true } ?? false
            }
        }
    }
}

extension Transaction {
    func erasedContents() throws(StoreError) -> Set<[UInt8]> {
        var digests: Set<[UInt8]> = []
        try query("SELECT digest FROM erased_contents", []) { row throws(StoreError) in
            digests.insert(row.bytes(0))
            return true
        }
        return digests
    }
}

extension Change {
    mutating func noteErased(digest: [UInt8]) throws(StoreError) {
        try execute(
            "INSERT INTO erased_contents (digest) VALUES ($1) ON CONFLICT (digest) DO NOTHING", [.bytes(digest)])
    }

    mutating func noteErased(segment: Int64) throws(StoreError) {
        try execute(
            "INSERT INTO erased_segments (segment) VALUES ($1) ON CONFLICT (segment) DO NOTHING", [.integer(segment)])
    }

    // MARK: What a version was before it was packed

    /// Remembers in which chunks the content of a version was, should it be erased.
    mutating func noteFormer(_ digests: Set<[UInt8]>, of version: Int64) throws(StoreError) {
        for digest in digests.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            try execute(
                """
                INSERT INTO former_contents (version, digest) VALUES ($1, $2)
                ON CONFLICT (version, digest) DO NOTHING
                """, [.integer(version), .bytes(digest)])
        }
    }

    /// A version is erased: so is what it was before.
    mutating func eraseFormer(of version: Int64) throws(StoreError) {
        try execute(
            """
            INSERT INTO erased_contents (digest) SELECT digest FROM former_contents WHERE version = $1
            ON CONFLICT (digest) DO NOTHING
            """, [.integer(version)])
    }

    /// A version's bytes go, for whatever reason.
    mutating func forgetFormer(of version: ObjectVersion) throws(StoreError) {
        guard version.packed != nil else { return }
        try execute("DELETE FROM former_contents WHERE version = $1", [.integer(version.index)])
    }
}
