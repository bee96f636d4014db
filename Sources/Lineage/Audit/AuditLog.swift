// Why this file exists: the journal of a store as a transparency log: checkpoints, proofs, tiles and entry bundles in
// the public formats, so that third parties can hold the store to what it once said.
//
// The tree's upper levels are kept in a database of their own, derived from the journal: it can be deleted and is made
// again. Nothing here is in the path of a commit.
public import ObjectCore
private import Synchronization

/// The transparency log over a store's journal. All calls may block and come from any thread.
public final class AuditLog: Sendable {
    /// Entries in one bundle, and hashes in one tile.
    public static let tileWidth: Int64 = 256

    static let schema = """
        CREATE TABLE IF NOT EXISTS tree (
            level BIGINT NOT NULL, position BIGINT NOT NULL, hash BYTEA NOT NULL,
            PRIMARY KEY (level, position)) WITHOUT ROWID;
        """

    /// The name of the log, of its keys, and the first line of its checkpoints.
    public let origin: String
    private let store: ObjectStore
    private let folder: AuditFolder
    private let database: any Database
    private let keys: Mutex<AuditKeys>
    /// Held while a checkpoint is made: the one that was signed last is never replaced by an older one.
    private let signing = Mutex(())
    private let exporting = Mutex(())

    /// Opens the log of a store, making its first key when it has none.
    /// - Throws: ``AuditError`` for keys that cannot be read, `StoreError` for the database.
    public init(store: ObjectStore) throws {
        self.store = store
        origin = "cairn/" + Hex.encode(store.uuid)
        folder = AuditFolder(path: store.path)
        database = try SQLiteDatabase(path: folder.database, schema: AuditLog.schema)
        keys = Mutex(try AuditKeys.open(folder, origin: origin))
    }

    /// Lets go of the database.
    public func close() { database.close() }

    /// The keys under which checkpoints of this log verify, the one in use last. Public: hand them round.
    public var verifiers: [NoteVerifier] { keys.withLock { $0.verifiers } }

