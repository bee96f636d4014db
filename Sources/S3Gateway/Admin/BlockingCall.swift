// Why this file exists: the bridge from `async` code on an event loop to a call that blocks. See WorkerThread.

/// Calls that block, made from where nothing may block.
enum BlockingCall {
    /// Runs `body` on a thread of its own and waits for it without holding a thread.
    /// - Throws: what `body` threw, or an ``OperatorError`` when no thread can be made.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try WorkerThread.start { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(
                    throwing: OperatorError(.busy, "no thread can be made", advice: "raise the limit on processes"))
            }
        }
    }
}
