// Why this file exists: the synchronous heart of an upload: bytes in, digests and chunks out, in constant memory.
// It runs on whichever thread may work for long, one call at a time.

/// What an intake needs of the store.
struct StagingArea: Sendable {
    let database: any Database
    let chunkStore: any ChunkStore
    let identifiers: ChunkIDSource
    let pins: ChunkPins
    let holds: SegmentHolds
    let reserve: DiskReserve
    /// The same on the device of cold segments.
    let archiveReserve: DiskReserve
    let chunking: ChunkerParameters
    let committer: Committer
    /// What unfinished chunks of all uploads may hold, and where the rest goes.
    let memory: UploadMemory
    let spills: SpillFolder

    /// Chunks under this size are not looked up and not entered in the digest index: a row under a random key costs
    /// more than it saves there. See docs/decisions/0003-small-chunks-are-not-indexed.md.
    static let indexedMinimum = 16 << 10

    /// Under what a chunk is found in `chunk_index`. What is archived shares chunks with what is archived only: nothing
    /// in use shall be read from cold segments, nor an archive stay among what is in use.
    static func indexKey(digest: [UInt8], isCold: Bool) -> [UInt8] { isCold ? digest + [1] : digest }

    /// Finds a stored data chunk with these bytes and pins it; nil when there is none.
    func findAndPin(digest: [UInt8], length: Int, isCold: Bool) throws(StoreError) -> StagedContent.Piece? {
        guard length >= StagingArea.indexedMinimum,
            let found = try find(digest: digest, length: length, isCold: isCold)
        else { return nil }
        guard pins.pin(found.id) else { return nil }
        // A collection that condemned the chunk before the pin may have committed since the first look.
        guard let still = try find(digest: digest, length: length, isCold: isCold), still.id == found.id else {
            pins.unpin(found.id)
            return nil
        }
        return still
    }

    private func find(
        digest: [UInt8], length: Int, isCold: Bool
    ) throws(StoreError) -> StagedContent.Piece? {
        try database.read { transaction throws(StoreError) in
            try transaction.first(
                """
                SELECT c.id, c.length, c.segment, c.place FROM chunk_index i JOIN chunks c ON c.id = i.id
                WHERE i.digest = $1
                """, [.bytes(StagingArea.indexKey(digest: digest, isCold: isCold))]
            ) { row throws(StoreError) in
                StagedContent.Piece(
                    id: ChunkID(row.integer(0)), kind: .data, digest: digest, length: Int(row.integer(1)),
                    location: ChunkLocation(segment: row.integer(2), offset: row.integer(3)), isNew: false)
            }
        }.flatMap { $0.length == length ? $0 : nil }
    }
}

/// Takes the bytes of one upload.
final class ChunkIntake {
    /// Content up to this size is kept in memory and written with its commit, together with others'.
    static let pendingMaximum = 128 << 10
    /// New chunk rows are made durable in groups of this many while a large upload goes on, so that the commit
    /// that makes it visible stays short.
    static let registrationGroup = 512
    /// Memory is taken of the budget so many bytes at a time.
    static let memoryStep = 256 << 10

    private let area: StagingArea
    /// What chunks are sealed with; nil leaves them plain.
    private let key: DataKey?
    /// Where large content goes; what goes to the cold stream is all large, and flushed by who commits it.
    private let stream: ChunkStream
    private var hashers: [DigestHasher]
    /// SHA-256 of the whole, which takes each chunk when it ends; nil when nobody asks for it.
    private let wholeHasher: DigestHasher?
    /// SHA-256 of the whole, when that is one chunk: its own digest.
    private var wholeDigest: [UInt8]?
    private var chunker: Chunker
    /// The bytes of the chunk that is being filled, behind those in ``spill``.
    private var current: [UInt8] = []
    /// How much of the budget ``current`` has, in bytes. Small content takes none: it is short, and soon whole.
    private var granted = 0
    private var spill: ChunkSpill?
    private var pieces: [StagedContent.Piece] = []
    private var pending: [ChunkRecord] = []
    private var pendingBytes = 0
    private var pinned: [ChunkID] = []
    private var held: [Int64] = []
    private var unregistered: [Int] = []
    /// Digests of this upload's own chunks, so that repeated content (zeros) is stored once.
    private var own: [[UInt8]: Int] = [:]
    private var length: Int64 = 0
    /// Whether the content has outgrown ``pendingMaximum``, or is known to.
    private var isBulk: Bool

