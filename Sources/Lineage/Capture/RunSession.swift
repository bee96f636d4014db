// Why this file exists: a program that embeds the store has no keys that tell its runs, so it holds one in its hand:
// what it reads through the session is used, and what it writes with the session's origin is generated.
public import ObjectCore

/// A run of a program that embeds the store.
public struct RunSession: Sendable {
    public let run: ActiveRun
    private let recorder: LineageRecorder
    private let store: ObjectStore

    init(_ run: ActiveRun, _ recorder: LineageRecorder, _ store: ObjectStore) {
        self.run = run
        self.recorder = recorder
        self.store = store
    }

    public var id: RunID { run.id }

    /// Give it to every call that changes the store: it makes the change the run's.
    public var origin: ChangeOrigin { run.origin }

    /// The bytes `range` of a version, noted as read.
    /// - Parameters:
    ///   - key: the version's, when it is encrypted.
    ///   - version: which version.
    ///   - range: in bytes.
    public func read(
        _ version: ObjectVersion, range: Range<Int64>, key: DataKey? = nil
    ) throws(StoreError) -> [UInt8] {
        let ticket = run.beginRead(of: version.index, from: range.lowerBound, at: .wall())
        let bytes = try store.read(version, range: range, key: key)
        ticket.end(bytes: Int64(bytes.count), at: .wall())
        return bytes
    }

    /// Where the bytes of a version lie, noted as read: whoever has the regions reads when they like.
    public func regions(of version: ObjectVersion, range: Range<Int64>) throws(StoreError) -> [FileRegion] {
        let regions = try store.regions(of: version, range: range)
        run.beginRead(of: version.index, from: range.lowerBound, at: .wall())
            .end(bytes: Int64(range.count), at: .wall())
        return regions
    }

    /// Ends the run; everything that it read is durable when this returns.
    public func end(_ status: Run.Status = .completed, exitCode: Int64? = nil) async throws(StoreError) {
        try await recorder.end(run.id, status: status, exitCode: exitCode)
    }
}

extension LineageRecorder {
    /// Begins a run of this program.
    public func session(_ facts: RunFacts) async throws(StoreError) -> RunSession {
        RunSession(try await begin(facts), self, store)
    }
}