    /// Makes a new signing key. Checkpoints are then signed by it and by the one before.
    public func rotateKey() throws {
        let result = keys.withLock { keys -> Result<Void, AuditError> in
            do throws(AuditError) { return .success(try keys.rotate(folder, origin: origin)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Signs the journal as it is now. A checkpoint that was handed out binds the store to every entry before it.
    /// - Throws: ``AuditError`` when the journal does not continue the checkpoint signed before: then nothing is signed.
    public func checkpoint() throws -> SignedNote {
        try signing.withLock { _ in try sign() }
    }

    private func sign() throws -> SignedNote {
        let size = try store.journalSize()
        let tree = try self.tree(size: size)
        let head = Checkpoint(origin: origin, size: size, root: try tree.root())
        if let text = try AuditFolder.read(folder.checkpoint) {
            let note = try SignedNote(encoded: text)
            try note.verify(verifiers)
            let last = try Checkpoint(text: note.text)
            guard last.size <= size, try self.tree(size: last.size).root() == last.root else {
                throw AuditError(
                    "the journal does not continue the checkpoint of \(last.size) entries that was signed before")
            }
            if last == head { return note }
        }
        let note = try SignedNote(text: head.text, signers: keys.withLock { $0.current })
        try AuditFolder.write(note.encoded, to: folder.checkpoint)
        return note
    }

    /// Proves that the entry at a journal position (from 1) is in the log; the entry itself goes along as extra data.
    /// - Throws: ``AuditError`` when there is no such entry.
    public func proof(ofPosition position: Int64) throws -> LogProof {
        guard let entry = try store.journalEntry(at: position) else {
            throw AuditError("the journal has no entry \(position)")
        }
        let note = try checkpoint()
        let tree = try self.tree(size: try Checkpoint(text: note.text).size)
        return LogProof(
            index: position - 1, hashes: try tree.inclusionProof(index: position - 1), checkpoint: note.encoded,
            extra: entry.bytes.isEmpty ? nil : entry.bytes)
    }

    /// Proves that the log of `newSize` entries begins with that of `oldSize`.
    public func consistencyProof(from oldSize: Int64, to newSize: Int64) throws -> [[UInt8]] {
        guard oldSize >= 0, oldSize <= newSize, newSize <= (try store.journalSize()) else {
            throw AuditError("the journal has no such sizes")
        }
        return try tree(size: newSize).consistencyProof(from: oldSize)
    }

    /// The tile `number` of a level: up to 256 hashes of 32 bytes; fewer, `width`, at the right edge.
    /// - Returns: nil when the log does not have it.
    public func tile(level: Int, number: Int64, width: Int64 = tileWidth) throws -> [UInt8]? {
        guard let range = try range(level: level, number: number, width: width) else { return nil }
        return try tiles(size: try store.journalSize()).hashes(level: level, range).flatMap { $0 }
    }

    /// The entry bundle `number`: entries, each after its length in two bytes, big-endian. One that was pruned has length 0.
    /// - Returns: nil when the log does not have it.
    public func bundle(number: Int64, width: Int64 = tileWidth) throws -> [UInt8]? {
        guard let range = try range(level: 0, number: number, width: width) else { return nil }
        return try bundle(range)
    }

    private func bundle(_ range: Range<Int64>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in try store.journalEntries(after: range.lowerBound, limit: range.count) {
            guard let length = UInt16(exactly: entry.bytes.count) else {
                throw AuditError("entry \(entry.position) is longer than a bundle can hold")
            }
            bytes.append(UInt8(length >> 8))
            bytes.append(UInt8(length & 0xff))
            bytes.append(contentsOf: entry.bytes)
        }
        return bytes
    }

    private func range(level: Int, number: Int64, width: Int64) throws -> Range<Int64>? {
        guard (0..<8).contains(level), (0..<(1 << 40)).contains(number), (1...AuditLog.tileWidth).contains(width)
        else { return nil }
        let start = number * AuditLog.tileWidth
        let available = try store.journalSize() >> Int64(level * 8)
        return start + width <= available ? start..<start + width : nil
    }

    // MARK: Export

    /// Writes checkpoint, tiles, entry bundles and verifier keys into `directory`, which is made. All are of one size
    /// of the log, however much is written to the store meanwhile; what an earlier export left there stays valid.
    ///
    /// Reads one tile at a time, so no snapshot of the database is held for long, and flushes no file, so commits do not
    /// wait for it; the checkpoint comes last, so a folder without one was not finished.
    /// - Parameters:
    ///   - directory: where.
    ///   - openings: what may be known of hidden names to whoever gets the folder; nothing of an earlier export stays.
    /// - Returns: the checkpoint.
    /// - Throws: ``AuditError`` when `directory` holds another log or another export is being made.
    public func export(to directory: String, openings: [EntryOpening] = []) throws -> SignedNote {
        let note = try exporting.withLockIfAvailable { _ in
            let writer = try ExportWriter(directory, origin: origin)
            let note = try checkpoint()
            try writeTiles(size: try Checkpoint(text: note.text).size, writer)
            try writer.write(openings, to: EntryOpening.file)
            try writer.write(Array(verifiers.map { "\($0)\n" }.joined().utf8), "verifier-keys")
            try writer.write(Array(note.encoded.utf8), "checkpoint")
            // Snapshots that idle readers keep would have the database's log grow.
            try database.checkpoint()
            return note
        }
        guard let note else { throw AuditError("another export is being made") }
        return note
    }

    private func writeTiles(size: Int64, _ writer: ExportWriter) throws {
        let tiles = try self.tiles(size: size)
        var level = 0
        while size >> Int64(level * 8) > 0 {
            let count = size >> Int64(level * 8)
            var start: Int64 = 0
            while start < count {
                let range = start..<min(start + AuditLog.tileWidth, count)
                let number = start / AuditLog.tileWidth
                let width = Int64(range.count)
                try writer.write(
                    try tiles.hashes(level: level, range).flatMap { $0 },
                    TilePath.tile(level: level, number: number, width: width).text)
                if level == 0 {
                    try writer.write(try bundle(range), TilePath.bundle(number: number, width: width).text)
                }
                start = range.upperBound
            }
            level += 1
        }
    }

    // MARK: The tree

    private func tree(size: Int64) throws -> MerkleTree<JournalTiles> {
        MerkleTree(size: size, source: try tiles(size: size))
    }

    private func tiles(size: Int64) throws -> JournalTiles {
        let tiles = JournalTiles(store: store, database: database)
        try tiles.extend(to: size)
        return tiles
    }
}

/// The tree's hashes: leaves from the journal, the levels above from their database.
struct JournalTiles: TileSource {
    /// Hashes written in one transaction.
    private static let groupMaximum: Int64 = 1024

    let store: ObjectStore
    let database: any Database

    func hashes(level: Int, _ range: Range<Int64>) throws -> [[UInt8]] {
        if level == 0 { return try store.journalLeaves(range) }
        let hashes = try database.read { transaction throws(StoreError) in
            var hashes: [[UInt8]] = []
            try transaction.query(
                "SELECT hash FROM tree WHERE level = $1 AND position >= $2 AND position < $3 ORDER BY position",
                [.integer(Int64(level)), .integer(range.lowerBound), .integer(range.upperBound)]
            ) { row throws(StoreError) in
                hashes.append(row.bytes(0))
                return true
            }
            return hashes
        }
        guard hashes.count == range.count else {
            throw AuditError("the tree's database lacks hashes; delete lineage.sqlite, it is made again")
        }
        return hashes
    }

    /// Computes the upper levels as far as the journal goes.
    func extend(to size: Int64) throws {
        var level = 1
        while size >> Int64(level * 8) > 0 {
            let wanted = size >> Int64(level * 8)
            var known = try count(level: level)
            while known < wanted {
                let end = min(wanted, known + JournalTiles.groupMaximum)
                var hashes: [[UInt8]] = []
                for position in known..<end {
                    let below = try self.hashes(level: level - 1, position * 256..<(position + 1) * 256)
                    hashes.append(MerkleHash.root(ofLeaves: below))
                }
                try write(hashes, level: level, from: known)
                known = end
            }
            level += 1
        }
    }

    private func count(level: Int) throws -> Int64 {
        try database.read { transaction throws(StoreError) in
            try transaction.first(
                "SELECT position FROM tree WHERE level = $1 ORDER BY position DESC LIMIT 1", [.integer(Int64(level))]
            ) { row throws(StoreError) in row.integer(0) + 1 } ?? 0
        }
    }

    private func write(_ hashes: [[UInt8]], level: Int, from first: Int64) throws {
        try database.write { transaction throws(StoreError) in
            for (offset, hash) in hashes.enumerated() {
                try transaction.execute(
                    "INSERT INTO tree (level, position, hash) VALUES ($1, $2, $3) ON CONFLICT (level, position) DO NOTHING",
                    [.integer(Int64(level)), .integer(first + Int64(offset)), .bytes(hash)])
            }
        }
    }
}
