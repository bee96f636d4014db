// Why this file exists: the seam between commits and whoever watches what runs read. Reads make no entry of their own:
// they are summed up in memory, and written by the first commit in which their run changes something. So no output of
// a run is ever durable without what the run had read before.

/// An entry about a run, to be journalled.
public struct RunRecord: Sendable {
    public var kind: JournalKind
    public var origin: ChangeOrigin
    public var members: [(String, CanonicalJSON)]

    public init(_ kind: JournalKind, _ origin: ChangeOrigin, _ members: [(String, CanonicalJSON)]) {
        self.kind = kind
        self.origin = origin
        self.members = members
    }
}

/// What was handed over of a run.
public struct RunRecords: Sendable {
    /// In the order in which they are to be journalled.
    public var entries: [RunRecord]
    /// Called when they did not become durable: they are the watcher's again.
    public var giveBack: @Sendable () -> Void

    public init(_ entries: [RunRecord], giveBack: @escaping @Sendable () -> Void) {
        self.entries = entries
        self.giveBack = giveBack
    }
}

/// Watches what runs read. Called on the committer's thread inside a commit: it must neither block nor call the store.
public protocol RunCapture: AnyObject, Sendable {
    /// Hands over what is known of a run and not journalled yet; nil when there is nothing.
    func take(_ run: RunID) -> RunRecords?
}

/// What one commit takes from the watcher. A transaction that is run again writes the same once more.
final class CapturedRuns {
    private let capture: (any RunCapture)?
    private var taken: [RunID: RunRecords?] = [:]

    init(_ capture: (any RunCapture)?) { self.capture = capture }

    func records(of run: RunID) -> RunRecords? {
        guard let capture else { return nil }
        if let known = taken[run] { return known }
        let records = capture.take(run)
        taken.updateValue(records, forKey: run)
        return records
    }

    /// The commit failed: everything goes back, and is taken anew by the next one.
    func giveBack() {
        for records in taken.values { records?.giveBack() }
        taken.removeAll()
    }
}

extension ObjectStore {
    /// Lets `capture` see to it that what runs read is journalled with what they write. One at a time; the store does
    /// not keep it alive beyond its own life.
    public func attach(_ capture: any RunCapture) { committer.attach(capture) }

    /// The position of the last entry that is durable; answered from memory.
    public var journalPosition: Int64 { committer.lastPosition }

    /// Journals what the attached capture has of some runs.
    public func journal(runs: [RunID]) async throws(StoreError) {
        try await committer.commit(runs: runs) { (_: inout Change) throws(StoreError) in }
    }

    /// The same for a thread that may block.
    public func journalBlocking(runs: [RunID]) throws(StoreError) {
        try committer.commitBlocking(runs: runs) { (_: inout Change) throws(StoreError) in }
    }

    /// Journals an entry that changes nothing but what is known: a declaration about lineage.
    /// - Returns: its position.
    public func journal(_ record: RunRecord) async throws(StoreError) -> Int64 {
        try await committer.commit(runs: record.origin.run.map { [$0] } ?? []) { change throws(StoreError) in
            try change.journal(record.kind, record.origin, record.members)
        }
    }
}
