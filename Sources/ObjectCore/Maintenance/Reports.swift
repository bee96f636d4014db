// Why this file exists: what maintenance found and did, for people and for scripts.

/// What garbage collection did.
public struct CollectionReport: Sendable, Codable {
    public var removedChunks: Int64 = 0
    /// Payload bytes of the removed chunks.
    public var removedBytes: Int64 = 0
    public var compactedSegments = 0
    public var deletedSegments = 0
    /// Bytes that the segments take less on the device.
    public var freedBytes: Int64 = 0
    public init() {}
}

/// What `check` or `scrub` found.
public struct CheckReport: Sendable, Codable {
    /// How many objects, chunks, … were looked at, by kind.
    public var examined: [String: Int64] = [:]
    /// One sentence each; empty when all is well. At most ``maximumProblems`` are kept.
    public var problems: [String] = []
    /// How many problems there were, kept or not.
    public var problemCount = 0
    /// What is no damage and should be known: one sentence each, at most ``maximumProblems``.
    public var notes: [String] = []
    public static let maximumProblems = 1000
    public var isClean: Bool { problemCount == 0 }
    public init() {}

    mutating func report(_ problem: String) {
        problemCount += 1
        if problems.count < CheckReport.maximumProblems { problems.append(problem) }
    }

    mutating func note(_ note: String) {
        if notes.count < CheckReport.maximumProblems { notes.append(note) }
    }
}

/// Sizes of the store, for metrics and the summary.
public struct StoreStatistics: Sendable, Codable {
    public var buckets: Int64 = 0
    /// Payload bytes of live chunks, after deduplication.
    public var chunkBytes: Int64 = 0
    public var chunks: Int64 = 0
    public var segments: Int64 = 0
    /// Bytes that the segment files take.
    public var segmentBytes: Int64 = 0
    /// Segments that hold what is archived, and the bytes that they take; among the ones above.
    public var coldSegments: Int64 = 0
    public var coldSegmentBytes: Int64 = 0
    public var journalEntries: Int64 = 0
    public var snapshots: Int64 = 0
    /// Versions that are gone from their buckets and kept for snapshots.
    public var heldVersions: Int64 = 0
    public init() {}
}
