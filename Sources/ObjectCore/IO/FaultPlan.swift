// Why this file exists: what a fault-injecting IO is told to do, and what it tells afterwards, as plain values: a
// failing test prints them, and the same values replay the failure.

/// The kinds of call that ``FaultInjectingIO`` counts, logs and can fail.
public enum IOCallKind: String, Sendable, CaseIterable, Hashable {
    case open, read, write, synchronize, synchronizeDirectory, rename, remove, truncate, allocate, list, status
    case makeDirectory, lock, random, free
}

/// One call that was made.
public struct IOCall: Sendable, Equatable, CustomStringConvertible {
    public var kind: IOCallKind
    /// The last component of the path; for a rename the new one.
    public var name: String
    /// For reads, writes, truncations and allocations: where.
    public var offset: Int64
    /// For reads, writes and allocations: how many bytes were asked for.
    public var length: Int64
    /// Whether a planned fault hit this call.
    public var isFaulted: Bool

    public var description: String {
        "\(kind.rawValue) \(name) \(offset)+\(length)\(isFaulted ? " FAULT" : "")"
    }
}

/// One planned fault.
public struct IOFault: Sendable {
    /// What happens instead of the call.
    public enum Effect: Sendable {
        /// The call fails with this errno and does nothing. EINTR on other calls than reads and writes shows only in
        /// the log: like the real maker, the injecting one calls again.
        case error(Int32)
        /// A write or read moves at most this many bytes; other calls are not changed.
        case short(Int)
    }

    /// Only calls of this kind count; nil for all kinds.
    public var kind: IOCallKind?
    /// Only calls on a file whose last path component ends so count; nil for all.
    public var nameSuffix: String?
    /// Which of the calls that count is hit, from 0.
    public var index: Int
    /// How many calls in a row are hit.
    public var count: Int
    public var effect: Effect

    public init(
        kind: IOCallKind? = nil, nameSuffix: String? = nil, index: Int, count: Int = 1, effect: Effect
    ) {
        self.kind = kind
        self.nameSuffix = nameSuffix
        self.index = index
        self.count = count
        self.effect = effect
    }
}

/// Which unflushed changes outlive a simulated crash.
public enum CrashSurvival: Sendable {
    /// None.
    case none
    /// All, as when only the process dies.
    case all
    /// Each 512-byte sector of each write, and each other change, with probability one half, drawn from the seed.
    case random(seed: UInt64)
}
