// Why this file exists: work that blocks for long (writing a log, reading every byte of a store, waiting for sockets)
// must not sit on a thread of the cooperative pool or of an event loop, so it gets a thread of its own. All threads of
// the gateway are made here.
private import Glibc
import ObjectCore

/// A thread that runs one closure and ends.
enum WorkerThread {
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread.
    /// - Throws: what pthread_create(3) answered; the closure is not called then.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        // See: 'man 3 pthread_create'.
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemCallError("pthread_create", code: code, object: "")
        }
        pthread_detach(thread)
    }
}
