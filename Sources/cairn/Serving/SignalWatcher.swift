// Why this file exists: signals become values that `serve` waits for.
// Invariant: a signal that arrives once the watcher is there is never lost, whichever thread the kernel gives it to. So the
// handler writes one byte into a pipe, which may be done in a handler, and a thread reads. (Dispatch's signal sources raise
// the signal again on the thread that happened to get it, where its signalfd does not see it: now and then a SIGTERM to a
// server that had just started was gone.) See: 'man 7 signal-safety'
private import Glibc
private import ObjectCore

/// What an operator asked for by a signal.
enum ServerSignal: Sendable, Equatable {
    /// SIGTERM or SIGINT; the value is the signal's number.
    case stop(Int32)
    /// SIGHUP: read certificates again and reopen logs.
    case reload
}

/// Receives SIGTERM, SIGINT and SIGHUP for the life of the process. There is one.
final class SignalWatcher {
    /// The signals in order.
    let signals: AsyncStream<ServerSignal>

    init() {
        let (signals, feed) = AsyncStream.makeStream(of: ServerSignal.self)
        self.signals = signals
        // A peer that goes away in the middle of a response is an error of write(2) and sendfile(2), not the end.
        signal(SIGPIPE, SIG_IGN)
        let ends = SignalPipe.ends
        // Without a pipe signals keep their defaults: a server that ends at once is better than one that cannot be ended.
        guard ends.output >= 0 else { return }
        DedicatedThread.start(name: "cairn-signals") {
            var number: UInt8 = 0
            while true {
                let count = read(ends.output, &number, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                feed.yield(Int32(number) == SIGHUP ? .reload : .stop(Int32(number)))
            }
        }
        for number in [SIGTERM, SIGINT, SIGHUP] {
            signal(number) { number in
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                // A pipe that is full holds thousands that nobody has looked at yet.
                _ = write(SignalPipe.ends.input, &byte, 1)
                errno = before
            }
        }
    }
}

/// Made before the first handler is set, so that no handler makes it.
private enum SignalPipe {
    static let ends: (output: Int32, input: Int32) = {
        var ends: (Int32, Int32) = (-1, -1)
        withUnsafeMutableBytes(of: &ends) { bytes in
            _ = pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        for end in [ends.0, ends.1] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A handler must never wait.
        _ = fcntl(ends.1, F_SETFL, O_NONBLOCK)
        return ends
    }()
}
