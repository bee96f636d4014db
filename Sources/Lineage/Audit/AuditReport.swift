// Why this file exists: what an audit looked at and what did not hold, for people and for scripts.

/// The outcome of an audit.
public struct AuditReport: Sendable, Codable {
    /// More problems than this are counted and not kept.
    public static let maximumProblems = 1000

    /// How many journal entries were hashed.
    public var entries: Int64 = 0
    /// How many of them were pruned: then their hashes are what is left of them.
    public var pruned: Int64 = 0
    /// The time up to which entries may be pruned by now, in milliseconds since 1970; nil when none is.
    public var prunedBefore: Int64?
    /// How many versions were held against the journal.
    public var versions: Int64 = 0
    /// How many stored chunks were read again.
    public var chunks: Int64 = 0
    /// Sizes of the checkpoints that were found to hold.
    public var checkpoints: [Int64] = []
    /// One sentence each, naming the journal index where there is one.
    public private(set) var problems: [String] = []
    public private(set) var problemCount = 0

    /// Whether everything holds.
    public var isClean: Bool { problemCount == 0 }

    public init() {}

    mutating func report(_ problem: String) {
        problemCount += 1
        if problems.count < AuditReport.maximumProblems { problems.append(problem) }
    }

    mutating func report(_ more: [String], count: Int) {
        for problem in more { report(problem) }
        problemCount += count - more.count
    }
}
