// Why this file exists: streams a body of any size into chunks in constant memory.

/// Takes the bytes of one object or part. Belongs to one task at a time.
public final class ContentWriter {
    /// Takes the next bytes. Small bodies stay in memory; large ones are hashed, cut and written on a worker thread
    /// while the caller fetches more; the call waits when the worker is behind.
    public func write(_ bytes: [UInt8]) async throws(StoreError) { fatalError() }

    /// Ends the content.
    /// - Throws: what any earlier write ran into, for instance ``StoreError/outOfSpace``.
    public func finish() async throws(StoreError) -> StagedContent { fatalError() }

    init() {}
}
