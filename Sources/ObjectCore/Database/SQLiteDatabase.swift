// Why this file exists: the metadata database over SQLite: one writer, many readers on held snapshots.
//
// A read transaction costs more to begin than a look-up in it, so readers keep theirs open and begin a new one only
// when a write has been committed since: `generation` counts the commits, and a reader remembers the one it saw.
// An open snapshot keeps the log from being emptied, so `checkpoint` first ends those of idle readers.
private import Synchronization

/// A ``Database`` in one SQLite file in WAL mode with synchronous=FULL: a commit is durable when it returns.
public final class SQLiteDatabase: Database {
    /// Idle readers beyond this many are closed. Each holds about 2 MB of pages and three descriptors.
    static let idleReadersMaximum = 8
    /// Pages in the log at which a commit sees to it that it begins anew: 128 MiB. A long log makes reads slower.
    static let logFramesMaximum = 32_768
    /// How long that commit waits for readers; for one that takes longer the next round tries again.
    static let restartMilliseconds: Int32 = 50

    /// Unchecked: a connection leaves its mutex only to be used by the one thread that took it.
    private struct Box: @unchecked Sendable {
        let connection: SQLiteConnection
        var generation: Int
    }

    private struct Pool {
        var idle: [Box] = []
        var isClosed = false
    }

    private let path: String
    private let isReadOnly: Bool
    private let writer: Mutex<Box?>
    private let checkpointer: Mutex<Box?>
    private let readers = Mutex(Pool())
    private let generation = Atomic<Int>(0)
    private let logFramesMaximum: Int
    /// Whether the next commit is to have the log begin anew.
    private let isLogLong = Atomic<Bool>(false)

    /// Opens or makes the file at `path` and the tables of a store.
    /// - Throws: ``StoreError/database(_:)``, ``StoreError/corrupt(_:)``, ``StoreError/outOfSpace``.
    public convenience init(path: String, isReadOnly: Bool = false) throws(StoreError) {
        try self.init(path: path, schema: Schema.sql, isReadOnly: isReadOnly)
    }

    /// Opens or makes the file at `path` with tables of the caller's.
    /// - Parameters:
    ///   - path: of the database; its log lies beside it.
    ///   - schema: statements that may be run each time (`CREATE TABLE IF NOT EXISTS …`).
    ///   - isReadOnly: opens what is there and runs no statement of the schema.
    public convenience init(path: String, schema: String, isReadOnly: Bool = false) throws(StoreError) {
        try self.init(
            path: path, schema: schema, isReadOnly: isReadOnly, logFramesMaximum: SQLiteDatabase.logFramesMaximum)
    }

    /// - Parameter logFramesMaximum: for tests.
    init(path: String, schema: String, isReadOnly: Bool = false, logFramesMaximum: Int) throws(StoreError) {
        self.path = path
        self.logFramesMaximum = logFramesMaximum
        self.isReadOnly = isReadOnly
        if !isReadOnly {
            // The log takes its mode from this file: only the owner reads secrets, names and who did what.
            do throws(SystemCallError) { _ = try RealIO().open(path, .create) } catch {
                throw error.isOutOfSpace ? .outOfSpace : .system(error)
            }
        }
        if isReadOnly {
            writer = Mutex(nil)
            checkpointer = Mutex(nil)
        } else {
            let connection = try SQLiteConnection(path: path, isReadOnly: false)
            // WAL: readers never wait for the writer. FULL: the log is flushed before a commit returns.
            // Checkpoints are ours to time, so that none falls into a commit.
            try connection.run("PRAGMA journal_mode=WAL")
            try connection.run("PRAGMA synchronous=FULL")
            try connection.run("PRAGMA wal_autocheckpoint=0")
            // A log that a long reader let grow gives its room back afterwards.
            try connection.run("PRAGMA journal_size_limit=268435456")
            try connection.run("PRAGMA cache_size=-8192")
            // What is deleted is overwritten, whatever the library was built with: erased names, revoked secrets.
            try connection.run("PRAGMA secure_delete=ON")
            try connection.run(schema)
            let copier = try SQLiteConnection(path: path, isReadOnly: false)
            try copier.run("PRAGMA synchronous=FULL")
            try copier.run("PRAGMA wal_autocheckpoint=0")
            writer = Mutex(Box(connection: connection, generation: 0))
            checkpointer = Mutex(Box(connection: copier, generation: 0))
        }
    }

