// Why this file exists: writes the access log on a thread of its own, in batches, so that a request pays for filling
// in an entry and nothing else. Invariants: entries of one connection keep their order; a file that cannot be
// written costs entries (counted), never a request; after ``close()`` returned, everything queued was written.
private import Dispatch
private import Glibc
public import ObjectCore
private import Synchronization

/// How access log entries are printed.
public enum AccessLogFormat: String, Sendable, CaseIterable {
    /// S3's server access log format.
    case s3
    /// One JSON object on each line.
    case json
}

/// An access log in a file or on standard output.
public final class AccessLogWriter: AccessLogSink {
    /// How long the writer gathers entries before it writes them, in milliseconds.
    static let gatherMillisecondsMax = 100

    private let path: String
    private let format: AccessLogFormat
    private let queue: AccessLogQueue
    /// Signalled when the queue stops being empty.
    private let arrivals = DispatchSemaphore(value: 0)
    /// Signalled when gathering should end early.
    private let urgency = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let descriptor: Mutex<Int32>
    private let needsReopening = Atomic<Bool>(false)
    private let writtenCount = Atomic<UInt64>(0)
    private let failedCount = Atomic<UInt64>(0)

    /// Opens the log for appending and starts its thread.
    /// - Parameters:
    ///   - path: of the file; `-` is standard output.
    ///   - format: of its lines.
    /// - Throws: what open(2) answered.
    public convenience init(path: String, format: AccessLogFormat) throws(SystemCallError) {
        try self.init(path: path, format: format, queue: AccessLogQueue())
    }

    init(path: String, format: AccessLogFormat, queue: AccessLogQueue) throws(SystemCallError) {
        self.path = path
        self.format = format
        self.queue = queue
        descriptor = Mutex(try AccessLogWriter.openLog(path))
        try WorkerThread.start { self.run() }
    }

    /// Takes an entry. Never blocks; an entry that does not fit is dropped and counted.
    public func record(_ record: AccessLogRecord) {
        switch queue.push(record) {
        case .first: arrivals.signal()
        case .urgent: urgency.signal()
        case .queued, .dropped: break
        }
    }

    /// Opens the file anew before the next batch, for log rotation.
    public func reopen() {
        needsReopening.store(true, ordering: .releasing)
        arrivals.signal()
        urgency.signal()
    }

    /// Writes what is queued and ends the thread. Blocks until that is done; call it off the event loops.
    public func close() {
        queue.close()
        arrivals.signal()
        urgency.signal()
        finished.wait()
    }

    /// Entries that were written.
    public var written: UInt64 { writtenCount.load(ordering: .relaxed) }
    /// Entries that did not fit into the queue.
    public var dropped: UInt64 { queue.dropped }
    /// Entries that were lost because the file could not be written.
    public var failed: UInt64 { failedCount.load(ordering: .relaxed) }

    private func run() {
        var text: [UInt8] = []
        while true {
            arrivals.wait()
            _ = urgency.wait(timeout: .now() + .milliseconds(AccessLogWriter.gatherMillisecondsMax))
            if needsReopening.exchange(false, ordering: .acquiringAndReleasing) { reopenNow() }
            let (entries, isClosed) = queue.take()
            text.removeAll(keepingCapacity: true)
            for entry in entries {
                switch format {
                case .s3: S3LogFormat.append(entry, to: &text)
                case .json: JSONLogFormat.append(entry, to: &text)
                }
            }
            let isWritten = descriptor.withLock { AccessLogWriter.writeAll(text, to: $0) }
            if isWritten {
                writtenCount.wrappingAdd(UInt64(entries.count), ordering: .relaxed)
            } else {
                failedCount.wrappingAdd(UInt64(entries.count), ordering: .relaxed)
            }
            if isClosed { break }
        }
        descriptor.withLock { if $0 != STDOUT_FILENO { _ = Glibc.close($0) } }
        finished.signal()
    }

    private func reopenNow() {
        // When the new file cannot be opened, the old one goes on: better there than nowhere.
        guard path != "-", let fresh = try? AccessLogWriter.openLog(path) else { return }
        descriptor.withLock { current in
            _ = Glibc.close(current)
            current = fresh
        }
    }

    private static func openLog(_ path: String) throws(SystemCallError) -> Int32 {
        if path == "-" { return STDOUT_FILENO }
        // The log names keys and accounts: not for everybody. See: 'man 2 open'.
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw SystemCallError("open", code: errno, object: path) }
        return descriptor
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress! + start, buffer.count - start)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            start += count
        }
        return true
    }
}
