// Why this file exists: a run is one execution of a program that reads and writes objects; this is all that is known
// of one.
public import ObjectCore

/// One execution of a job.
public struct Run: Sendable, Hashable {
    /// How it stands.
    public enum Status: UInt8, Sendable, CaseIterable {
        case running = 0
        case completed = 1
        case failed = 2
        case aborted = 3
        /// Nothing was heard of it for the idle gap; it did not say how it ended.
        case idle = 4

        /// As journal entries write it.
        public var name: String {
            switch self {
            case .running: "running"
            case .completed: "completed"
            case .failed: "failed"
            case .aborted: "aborted"
            case .idle: "idle"
            }
        }

        /// Reads what ``name`` writes.
        public init?(name: String) {
            guard let status = Status.allCases.first(where: { $0.name == name }) else { return nil }
            self = status
        }
    }

    public var id: RunID
    public var job: Job?
    /// Whether nobody announced it: requests of one ordinary key without a longer pause.
    public var isImplicit: Bool
    public var status: Status
    /// What it exited with, when it said so.
    public var exitCode: Int64?
    public var started: Timestamp
    /// Nil while it runs.
    public var ended: Timestamp?
    /// The journal position of its first and last entry.
    public var firstIndex: Int64
    public var lastIndex: Int64
    public var parent: RunID?
    /// Canonical id of the account; empty for a program that embeds the store.
    public var account: String
    public var accessKey: String
    /// `role/session name`, for a run of a session.
    public var session: String?
    public var sourceIdentity: String?
    /// The User-Agent of its first request.
    public var userAgent: String?
    /// Session tags but those of ours, and whatever facts its starter gave (code reference, parameters).
    public var tags: [NameValue]
    /// Exactly what it read or copied and had not made itself, settled when it ends; nil before, when it read nothing,
    /// and for an implicit run.
    public var collection: LineageCollection?

    public init(id: RunID, started: Timestamp) {
        self.id = id
        self.started = started
        isImplicit = false
        status = .running
        firstIndex = 0
        lastIndex = 0
        account = ""
        accessKey = ""
        tags = []
    }
}
