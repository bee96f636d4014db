// Why this file exists: work that blocks for long (writing a log, reading every byte of a store) must not sit on a
// thread of the cooperative pool or of an event loop, so it gets a thread of its own.
private import Glibc

/// A thread that runs one closure and ends.
enum WorkerThread {
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread.
    /// - Returns: whether the thread could be made; the closure is not called otherwise.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        // See: 'man 3 pthread_create'.
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            return false
        }
        _ = pthread_detach(thread)
        return true
    }
}
