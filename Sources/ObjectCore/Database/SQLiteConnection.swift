// Why this file exists: one SQLite connection with its prepared statements. All calls of the C library are here.
// Invariant: a connection is used by one thread at a time; whoever hands it out sees to that.
import CSQLite

/// A result code; a primary code matches its extended ones.
struct SQLiteCode: Equatable {
    let raw: Int32
    var primary: Int32 { raw & 0xff }
}

/// A connection to the metadata database.
final class SQLiteConnection: Transaction {
    /// Another process (an inspector) may hold a short lock; this is longer than any of ours.
    private static let busyMilliseconds: Int32 = 5000

    private let handle: OpaquePointer
    private let path: String
    /// Statements by the address of their text: a StaticString has one address for the life of the program.
    private var statements: [UnsafePointer<UInt8>: SQLiteStatement] = [:]

    /// Opens the database file at `path`.
    /// - Parameter isReadOnly: refuses every change, but may still read a log that another process left behind.
    init(path: String, isReadOnly: Bool) throws(StoreError) {
        var opened: OpaquePointer?
        let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        // NOMUTEX: a connection never serves two threads at once, so SQLite's own lock would be taken for nothing.
        let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw .database("cannot open \(path): \(reason)")
        }
        handle = opened
        self.path = path
        sqlite3_busy_timeout(handle, SQLiteConnection.busyMilliseconds)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement.handle) }
        sqlite3_close_v2(handle)
    }

    /// Runs SQL that takes no parameters: schema and pragmas.
    func run(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Runs a pragma and returns its rows' first columns as text.
    func pragma(_ sql: String) throws(StoreError) -> [String] {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code) }
        defer { sqlite3_finalize(statement) }
        var rows: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append(SQLiteRow(handle: statement).text(0))
            case SQLITE_DONE: return rows
            case let code: throw failure(code)
            }
        }
    }

    /// Copies log frames into the main file as far as readers allow, without waiting for them.
    /// - Returns: the frames that the log holds.
    @discardableResult
    func passiveCheckpoint() throws(StoreError) -> Int { try checkpoint(SQLITE_CHECKPOINT_PASSIVE).frames }

    /// Copies all frames and has the next commit begin the log anew, unless readers of it stay for too long.
    /// Commits wait meanwhile.
    /// - Parameter waitMilliseconds: how long readers are waited for.
    /// - Returns: whether the log begins anew.
    func restartLog(waitMilliseconds: Int32) throws(StoreError) -> Bool {
        sqlite3_busy_timeout(handle, waitMilliseconds)
        defer { sqlite3_busy_timeout(handle, SQLiteConnection.busyMilliseconds) }
        return try checkpoint(SQLITE_CHECKPOINT_RESTART).isDone
    }

    /// Copies all frames and cuts the log to nothing, unless readers of it stay for too long. Commits wait meanwhile.
    func truncateLog() throws(StoreError) -> Bool { try checkpoint(SQLITE_CHECKPOINT_TRUNCATE).isDone }

    private func checkpoint(_ mode: Int32) throws(StoreError) -> (isDone: Bool, frames: Int) {
        var frames: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, &frames, nil)
        // BUSY and LOCKED: somebody reads or checkpoints; the next round gets further.
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY || code & 0xff == SQLITE_LOCKED else {
            throw failure(code)
        }
        return (code == SQLITE_OK, Int(frames))
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func query(
        _ sql: StaticString, _ values: [SQLValue], _ visit: (any SQLRow) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let statement = try prepared(sql)
        try bind(values, to: statement)
        defer { reset(statement) }
        let row = SQLiteRow(handle: statement.handle)
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW: if try !visit(row) { return }
            case SQLITE_DONE: return
            case let code: throw failure(code)
            }
        }
    }

    @discardableResult
    func execute(_ sql: StaticString, _ values: [SQLValue] = []) throws(StoreError) -> Int {
        let statement = try prepared(sql)
        try bind(values, to: statement)
        defer { reset(statement) }
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return Int(sqlite3_changes(handle))
            case let code: throw failure(code)
            }
        }
    }

    // MARK: Statements

    private func prepared(_ sql: StaticString) throws(StoreError) -> SQLiteStatement {
        if let known = statements[sql.utf8Start] {
            // A statement that is still being stepped (a query inside its own visitor) must not be shared.
            if !known.isInUse {
                known.isInUse = true
                return known
            }
            throw .database("a query was asked again from inside itself: \(sql)")
        }
        var made: OpaquePointer?
        let text = UnsafeRawPointer(sql.utf8Start).assumingMemoryBound(to: CChar.self)
        let code = sqlite3_prepare_v3(
            handle, text, Int32(sql.utf8CodeUnitCount), UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
        guard code == SQLITE_OK, let made else { throw failure(code) }
        let statement = SQLiteStatement(handle: made)
        statements[sql.utf8Start] = statement
        statement.isInUse = true
        return statement
    }

    private func bind(_ values: [SQLValue], to statement: SQLiteStatement) throws(StoreError) {
        guard values.count == statement.positions.count else {
            statement.isInUse = false
            throw .database("a statement of \(statement.positions.count) parameters was given \(values.count)")
        }
        for (number, value) in values.enumerated() {
            let position = statement.positions[number]
            let code: Int32
            switch value {
            case .integer(let integer): code = sqlite3_bind_int64(statement.handle, position, integer)
            case .null: code = sqlite3_bind_null(statement.handle, position)
            case .bytes(let bytes):
                // TRANSIENT: SQLite copies, since the array may move once this call returns.
                code = bytes.withUnsafeBytes {
                    cairn_sqlite_bind_blob_copy(statement.handle, position, $0.baseAddress, Int32($0.count))
                }
            case .text(let text):
                var copy = text
                code = copy.withUTF8 {
                    cairn_sqlite_bind_text_copy(statement.handle, position, $0.baseAddress, Int32($0.count))
                }
            }
            guard code == SQLITE_OK else {
                statement.isInUse = false
                throw failure(code)
            }
        }
    }

    private func reset(_ statement: SQLiteStatement) {
        // The step's own error was thrown already; reset only repeats it.
        sqlite3_reset(statement.handle)
        statement.isInUse = false
    }

    private func failure(_ code: Int32) -> StoreError {
        let reason = String(cString: sqlite3_errmsg(handle))
        switch SQLiteCode(raw: code).primary {
        case SQLITE_FULL: return .outOfSpace
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt("\(path): \(reason)")
        default: return .database("\(path): \(reason) (code \(code))")
        }
    }
}

