// Why this file exists: lifecycle rules as values: what they ask, without XML and without a clock of their own. The
// gateway reads them from documents, the engine judges by them, and they are stored with the bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

/// The lifecycle of a bucket.
public struct LifecycleConfiguration: Sendable, Hashable {
    /// The name of the bucket setting that holds it.
    public static let settingName = "lifecycle"
    public static let rulesMaximum = 1000

    public var rules: [LifecycleRule]
    /// `x-amz-transition-default-minimum-object-size`, kept and told.
    public var transitionDefaultMinimumObjectSize: String

    public init(rules: [LifecycleRule], transitionDefaultMinimumObjectSize: String) {
        self.rules = rules
        self.transitionDefaultMinimumObjectSize = transitionDefaultMinimumObjectSize
    }
}

extension LifecycleConfiguration {
    /// The prefixes under which enabled rules look at versions, none under another, in order: only these parts of a
    /// bucket are read.
    var prefixes: [[UInt8]] {
        var kept: [[UInt8]] = []
        let wanted = rules.filter { $0.isEnabled && $0.looksAtVersions }
            .map { Array(($0.filter.prefix ?? "").utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        // A prefix of another comes before it, and everything between them begins with it too.
        for prefix in wanted where kept.last.map({ !prefix.starts(with: $0) }) ?? true { kept.append(prefix) }
        return kept
    }
}

/// A tag that a rule asks for.
public struct LifecycleTag: Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// Which objects a rule is about. Everything that is set must hold.
public struct LifecycleFilter: Sendable, Hashable {
    /// How the document said it, so that it is told in the same way.
    public enum Form: UInt8, Sendable {
        // The raw values are on disk: never renumber.
        /// `<Prefix>` in the rule itself, the form of before 2016.
        case rulePrefix = 1
        case filter = 2
        /// `<Filter><And>`.
        case and = 3
    }

    public var form: Form
    /// Nil when it was not said; matches everything then.
    public var prefix: String?
    public var tags: [LifecycleTag]
    /// In bytes.
    public var sizeGreaterThan: Int64?
    public var sizeLessThan: Int64?

    public init(
        form: Form, prefix: String? = nil, tags: [LifecycleTag] = [], sizeGreaterThan: Int64? = nil,
        sizeLessThan: Int64? = nil
    ) {
        self.form = form
        self.prefix = prefix
        self.tags = tags
        self.sizeGreaterThan = sizeGreaterThan
        self.sizeLessThan = sizeLessThan
    }

    /// Whether the filter asks for more than a prefix; then it is not about delete markers and uploads.
    public var asksForContent: Bool { !tags.isEmpty || sizeGreaterThan != nil || sizeLessThan != nil }

    /// Whether the key is one that the rule is about.
    public func matches(key: [UInt8]) -> Bool { prefix.map { key.starts(with: $0.utf8) } ?? true }

    /// Whether a version, which may be a marker, is one that the rule is about.
    public func matches(_ version: ObjectVersion) -> Bool {
        guard matches(key: version.key.bytes) else { return false }
        if version.isDeleteMarker { return !asksForContent }
        if let sizeGreaterThan, version.size <= sizeGreaterThan { return false }
        if let sizeLessThan, version.size >= sizeLessThan { return false }
        return tags.allSatisfy { wanted in
            version.attributes.tags.contains { $0.name == wanted.key && $0.value == wanted.value }
        }
    }
}

/// A rule: which objects, and what becomes of them when.
public struct LifecycleRule: Sendable, Hashable {
    /// When current versions go.
    public enum Expiration: Sendable, Hashable {
        case days(Int)
        case date(milliseconds: Int64)
        /// Only delete markers without versions under them.
        case expiredDeleteMarker(Bool)
    }

    /// A move of current versions to another storage class.
    public struct Transition: Sendable, Hashable {
        /// When it is due.
        public enum Time: Sendable, Hashable {
            /// 0 is at the next look.
            case days(Int)
            case date(milliseconds: Int64)
        }

        public var time: Time
        /// One of ``StorageClasses/transitionTargets``.
        public var storageClass: String

        public init(time: Time, storageClass: String) {
            self.time = time
            self.storageClass = storageClass
        }
    }

    /// A move of versions that are no longer current.
    public struct NoncurrentTransition: Sendable, Hashable {
        /// Days after the version stopped being current.
        public var days: Int
        /// So many of the newest noncurrent versions stay where they are.
        public var newerVersions: Int?
        public var storageClass: String

        public init(days: Int, newerVersions: Int? = nil, storageClass: String) {
            self.days = days
            self.newerVersions = newerVersions
            self.storageClass = storageClass
        }
    }

    public var id: String
    public var isEnabled: Bool
    public var filter: LifecycleFilter
    public var expiration: Expiration?
    /// Days after a version stopped being current.
    public var noncurrentDays: Int?
    /// So many of the newest noncurrent versions are kept, however old.
    public var newerNoncurrentVersions: Int?
    /// Days after an upload was begun.
    public var abortUploadDays: Int?
    public var transitions: [Transition] = []
    public var noncurrentTransitions: [NoncurrentTransition] = []

    /// Whether the rule is about versions at all, not about uploads only.
    var looksAtVersions: Bool {
        expiration != nil || noncurrentDays != nil || !transitions.isEmpty || !noncurrentTransitions.isEmpty
    }

    public init(
        id: String, isEnabled: Bool, filter: LifecycleFilter, expiration: Expiration? = nil,
        noncurrentDays: Int? = nil, newerNoncurrentVersions: Int? = nil, abortUploadDays: Int? = nil
    ) {
        self.id = id
        self.isEnabled = isEnabled
        self.filter = filter
        self.expiration = expiration
        self.noncurrentDays = noncurrentDays
        self.newerNoncurrentVersions = newerNoncurrentVersions
        self.abortUploadDays = abortUploadDays
    }
}

/// How long a day is, and when one ends.
public struct LifecycleCalendar: Sendable, Hashable {
    private static let realDay: Int64 = 86_400_000
    /// In milliseconds.
    public let day: Int64

    /// Days of UTC; what is due in the course of a day is due at its end, as on AWS.
    public static let utc = LifecycleCalendar(day: realDay)

    /// A clock for tests: a day has so many seconds, and nothing is rounded.
    public init(secondsPerDay: Int64) { day = min(max(secondsPerDay, 1), 86_400) * 1000 }

    private init(day: Int64) { self.day = day }

    /// When something that happened at `time` is `days` old.
    public func moment(_ days: Int, after time: Timestamp) -> Timestamp {
        let (offset, isTooLong) = Int64(days).multipliedReportingOverflow(by: day)
        let (due, isTooLate) = time.milliseconds.addingReportingOverflow(isTooLong ? .max : offset)
        guard !isTooLong, !isTooLate else { return Timestamp(milliseconds: .max) }
        guard day == LifecycleCalendar.realDay else { return Timestamp(milliseconds: due) }
        let rest = due % day
        return Timestamp(milliseconds: rest == 0 ? due : due - rest + day)
    }
}
