// Why this file exists: the lineage of a store as a library: found, walked, counted. The graph is derived from the
// journal and follows it; it can be deleted at any time and comes out the same.
// What can be asked stands beside, one file per subject: GraphFinding, GraphWalking, GraphCounting.
public import ObjectCore
internal import Synchronization

/// The graph of a store. All calls may block for as long as the database takes, and come from any thread.
public final class LineageGraph: Sendable {
    /// Entries taken in one transaction.
    private static let entriesPerTransaction = 2_048
    /// How often the journal is looked at, in milliseconds.
    private static let turnMilliseconds: Int64 = 200
    /// Transactions between two copies of the database's log into its main file.
    private static let transactionsPerCheckpoint = 64

    let store: ObjectStore
    let database: any Database
    /// Nil until the first walk.
    let adjacency = Mutex<Adjacency?>(nil)
    private let taken: Atomic<Int64>
    /// One at a time takes entries in.
    private let follower = Mutex(0)
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isFollowing = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)

    private init(store: ObjectStore, database: any Database, position: Int64) {
        self.store = store
        self.database = database
        taken = Atomic(position)
    }

    /// Opens the graph of a store, making it when there is none. It knows what it knew when it was closed: see
    /// ``catchUp()`` and ``follow(whenFailed:whenCaughtUp:)``.
    public static func open(_ store: ObjectStore) throws(LineageError) -> LineageGraph {
        do throws(StoreError) {
            let file = AuditFolder(path: store.path).database
            // The facts first: the tables of another form are not touched but to be thrown away.
            let known = try SQLiteDatabase(path: file, schema: GraphSchema.facts)
            let facts = try GraphFacts(known)
            known.close()
            // Of another form, or of a journal that was rolled back: made again.
            let isFit = facts.isEmpty || (facts.form == GraphSchema.form && facts.position <= store.journalPosition)
            let database = try SQLiteDatabase(
                path: file, schema: isFit ? GraphSchema.sql : GraphSchema.drop + GraphSchema.sql)
            return LineageGraph(store: store, database: database, position: try GraphFacts(database).position)
        } catch { throw .store(error) }
    }

    /// Ends the following and lets go of the database. Blocks.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if isFollowing.load(ordering: .acquiring) {
            wake.signal()
            ended.wait()
        }
        database.close()
    }

    /// The journal position up to which the graph is told.
    public var position: Int64 { taken.load(ordering: .acquiring) }

    /// Takes in what the journal has and the graph has not.
    /// - Returns: ``position`` afterwards.
    @discardableResult
    public func catchUp() throws(LineageError) -> Int64 {
        let result = follower.withLock { count -> Result<Void, StoreError> in
            do throws(StoreError) {
                while try takeEntries() > 0 {
                    count += 1
                    if count % LineageGraph.transactionsPerCheckpoint == 0 { try database.checkpoint() }
                }
                return .success(())
            } catch { return .failure(error) }
        }
        if case .failure(let error) = result { throw .store(error) }
        return position
    }

    /// Takes in what comes from now on, on a thread of its own, until ``close()``.
    /// - Parameters:
    ///   - whenFailed: told once for each failure; the next turn tries again.
    ///   - whenCaughtUp: called once, on that thread, when the graph has reached the journal.
    public func follow(
        whenFailed: @escaping @Sendable (LineageError) -> Void = { _ in },
        whenCaughtUp: @escaping @Sendable () -> Void = {}
    ) {
        guard !isFollowing.exchange(true, ordering: .acquiringAndReleasing) else { return }
        DedicatedThread.start(name: "cairn-lineage") { [self] in
            var isBehind = true
            while !isClosed.load(ordering: .acquiring) {
                do throws(LineageError) {
                    try catchUp()
                    if isBehind { whenCaughtUp() }
                    isBehind = false
                } catch { whenFailed(error) }
                wake.wait(milliseconds: LineageGraph.turnMilliseconds)
            }
            ended.signal()
        }
    }

    /// Takes in the next entries. - Returns: how many there were.
    private func takeEntries() throws(StoreError) -> Int {
        let before = position
        guard before < store.journalPosition else { return 0 }
        let entries = try store.journalEntries(after: before, limit: LineageGraph.entriesPerTransaction)
        guard let last = entries.last else { return 0 }
        let store = store
        let delta = try database.write { transaction throws(StoreError) in
            var writer = try GraphWriter(transaction) { position throws(StoreError) in
                try store.journalEntry(at: position).flatMap { CanonicalJSON($0.bytes) }
            }
            // A pruned entry has no bytes; nothing that exists rests on it.
            for entry in entries where !entry.bytes.isEmpty {
                guard let content = CanonicalJSON(entry.bytes) else {
                    throw .corrupt("the journal entry \(entry.position) is not canonical JSON")
                }
                try writer.take(content, position: entry.position)
            }
            try writer.tables.finish(position: last.position)
            return writer.tables.delta
        }
        // Between the commit and this a walk may load the new rows; then its links are there twice, which changes no
        // answer.
        adjacency.withLock { graph in
            if graph != nil { graph?.add(delta) }
        }
        taken.store(last.position, ordering: .releasing)
        return entries.count
    }

    /// Calls the database for a question.
    func ask<Value>(_ body: (any Transaction) throws(StoreError) -> Value) throws(LineageError) -> Value {
        do throws(StoreError) { return try database.read(body) } catch { throw .store(error) }
    }
}

/// The facts of a graph, read at once.
struct GraphFacts {
    private var values: [String: Int64] = [:]

    init(_ database: any Database) throws(StoreError) {
        try database.read { transaction throws(StoreError) in try read(transaction) }
    }

    init(_ transaction: any Transaction) throws(StoreError) { try read(transaction) }

    private mutating func read(_ transaction: any Transaction) throws(StoreError) {
        var found: [String: Int64] = [:]
        try transaction.query("SELECT name, value FROM graph_facts", []) { row throws(StoreError) in
            found[row.text(0)] = row.integer(1)
            return true
        }
        values = found
    }

    subscript(name: String) -> Int64 { values[name] ?? 0 }
    var isEmpty: Bool { values.isEmpty }
    var form: Int64 { self[GraphFact.form] }
    var position: Int64 { self[GraphFact.position] }
}
