// Why this file exists: how far the copying of one version has come; it is kept with the version (docs/FORMAT.md).

/// The replication of a version.
public struct ReplicationState: Sendable, Hashable {
    /// As `x-amz-replication-status` tells it.
    public enum Status: UInt8, Sendable {
        // The raw values are on disk: never renumber.
        case pending = 1
        case completed = 2
        case failed = 3
        /// It is itself a copy, and is not copied on.
        case replica = 4
    }

    public var status: Status
    /// Targets that have not taken it.
    var remaining: Int
    /// Whether a target was given up.
    var hasFailure: Bool

    /// Whether a target will never have it.
    public var hasFailed: Bool { hasFailure || status == .failed }

    init(_ status: Status, remaining: Int = 0, hasFailure: Bool = false) {
        self.status = status
        self.remaining = remaining
        self.hasFailure = hasFailure
    }

    /// A copy that another store made.
    public static let replica = ReplicationState(.replica)

    /// A target has taken it, or was given up.
    mutating func settle(failed: Bool) {
        guard status == .pending else { return }
        remaining -= 1
        if failed { hasFailure = true }
        if remaining <= 0 { status = hasFailure ? .failed : .completed }
    }

    func encoded() -> [UInt8] {
        var writer = RecordWriter(reserving: 4)
        writer.byte(status.rawValue)
        writer.count(max(remaining, 0))
        writer.byte(hasFailure ? 1 : 0)
        return writer.bytes
    }

    init(encoded bytes: [UInt8]) throws(StoreError) {
        self = try bytes.reading { buffer throws(StoreError) in
            var reader = RecordReader(buffer)
            guard let status = Status(rawValue: try reader.byte()) else {
                throw .corrupt("a version has an unknown state of replication")
            }
            return ReplicationState(status, remaining: try reader.count(), hasFailure: try reader.byte() != 0)
        }
    }
}
