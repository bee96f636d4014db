// Why this file exists: the border between event loops, which must never wait, and the thread that writes the log,
// which may. Invariant: `push` never blocks on I/O and never grows the queue beyond its two limits; what does not
// fit is dropped and counted, because an access log must not stop a store.
private import Synchronization

/// A bounded queue of log entries. Many loops push, one thread takes all at once.
final class AccessLogQueue: Sendable {
    /// At most so many entries wait.
    static let entriesMax = 16_384
    /// At most about so many bytes wait.
    static let bytesMax = 8 << 20

    /// What a push asks of its caller.
    enum Pushed: Equatable {
        /// The queue was empty: the writer may be asleep.
        case first
        /// The queue is half full: the writer should not wait for more.
        case urgent
        case queued
        case dropped
    }

    private struct State {
        var entries: [AccessLogRecord] = []
        var bytes = 0
        var dropped: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let entriesMax: Int
    private let bytesMax: Int

    init(entriesMax: Int = AccessLogQueue.entriesMax, bytesMax: Int = AccessLogQueue.bytesMax) {
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
    }

    func push(_ record: AccessLogRecord) -> Pushed {
        let size = record.approximateBytes
        return state.withLock { state in
            guard !state.isClosed, state.entries.count < entriesMax, state.bytes + size <= bytesMax else {
                state.dropped += 1
                return .dropped
            }
            let wasEmpty = state.entries.isEmpty
            let wasUrgent = state.entries.count >= entriesMax / 2 || state.bytes >= bytesMax / 2
            state.entries.append(record)
            state.bytes += size
            if wasEmpty { return .first }
            let isUrgent = state.entries.count >= entriesMax / 2 || state.bytes >= bytesMax / 2
            return isUrgent && !wasUrgent ? .urgent : .queued
        }
    }

    /// Everything that waits, in order, and whether the queue was closed.
    func take() -> (entries: [AccessLogRecord], isClosed: Bool) {
        state.withLock { state in
            let entries = state.entries
            state.entries = []
            state.bytes = 0
            return (entries, state.isClosed)
        }
    }

    /// Later pushes are dropped.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// How many entries did not fit since the queue was made.
    var dropped: UInt64 { state.withLock { $0.dropped } }
}

extension AccessLogRecord {
    /// About how many bytes the record keeps in memory, for the queue's limit.
    var approximateBytes: Int {
        512 + requestURI.utf8.count + (key?.utf8.count ?? 0) + (userAgent?.utf8.count ?? 0)
            + (referrer?.utf8.count ?? 0) + (hostHeader?.utf8.count ?? 0)
    }
}