    init(
        area: StagingArea, digests: Set<DigestAlgorithm>, isBulk: Bool, key: DataKey? = nil,
        stream: ChunkStream = .bulk
    ) {
        self.area = area
        self.key = key
        self.stream = stream
        hashers = digests.union([.md5]).subtracting([.sha256]).map { DigestHasher($0) }
        wholeHasher = digests.contains(.sha256) ? DigestHasher(.sha256) : nil
        chunker = Chunker(area.chunking)
        self.isBulk = isBulk || stream == .cold
    }

    deinit {
        for chunk in pinned { area.pins.unpin(chunk) }
        area.holds.release(held)
        area.memory.giveBack(granted)
    }

    func take(_ bytes: [UInt8]) throws(StoreError) {
        length += Int64(bytes.count)
        if length > Int64(ChunkIntake.pendingMaximum) { try becomeBulk() }
        try bytes.reading { buffer throws(StoreError) in
            for hasher in hashers { hasher.update(buffer) }
            var rest = buffer
            while !rest.isEmpty {
                guard let cut = chunker.nextCut(in: rest) else {
                    if try !fill(rest) { _ = try endEarly() }
                    return
                }
                _ = try fill(UnsafeRawBufferPointer(rebasing: rest.prefix(cut)))
                try endChunk()
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(cut))
            }
        }
    }

    /// Ends the content.
    func finish() throws(StoreError) -> StagedContent {
        if !current.isEmpty || spilledLength > 0 { try endChunk(isLast: true) }
        current = []
        giveMemoryBack()
        var digests: [DigestAlgorithm: [UInt8]] = [:]
        for hasher in hashers { digests[hasher.algorithm] = hasher.finalize() }
        if let wholeHasher { digests[.sha256] = wholeDigest ?? wholeHasher.finalize() }
        var manifestPiece: StagedContent.Piece?
        if pieces.count > Manifest.inlineMaximum {
            try register()
            manifestPiece = try storeManifest()
        }
        // Here and not in the commit, so that nobody else's commit waits for a large flush.
        if !held.isEmpty, !isCold { try area.chunkStore.sync(stream) }
        let staged = StagedContent(
            length: length, digests: digests, pieces: pieces, manifestPiece: manifestPiece, pending: pending,
            area: area, pinned: pinned, held: held, key: key)
        pinned = []
        held = []
        return staged
    }

    /// Gives its part of the budget back while no bytes come.
    /// - Returns: whether it had any that it could give.
    func letGo() throws(StoreError) -> Bool {
        guard granted > 0 else { return false }
        if key == nil, !current.isEmpty {
            try spillCurrent()
        } else if try !endEarly() {
            // What is too short to be cut is worth no more than its own length.
            var short: [UInt8] = []
            short.reserveCapacity(current.count)
            short.append(contentsOf: current)
            current = short
            giveMemoryBack()
        }
        return true
    }

    private var isCold: Bool { stream == .cold }

    private var spilledLength: Int { spill?.length ?? 0 }

    // MARK: The unfinished chunk

    /// Adds bytes to the chunk.
    /// - Returns: false when they are held beyond the budget.
    private func fill(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
        let needed = current.count + bytes.count
        guard isBulk else {
            current.append(contentsOf: bytes)
            return true
        }
        if spilledLength > 0 {
            try spill?.append(bytes)
            return true
        }
        if needed > granted, !takeMemory(needed) {
            guard key == nil else {
                current.append(contentsOf: bytes)
                return false
            }
            try spillCurrent()
            try spill?.append(bytes)
            return true
        }
        current.reserveCapacity(granted)
        current.append(contentsOf: bytes)
        return true
    }

    private func takeMemory(_ needed: Int) -> Bool {
        let step = ChunkIntake.memoryStep
        let wanted = (needed + step - 1) / step * step - granted
        guard area.memory.take(wanted) || area.memory.reclaim() && area.memory.take(wanted) else { return false }
        granted += wanted
        return true
    }

    private func giveMemoryBack() {
        area.memory.giveBack(granted)
        granted = 0
    }

    /// Moves the chunk's bytes to a file.
    private func spillCurrent() throws(StoreError) {
        if spill == nil { spill = try area.spills.makeSpill() }
        try area.reserve.check()
        try current.reading { bytes throws(StoreError) in try spill?.append(bytes) }
        current = []
        giveMemoryBack()
    }

    /// Cuts here what is sealed, which never lies in a file as it is: no other object shares chunks with it, so that
    /// nothing is lost by a cut at another place.
    private func endEarly() throws(StoreError) -> Bool {
        guard current.count >= area.chunking.minimum else { return false }
        try endChunk()
        chunker.reset()
        current = []
        giveMemoryBack()
        return true
    }

    private func append(_ record: ChunkRecord) throws(StoreError) -> ChunkLocation {
        try (isCold ? area.archiveReserve : area.reserve).check()
        let locations = try area.holds.holding { () throws(StoreError) in
            try area.chunkStore.append([record], to: stream)
        }
        held.append(locations[0].segment)
        return locations[0]
    }

    private func becomeBulk() throws(StoreError) {
        guard !isBulk else { return }
        isBulk = true
        for record in pending {
            let location = try append(record)
            for index in pieces.indices where pieces[index].id == record.id { pieces[index].location = location }
        }
        pending = []
    }

    private func endChunk(isLast: Bool = false) throws(StoreError) {
        if let spill, spill.length > 0 {
            try store(try spill.takeAll(), isLast: isLast)
            return
        }
        // The buffer is used again, unless it is scarce or somebody else has it.
        var bytes = current
        current = []
        try store(bytes, isLast: isLast)
        guard isBulk, !isLast else { return }
        if area.memory.isPlentiful {
            bytes.removeAll(keepingCapacity: true)
            current = bytes
        } else {
            giveMemoryBack()
        }
    }

    /// Stores a whole chunk, unless it is stored already.
    private func store(_ bytes: [UInt8], isLast: Bool) throws(StoreError) {
        let digest = Digest.sha256(bytes)
        if isLast, pieces.isEmpty { wholeDigest = digest } else { wholeHasher?.update(bytes) }
        if let earlier = own[digest] {
            pieces.append(pieces[earlier])
            return
        }
        own[digest] = pieces.count
        // What others stored is not looked at under a key: deduplication never crosses keys.
        if key == nil, let known = try area.findAndPin(digest: digest, length: bytes.count, isCold: isCold) {
            pinned.append(known.id)
            pieces.append(known)
            return
        }
        var record = ChunkRecord(id: try area.identifiers.next(), kind: .data, digest: digest, bytes: bytes)
        if let key {
            record.bytes = try key.seal(bytes, as: record.id)
            record.digest = Digest.sha256(record.bytes)
            record.isSealed = true
        }
        var piece = StagedContent.Piece(
            id: record.id, kind: .data, digest: record.digest, length: record.bytes.count, location: nil, isNew: true,
            isSealed: record.isSealed, isCold: isCold)
        if isBulk {
            piece.location = try append(record)
            unregistered.append(pieces.count)
        } else {
            pending.append(record)
        }
        pieces.append(piece)
        if unregistered.count >= ChunkIntake.registrationGroup { try register() }
    }

    /// Makes rows for the chunks written so far. Nobody refers to them yet: they are pinned, and listed as garbage
    /// in the same commit, so that a crash before the object's commit leaves nothing behind.
    private func register() throws(StoreError) {
        let group = unregistered.map { pieces[$0] }.filter { $0.isNew }
        guard !group.isEmpty else { return }
        for piece in group where area.pins.pin(piece.id) { pinned.append(piece.id) }
        try area.chunkStore.sync(stream)
        try area.committer.commitBlocking { change throws(StoreError) in
            for piece in group {
                try change.insertChunk(piece)
                try change.noteGarbage(piece.id)
            }
        }
        // Repeated pieces carry the id too.
        let registered = Set(group.map(\.id))
        for index in pieces.indices where registered.contains(pieces[index].id) { pieces[index].isNew = false }
        unregistered = []
    }

    private func storeManifest() throws(StoreError) -> StagedContent.Piece {
        let bytes = Manifest(staged: pieces).encoded()
        let record = ChunkRecord(
            id: try area.identifiers.next(), kind: .manifest, digest: Digest.sha256(bytes), bytes: bytes)
        let location = try append(record)
        return StagedContent.Piece(
            id: record.id, kind: .manifest, digest: record.digest, length: bytes.count, location: location,
            isNew: true)
    }
}

extension Manifest {
    /// Lists longer than this become a chunk of their own.
    static let inlineMaximum = 16

    /// The list of pieces whose locations are known.
    init(staged pieces: [StagedContent.Piece]) {
        self.init(
            entries: pieces.map { piece in
                Entry(
                    kind: piece.kind, id: piece.id, digest: piece.digest, chunkLength: piece.length, skip: 0,
                    length: Int64(piece.contentLength), hint: piece.location ?? ChunkLocation(segment: 0, offset: 0))
            })
    }
}