/// A prepared statement and where its parameters $1, $2, … are bound.
private final class SQLiteStatement {
    let handle: OpaquePointer
    /// SQLite numbers named parameters by first appearance; this gives the position of each $n.
    let positions: [Int32]
    var isInUse = false

    init(handle: OpaquePointer) {
        self.handle = handle
        let count = sqlite3_bind_parameter_count(handle)
        positions = (0..<max(count, 0)).map { sqlite3_bind_parameter_index(handle, "$\($0 + 1)") }
    }
}

/// The row that a statement stands on.
private struct SQLiteRow: SQLRow {
    let handle: OpaquePointer

    func integer(_ index: Int) -> Int64 { sqlite3_column_int64(handle, Int32(index)) }

    func isNull(_ index: Int) -> Bool { sqlite3_column_type(handle, Int32(index)) == SQLITE_NULL }

    func text(_ index: Int) -> String {
        guard let start = sqlite3_column_text(handle, Int32(index)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(index)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    private func raw(_ index: Int) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, Int32(index))
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(index))))
    }

    func bytes(_ index: Int) -> [UInt8] { [UInt8](raw(index)) }

    func withBytes<Value>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try body(raw(index))
    }
}

extension SQLiteConnection {
    /// Ends an open transaction where nothing can be done about a failure: the snapshot of a reader, or a
    /// transaction whose own error is already on its way to the caller.
    func end(_ statement: StaticString) {
        guard isInTransaction else { return }
        do throws(StoreError) { try execute(statement) } catch { return }
    }
}
