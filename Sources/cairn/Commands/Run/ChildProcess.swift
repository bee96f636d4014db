// Why this file exists: a command that another command runs: it gets every signal that is meant for it exactly once,
// and how it ended is told as a shell tells it.
private import Dispatch
private import Glibc

/// A running child.
struct ChildProcess {
    /// Why a command could not be started.
    struct Failure: Error {
        /// As shells exit: 127 for a command that is not there, 126 for one that cannot be run.
        var exitStatus: Int32
        var reason: String
    }

    /// Signals that are passed on.
    private static let forwarded = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]
    /// Those among them that a terminal sends to everything in its foreground, the child included.
    private static let ofTerminal: Set<Int32> = [SIGINT, SIGQUIT]

    private let process: pid_t
    private let sources: [any DispatchSourceSignal]

    private init(process: pid_t, sources: [any DispatchSourceSignal]) {
        self.process = process
        self.sources = sources
    }

    /// Starts `words`, found on PATH, with exactly `environment`.
    static func start(_ words: [String], environment: [String: String]) throws(Failure) -> ChildProcess {
        var ignored: [Int32: Bool] = [:]
        for number in forwarded {
            // What our caller ignores (nohup), the child ignores as well.
            let before = signal(number, SIG_IGN)
            ignored[number] = before.map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in forwarded where ignored[number] != true { sigaddset(&defaults, number) }
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let pairs = environment.map { "\($0.key)=\($0.value)" }
        let code = withCStrings(words) { words in
            guard let name = words[0] else { return ENOENT }
            return withCStrings(pairs) { pairs in posix_spawnp(&process, name, nil, &attributes, words, pairs) }
        }
        guard code == 0 else {
            throw Failure(
                exitStatus: code == ENOENT ? 127 : 126, reason: String(cString: strerror(code)))
        }
        let queue = DispatchQueue(label: "cairn.child")
        let child = process
        let sources = forwarded.filter { ignored[$0] != true }.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // From the terminal it has reached the child already.
                if ofTerminal.contains(number), tcgetpgrp(STDIN_FILENO) == getpgrp() { return }
                kill(child, number)
            }
            source.resume()
            return source as any DispatchSourceSignal
        }
        return ChildProcess(process: process, sources: sources)
    }

    /// Waits until it has ended.
    /// - Returns: what it exited with, or 128 and the number of the signal that ended it.
    func wait() async -> Int32 {
        let process = process
        let result = await BlockingWork.run { () throws(Never) -> Int32 in
            var status: Int32 = 0
            // See: 'man 2 waitpid'. The child is ours and nobody else waits for it.
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            // See: 'man 3 wait', WIFEXITED and WTERMSIG, which are macros.
            let signal = status & 0x7f
            return signal == 0 ? status >> 8 & 0xff : 128 + signal
        }
        for source in sources { source.cancel() }
        return result.get()
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
