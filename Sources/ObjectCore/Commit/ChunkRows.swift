// Why this file exists: the rows that say which chunks exist and who refers to them. A chunk is live because a row
// refers to it: there are no counts that could drift. A reference's owner is the journal position of the version
// or part that holds it, or the negated id of a manifest chunk that lists it.

extension Change {
    /// Makes the row of a chunk whose bytes are durable.
    mutating func insertChunk(_ piece: StagedContent.Piece, at location: ChunkLocation? = nil) throws(StoreError) {
        guard let location = location ?? piece.location else {
            throw .corrupt("chunk \(piece.id.value) has no place")
        }
        try execute(
            """
            INSERT INTO chunks (id, digest, kind, length, segment, place, ver)
            VALUES ($1, $2, $3, $4, $5, $6, 0)
            """,
            [
                .integer(piece.id.value), .bytes(piece.digest), .integer(Int64(piece.kind.rawValue)),
                .integer(Int64(piece.length)), .integer(location.segment), .integer(location.offset),
            ])
        // Sealed chunks are found by nobody: bytes are shared inside one object at most, under its own key.
        guard piece.kind == .data, !piece.isSealed, piece.length >= StagingArea.indexedMinimum else { return }
        // Two uploads may have stored the same bytes at once: the first is found from then on, the other stays
        // a chunk of its own.
        try execute(
            "INSERT INTO chunk_index (digest, id) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            [
                .bytes(StagingArea.indexKey(digest: piece.digest, isCold: piece.isCold)), .integer(piece.id.value),
            ])
    }

    /// Lists a chunk for garbage collection to look at.
    mutating func noteGarbage(_ chunk: ChunkID) throws(StoreError) {
        try execute(
            "INSERT INTO garbage (chunk) VALUES ($1) ON CONFLICT (chunk) DO NOTHING", [.integer(chunk.value)])
    }

    /// Makes a stored chunk safe for this commit: writes the row that a collection compares before it destroys.
    /// - Throws: ``StoreError/conditionalConflict`` when the chunk is gone; the caller stages its content again.
    mutating func protect(_ chunk: ChunkID) throws(StoreError) {
        let changed = try execute("UPDATE chunks SET ver = ver + 1 WHERE id = $1", [.integer(chunk.value)])
        guard changed == 1 else { throw .conditionalConflict }
    }

    mutating func insertReference(to chunk: ChunkID, from owner: Int64) throws(StoreError) {
        try execute(
            "INSERT INTO chunk_references (chunk, owner) VALUES ($1, $2) ON CONFLICT (chunk, owner) DO NOTHING",
            [.integer(chunk.value), .integer(owner)])
    }

    /// Lets `owner` refer to what `manifest` lists directly.
    mutating func refer(to manifest: Manifest, from owner: Int64) throws(StoreError) {
        for entry in manifest.entries { try insertReference(to: entry.id, from: owner) }
    }

    /// Takes the references of `owner` back and lists the chunks for garbage collection.
    mutating func release(_ manifest: Manifest, from owner: Int64) throws(StoreError) {
        for entry in manifest.entries {
            try execute(
                "DELETE FROM chunk_references WHERE chunk = $1 AND owner = $2",
                [.integer(entry.id.value), .integer(owner)])
            try noteGarbage(entry.id)
        }
    }

    /// Makes staged content referred to by `owner`; returns the list that goes into the owner's row.
    mutating func adopt(_ content: StagedContent, owner: Int64) throws(StoreError) -> Manifest {
        var pieces = content.pieces
        var placed: [ChunkID: ChunkLocation] = [:]
        for (record, location) in zip(content.pending, locations) { placed[record.id] = location }
        var seen: Set<ChunkID> = []
        for index in pieces.indices {
            if let location = placed[pieces[index].id] { pieces[index].location = location }
            guard seen.insert(pieces[index].id).inserted else { continue }
            if pieces[index].isNew { try insertChunk(pieces[index]) } else { try protect(pieces[index].id) }
        }
        guard let list = content.manifestPiece else {
            let manifest = Manifest(staged: pieces)
            try refer(to: manifest, from: owner)
            return manifest
        }
        try insertChunk(list)
        for chunk in seen { try insertReference(to: chunk, from: -list.id.value) }
        var manifest = Manifest(staged: [list])
        manifest.entries[0].length = content.length
        try refer(to: manifest, from: owner)
        return manifest
    }

    /// Makes a list that is assembled from stored pieces fit for a row: a long one becomes the manifest chunk that
    /// came with the request (see ``Manifest/overflow(identifiers:)``).
    mutating func adopt(_ manifest: Manifest, overflow: ChunkRecord?, owner: Int64) throws(StoreError) -> Manifest {
        guard let overflow else {
            for entry in manifest.entries { try protect(entry.id) }
            try refer(to: manifest, from: owner)
            return manifest
        }
        let piece = StagedContent.Piece(
            id: overflow.id, kind: .manifest, digest: overflow.digest, length: overflow.bytes.count,
            location: locations.first, isNew: true)
        try insertChunk(piece)
        for entry in manifest.entries {
            try protect(entry.id)
            try insertReference(to: entry.id, from: -overflow.id.value)
        }
        var outer = Manifest(staged: [piece])
        outer.entries[0].length = manifest.length
        try refer(to: outer, from: owner)
        return outer
    }
}

extension Manifest {
    /// The chunk that holds this list when it is too long for a row.
    func overflow(identifiers: ChunkIDSource) throws(StoreError) -> ChunkRecord? {
        guard entries.count > Manifest.inlineMaximum else { return nil }
        let bytes = encoded()
        return ChunkRecord(
            id: try identifiers.next(), kind: .manifest, digest: Digest.sha256(bytes), bytes: bytes)
    }
}
