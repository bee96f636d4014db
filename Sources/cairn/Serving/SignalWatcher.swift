// Why this file exists: signals become values that `serve` waits for, so that nothing runs in a signal handler.
private import Dispatch
private import Glibc

/// What an operator asked for by a signal.
enum ServerSignal: Sendable, Equatable {
    /// SIGTERM or SIGINT; the value is the signal's number.
    case stop(Int32)
    /// SIGHUP: read certificates again and reopen logs.
    case reload
}

/// Receives SIGTERM, SIGINT and SIGHUP for the life of the process.
final class SignalWatcher {
    /// The signals in order.
    let signals: AsyncStream<ServerSignal>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (signals, feed) = AsyncStream.makeStream(of: ServerSignal.self)
        self.signals = signals
        let queue = DispatchQueue(label: "cairn.signals")
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { feed.yield(number == SIGHUP ? .reload : .stop(number)) }
            source.resume()
            return source
        }
        // A peer that goes away in the middle of a response is an error of write(2) and sendfile(2), not the end.
        signal(SIGPIPE, SIG_IGN)
    }
}
