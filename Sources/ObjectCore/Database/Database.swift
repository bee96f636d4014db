// Why this file exists: the second seam. What the store asks of a database, in the words that SQLite and a
// PostgreSQL-wire database have in common, so that the rooms above know neither.
//
// Rules for SQL, proven on both: only BIGINT, BYTEA and TEXT columns; keys and prefixes are BYTEA; parameters are
// written $1, $2, …; `ON CONFLICT … DO …` instead of dialect forms; keyset pagination; ids come from the
// application; an error inside a transaction is never caught to go on in it.

/// A value bound to a statement.
public enum SQLValue: Sendable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case null
}

/// The row that a query stands on. Valid only inside the call that shows it.
public protocol SQLRow {
    /// The value of column `index` (from 0); 0 when it is NULL.
    func integer(_ index: Int) -> Int64
    func text(_ index: Int) -> String
    func bytes(_ index: Int) -> [UInt8]
    /// The bytes without a copy; valid only inside `body`.
    func withBytes<Value>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Value
    ) throws(StoreError) -> Value
    func isNull(_ index: Int) -> Bool
}

/// A snapshot that can be asked, and in a write transaction changed.
public protocol Transaction {
    /// Calls `visit` for each row until it answers false.
    func query(
        _ sql: StaticString, _ values: [SQLValue], _ visit: (any SQLRow) throws(StoreError) -> Bool
    ) throws(StoreError)
    /// Runs a statement that changes rows; returns how many it changed.
    @discardableResult
    func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreError) -> Int
}

extension Transaction {
    /// The first row's value as `decode` reads it, or nil when there is no row.
    public func first<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ decode: (any SQLRow) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        var result: Value?
        try query(sql, values) { row throws(StoreError) in
            result = try decode(row)
            return false
        }
        return result
    }
}

/// Keeps the metadata. Calls block and come from any thread.
public protocol Database: Sendable {
    /// Runs `body` on a snapshot at least as new as the last write that returned before this call.
    func read<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value

    /// Runs `body` as one transaction, durable when this returns. One at a time. `body` must have no effects
    /// outside, since a distributed database may run it again. An error thrown by `body` undoes all of it.
    func write<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value

    /// Moves what the log holds into the main file, so that the log stays short. Safe beside reads and writes.
    func checkpoint() throws(StoreError)

    /// Like ``checkpoint()``, and cuts the log, so that nothing which was overwritten stays in it.
    /// - Returns: false when somebody read from it for too long.
    func discardLog() throws(StoreError) -> Bool

    /// Writes every row anew, so that no page keeps what was deleted or moved elsewhere. Writes wait meanwhile, and the
    /// log has all of it until ``discardLog()``.
    func rewrite() throws(StoreError)

    /// Compares the database's own structure; one sentence per problem.
    func integrityProblems() throws(StoreError) -> [String]

    /// Lets go of the files.
    func close()
}
