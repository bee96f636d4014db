// Why this file exists: what can be set when a store is opened, each with its default and its consequence.

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// Where content is cut. Stores that share content deduplicate only when it is the same.
    public var chunking = ChunkerParameters.standard
    /// How segment files are laid out. Their sizes are upper bounds: on a device of less than 32 GiB segments are
    /// smaller, so that compaction needs little room on a disk that is nearly full.
    public var segments = SegmentStoreOptions()
    /// How often the database's log is copied into its main file, in seconds. Longer: fewer flushes, a longer log,
    /// a slower start after a crash.
    public var checkpointInterval: Double = 1

    /// Room on the device that new content never takes, in bytes, so that deletions and collection still work on a full
    /// disk. Capped at a twentieth of the device.
    public var reservedBytes: Int64 = 64 << 20

    public init() {}

    /// The segments' layout on a device of `total` bytes: none larger than a 128th of it, none under 4 MiB.
    func segments(onDeviceOf total: Int64) -> SegmentStoreOptions {
        var fitted = segments
        let bound = max(total / 128, 4 << 20)
        fitted.segmentBytes = min(fitted.segmentBytes, bound)
        fitted.smallSegmentBytes = min(fitted.smallSegmentBytes, bound)
        return fitted
    }
}
