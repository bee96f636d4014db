// Why this file exists: the open write transaction as the rooms that change something see it: rows, the journal and
// the time, with the knowledge whether anything was written yet.

/// One request's part of a commit.
struct Change: ~Copyable {
    private let transaction: any Transaction
    private let sequence: JournalSequence
    /// Which events somebody waits for.
    let outbox: Outbox
    /// The same for all of a commit; never earlier than any commit before.
    let now: Timestamp
    /// The time at which locks are judged: ``now`` unless expiry is held (``StoreClock``).
    let trusted: Timestamp
    /// Where the chunks that came with the request lie, in their order.
    let locations: [ChunkLocation]
    /// Whether this request has changed a row: then its failure undoes the whole commit.
    private(set) var hasWritten = false
    /// The runs that the entries of this request belong to.
    private(set) var runs: Set<RunID> = []
    /// What to do in memory once the commit is durable, in order.
    private(set) var afterwards: [@Sendable () -> Void] = []

    init(
        transaction: any Transaction, sequence: JournalSequence, outbox: Outbox, time: ClockReading,
        locations: [ChunkLocation]
    ) {
        self.transaction = transaction
        self.sequence = sequence
        self.outbox = outbox
        now = time.now
        trusted = time.trusted
        self.locations = locations
    }

    func query(
        _ sql: StaticString, _ values: [SQLValue], _ visit: (any SQLRow) throws(StoreError) -> Bool
    ) throws(StoreError) {
        try transaction.query(sql, values, visit)
    }

    func first<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ decode: (any SQLRow) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try transaction.first(sql, values, decode)
    }

    @discardableResult
    mutating func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreError) -> Int {
        hasWritten = true
        return try transaction.execute(sql, values)
    }

    /// Does `work` once the commit is durable and visible.
    mutating func afterCommit(_ work: @escaping @Sendable () -> Void) { afterwards.append(work) }

    /// The position that the next journal entry will have.
    var nextPosition: Int64 { sequence.next }

    /// The buckets whose entries hide names, as this commit sees them.
    var committedBuckets: CommittedBuckets { sequence.committedBuckets }

    /// A bucket asks for commitments from the next entry on, or no more.
    func setCommitments(_ isOn: Bool, of bucket: Bucket) { sequence.committedBuckets.set(isOn, bucket) }

    /// Writes the journal entry of a change; returns its position.
    /// - Parameters:
    ///   - kind: what happened.
    ///   - origin: who asked.
    ///   - members: what the entry tells beside that.
    ///   - bucket: whose entry it is, where no member says so.
    @discardableResult
    mutating func journal(
        _ kind: JournalKind, _ origin: ChangeOrigin, _ members: [(String, CanonicalJSON)], in bucket: BucketID? = nil
    ) throws(StoreError) -> Int64 {
        var all = members
        all.append(("at", .integer(now.milliseconds)))
        all.append(("kind", .text(kind.rawValue)))
        if !origin.account.isEmpty { all.append(("account", .text(origin.account))) }
        if !origin.accessKey.isEmpty { all.append(("accessKey", .text(origin.accessKey))) }
        if !origin.remoteAddress.isEmpty { all.append(("from", .text(origin.remoteAddress))) }
        if !origin.requestID.isEmpty { all.append(("request", .text(origin.requestID))) }
        if let run = origin.run {
            all.append(("run", .text(run.description)))
            runs.insert(run)
        }
        if !sequence.committedBuckets.isEmpty { try conceal(&all, kind, in: bucket) }
        let bytes = CanonicalJSON.object(all).encoded()
        guard bytes.count <= JournalEntry.lengthMaximum else {
            throw .invalidArgument("a journal entry has at most \(JournalEntry.lengthMaximum) bytes")
        }
        let position = sequence.take()
        try execute(
            "INSERT INTO journal (position, at, leaf, entry) VALUES ($1, $2, $3, $4)",
            [
                .integer(position), .integer(now.milliseconds), .bytes(JournalEntry.leafHash(bytes)), .bytes(bytes),
            ])
        return position
    }
}

extension Change {
    /// Journals what a run had read.
    mutating func journal(_ records: RunRecords?) throws(StoreError) {
        for entry in records?.entries ?? [] {
            try journal(entry.kind, entry.origin, entry.members)
            if entry.kind == .runStarted, let run = entry.origin.run {
                try noteAccount(of: run, entry.origin.account)
            }
        }
    }
}

/// Gives out journal positions without gaps. Used by the committer's thread alone, inside a commit.
/// It also knows which buckets ask for commitments: that too is as the open commit sees it.
final class JournalSequence {
    private(set) var next: Int64
    var committedBuckets: CommittedBuckets
    private var durable: CommittedBuckets

    init(next: Int64, _ committedBuckets: CommittedBuckets) {
        self.next = next
        self.committedBuckets = committedBuckets
        durable = committedBuckets
    }

    func take() -> Int64 {
        defer { next += 1 }
        return next
    }

    /// A commit is durable.
    func keep() { durable = committedBuckets }

    /// Takes back what a commit that was undone had given out.
    func rewind(to position: Int64) {
        next = position
        committedBuckets = durable
    }
}
