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

    /// What the unfinished chunks of all large uploads may hold in memory, in bytes; those for which there is no room
    /// lie in files until they are whole. An upload needs 0.25 to 1 MiB, so less makes many uploads at once slower.
    public var uploadMemoryBytes = 16 << 20

    /// Where what is archived lies, an absolute path; nil for the directory in use, which is the store's folder unless
    /// another was named before. It must exist, so that a device that is not mounted is noticed; once used, it is
    /// remembered in the store's folder.
    public var archiveDirectory: String?

    public init() {}

    /// The segments' layout on a device of `total` bytes: none larger than a 128th of it, none under 4 MiB.
    /// - Parameter archiveTotal: the same of the device of cold segments.
    func segments(onDeviceOf total: Int64, archive archiveTotal: Int64) -> SegmentStoreOptions {
        var fitted = segments
        let bound = max(total / 128, 4 << 20)
        fitted.coldSegmentBytes = min(fitted.coldSegmentBytes, max(archiveTotal / 128, 4 << 20))
        fitted.segmentBytes = min(fitted.segmentBytes, bound)
        fitted.smallSegmentBytes = min(fitted.smallSegmentBytes, bound)
        return fitted
    }
}
