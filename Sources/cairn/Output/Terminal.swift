// Why this file exists: the one place that writes to standard output and standard error. Results go to the first,
// everything else (errors, progress, events) to the second, so that a pipe gets results only. Writes are whole and
// at once: no buffer can hold back a line that a script waits for.
private import FoundationEssentials
private import Glibc

/// The two outputs of the process.
enum Terminal {
    static func printResult(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func printMessage(_ text: String) { write(text + "\n", to: STDERR_FILENO) }
    /// Without a line feed, for lines that are drawn over.
    static func draw(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Whether somebody watches standard error.
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb" }

    /// One JSON document with sorted names.
    static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress! + start, buffer.count - start)
            }
            if count < 0 {
                if errno == EINTR { continue }
                // The reader went away (`| head`), or the disk behind a redirection is full: nobody is left to tell.
                return
            }
            start += count
        }
    }
}

/// The form of every failure with `--json`.
struct FailureDocument: Encodable {
    struct Failure: Encodable {
        var exit: Int32
        var message: String
        var advice: String
    }
    var error: Failure

    init(_ failure: CommandFailure) {
        error = Failure(exit: failure.code.rawValue, message: failure.message, advice: failure.advice)
    }
}