    public func read<Value>(
        _ body: (any Transaction) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        var reader = try takeReader()
        let current = generation.load(ordering: .acquiring)
        if reader.generation != current {
            if reader.connection.isInTransaction { try reader.connection.execute("COMMIT") }
            // The snapshot itself is taken by the first query; it can only be newer than `current`.
            try reader.connection.execute("BEGIN")
            reader.generation = current
        }
        // A reader that met an error is dropped with its snapshot.
        let value = try body(reader.connection)
        giveBack(reader)
        return value
    }

    public func write<Value>(
        _ body: (any Transaction) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try writer.withLock { box throws(StoreError) in
            guard let box else { throw isReadOnly ? .readOnly("the store was opened to read only") : .closed }
            if isLogLong.exchange(false, ordering: .acquiringAndReleasing) { restartLog() }
            let connection = box.connection
            try connection.execute("BEGIN IMMEDIATE")
            let value: Value
            do throws(StoreError) {
                value = try body(connection)
                try connection.execute("COMMIT")
            } catch {
                // SQLite may have rolled back by itself (disk full, I/O error).
                connection.end("ROLLBACK")
                throw error
            }
            generation.add(1, ordering: .releasing)
            return value
        }
    }

    public func checkpoint() throws(StoreError) {
        endIdleReaders()
        // The second time copies what was committed during the first: it is short, and so is the rest after it.
        for _ in 0..<2 {
            let frames = try checkpointer.withLock { box throws(StoreError) in
                try box?.connection.passiveCheckpoint() ?? 0
            }
            guard frames > logFramesMaximum else { return }
        }
        // Under a load without a pause there is always a frame that is not copied, and the log would never begin anew.
        isLogLong.store(true, ordering: .releasing)
    }

    public func discardLog() throws(StoreError) -> Bool {
        endIdleReaders()
        return try checkpointer.withLock { box throws(StoreError) in
            try box?.connection.truncateLog() ?? true
        }
    }

    public func rewrite() throws(StoreError) {
        try writer.withLock { box throws(StoreError) in
            guard let box else { throw isReadOnly ? .readOnly("the store was opened to read only") : .closed }
            // `secure_delete` clears cells that are deleted, not the copies that a page keeps of cells which moved away.
            try box.connection.run("VACUUM")
            generation.add(1, ordering: .releasing)
        }
    }

    /// Has the log begin anew. Called between two commits: there is nobody then to add to it.
    private func restartLog() {
        // Without it, nothing is lost: the log goes on, and the next checkpoint asks again.
        _ = checkpointer.withLockIfAvailable { box in
            guard let copier = box?.connection else { return }
            endIdleReaders()
            _ = try? copier.passiveCheckpoint()
            // Who begins to read from here on finds everything in the main file, and does not hold the log.
            endIdleReaders()
            _ = try? copier.restartLog(waitMilliseconds: SQLiteDatabase.restartMilliseconds)
        }
    }

    /// Their snapshots keep the log from being emptied.
    private func endIdleReaders() {
        readers.withLock { pool in
            for index in pool.idle.indices {
                pool.idle[index].connection.end("COMMIT")
                pool.idle[index].generation = -1
            }
        }
    }

    public func integrityProblems() throws(StoreError) -> [String] {
        let connection = try SQLiteConnection(path: path, isReadOnly: true)
        do throws(StoreError) {
            return try connection.pragma("PRAGMA integrity_check").filter { $0 != "ok" }
        } catch {
            guard case .corrupt(let problem) = error else { throw error }
            return [problem]
        }
    }

    public func close() {
        let idle = readers.withLock { pool in
            pool.isClosed = true
            return (pool.idle, pool.idle = []).0
        }
        for reader in idle { reader.connection.end("COMMIT") }
        checkpointer.withLock { $0 = nil }
        writer.withLock { $0 = nil }
    }

    // MARK: Readers

    private func takeReader() throws(StoreError) -> Box {
        let known = try readers.withLock { pool throws(StoreError) in
            if pool.isClosed { throw .closed }
            return pool.idle.popLast()
        }
        if let known { return known }
        let connection = try SQLiteConnection(path: path, isReadOnly: true)
        return Box(connection: connection, generation: -1)
    }

    private func giveBack(_ reader: Box) {
        readers.withLock { pool in
            if !pool.isClosed, pool.idle.count < SQLiteDatabase.idleReadersMaximum { pool.idle.append(reader) }
        }
    }
}
