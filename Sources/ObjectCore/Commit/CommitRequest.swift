// Why this file exists: what waits in the committer's queue, whatever type of value it will answer.

/// One change that waits to be committed.
protocol CommitRequest: Sendable {
    /// Chunks that are to be written before the change, in the same commit.
    var chunks: [ChunkRecord] { get }
    /// The runs that ask: what they have read is journalled first.
    var runs: [RunID] { get }
    /// Whether what small commits keep beside their segments is to be overwritten.
    var blanksRedo: Bool { get }
    /// Does the change. May run again after a commit was undone.
    func apply(_ change: inout Change) throws(StoreError)
    /// Ends the wait: with what `apply` returned, or with an error.
    func finish(_ error: StoreError?)
}

/// A request that hands its value to whoever waits.
final class PendingCommit<Value: Sendable>: CommitRequest, @unchecked Sendable {
    // Unchecked: `value` is written and read by the committer's thread only.
    let chunks: [ChunkRecord]
    let runs: [RunID]
    let blanksRedo: Bool
    private let body: @Sendable (inout Change) throws(StoreError) -> Value
    private let completion: @Sendable (Result<Value, StoreError>) -> Void
    private var value: Value?

    init(
        chunks: [ChunkRecord], runs: [RunID], blanksRedo: Bool = false,
        body: @escaping @Sendable (inout Change) throws(StoreError) -> Value,
        completion: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        self.chunks = chunks
        self.runs = runs
        self.blanksRedo = blanksRedo
        self.body = body
        self.completion = completion
    }

    func apply(_ change: inout Change) throws(StoreError) { value = try body(&change) }

    func finish(_ error: StoreError?) {
        if let error {
            completion(.failure(error))
        } else if let value {
            completion(.success(value))
        } else {
            completion(.failure(.closed))
        }
    }
}
