// Why this file exists: what a pass of the lifecycle engine did, for people and for scripts.

/// What the rules of all buckets came to.
public struct LifecycleReport: Sendable, Codable, Equatable {
    /// Buckets with rules.
    public var buckets = 0
    /// Rows that were judged: versions, markers and uploads.
    public var examined: Int64 = 0
    /// Current objects that went, by a marker or for good.
    public var expired: Int64 = 0
    public var removedNoncurrent: Int64 = 0
    public var removedMarkers: Int64 = 0
    public var abortedUploads: Int64 = 0
    /// Versions that moved to another storage class.
    public var transitioned: Int64 = 0
    /// Archived versions that were packed, and how many bytes less they take.
    public var packed: Int64 = 0
    public var packedSavedBytes: Int64 = 0
    /// Versions that were due and stay because they are locked.
    public var locked: Int64 = 0
    /// Whether nothing was done, because the clock jumped and was not confirmed.
    public var isHeld = false

    public init() {}

    /// How many things went.
    public var removed: Int64 { expired + removedNoncurrent + removedMarkers + abortedUploads }
}
