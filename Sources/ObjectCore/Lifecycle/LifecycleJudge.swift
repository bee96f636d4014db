// Why this file exists: what rules do to the versions of a key, as a pure machine that is fed one version after the
// other, newest first, and says what is due. It knows no database and no clock.

/// Something that is due.
struct LifecycleAction: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// The current object goes: by a marker, or for good where no versions are kept.
        case expireCurrent
        /// A delete marker with nothing under it goes.
        case removeMarker
        /// An old version goes, while so many newer noncurrent ones are there.
        case removeNoncurrent(keepingNewer: Int)
        /// A version moves to another class: the current one, or one with so many newer noncurrent ones.
        case transition(to: String, keepingNewer: Int?)
    }

    var key: ObjectKey
    /// The version that was judged; it, and no other, goes.
    var index: Int64
    var kind: Kind
    /// The position of the rule in the configuration.
    var rule: Int
}

/// Judges versions in the order of a scan: by key, newest first.
struct LifecycleJudge {
    private let rules: [LifecycleRule]
    private let minimumSizes: TransitionMinimum
    private let now: Timestamp
    private let calendar: LifecycleCalendar
    private var previous: ObjectVersion?
    /// Noncurrent versions of the key so far.
    private var noncurrentCount = 0
    /// A due marker on top of its key: whether something lies under it is known with the next version.
    private var marker: LifecycleAction?

    init(_ configuration: LifecycleConfiguration, now: Timestamp, calendar: LifecycleCalendar) {
        rules = configuration.rules
        minimumSizes = TransitionMinimum(rawValue: configuration.transitionDefaultMinimumObjectSize) ?? .all
        self.now = now
        self.calendar = calendar
    }

    /// Takes the next version; returns what is due by then.
    mutating func take(_ version: ObjectVersion) -> [LifecycleAction] {
        var due: [LifecycleAction] = []
        let newer = previous?.key == version.key ? previous : nil
        previous = version
        guard let newer else {
            if let marker { due.append(marker) }
            marker = nil
            noncurrentCount = 0
            judgeCurrent(version, &due)
            return due
        }
        marker = nil
        if let action = judgeNoncurrent(version, since: newer.modified) {
            due.append(action)
        } else if let action = judgeNoncurrentTransition(version, since: newer.modified) {
            due.append(action)
        }
        noncurrentCount += 1
        return due
    }

    /// What is due after the last version.
    mutating func finish() -> [LifecycleAction] {
        defer { marker = nil }
        return marker.map { [$0] } ?? []
    }

    private mutating func judgeCurrent(_ version: ObjectVersion, _ due: inout [LifecycleAction]) {
        if version.isDeleteMarker {
            if let rule = rules.firstIndex(where: { isDue(marker: version, by: $0) }) {
                marker = LifecycleAction(key: version.key, index: version.index, kind: .removeMarker, rule: rule)
            }
            return
        }
        let rule = rules.firstIndex { rule in
            rule.isEnabled && rule.expiry(of: version, calendar: calendar).map { $0 <= now } ?? false
        }
        if let rule {
            due.append(LifecycleAction(key: version.key, index: version.index, kind: .expireCurrent, rule: rule))
        } else if let action = judgeTransition(version) {
            due.append(action)
        }
    }

    // A rule for current objects cleans up after itself: the markers that it left go when they are as old.
    private func isDue(marker: ObjectVersion, by rule: LifecycleRule) -> Bool {
        guard rule.isEnabled, rule.filter.matches(marker) else { return false }
        switch rule.expiration {
        case nil: return false
        case .expiredDeleteMarker(let isOn): return isOn
        case .days(let days): return calendar.moment(days, after: marker.modified) <= now
        case .date(let date): return date <= now.milliseconds
        }
    }

    private func judgeNoncurrent(_ version: ObjectVersion, since: Timestamp) -> LifecycleAction? {
        let rule = rules.firstIndex { rule in
            guard rule.isEnabled, let days = rule.noncurrentDays, rule.filter.matches(version) else { return false }
            return calendar.moment(days, after: since) <= now
                && noncurrentCount >= rule.newerNoncurrentVersions ?? 0
        }
        return rule.map {
            LifecycleAction(
                key: version.key, index: version.index,
                kind: .removeNoncurrent(keepingNewer: rules[$0].newerNoncurrentVersions ?? 0), rule: $0)
        }
    }
}

// MARK: Transitions

/// `x-amz-transition-default-minimum-object-size`: which objects are too small to be moved, unless a rule's filter says
/// otherwise.
enum TransitionMinimum: String {
    case all = "all_storage_classes_128K"
    case byClass = "varies_by_storage_class"

    /// In bytes. See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
    private static let size: Int64 = 128 << 10

    func allows(_ version: ObjectVersion, to storageClass: String, by filter: LifecycleFilter) -> Bool {
        if filter.sizeGreaterThan != nil || filter.sizeLessThan != nil { return true }
        if self == .byClass, StorageClasses.isArchive(storageClass) { return true }
        return version.size >= TransitionMinimum.size
    }
}

extension LifecycleJudge {
    /// The deepest class to which the current version is due.
    private func judgeTransition(_ version: ObjectVersion) -> LifecycleAction? {
        deepest(version) { rule in
            rule.transitions.lazy.filter { transition in
                switch transition.time {
                case .days(let days): calendar.moment(days, after: version.modified) <= now
                case .date(let date): date <= now.milliseconds
                }
            }.map { ($0.storageClass, nil) }
        }
    }

    private func judgeNoncurrentTransition(_ version: ObjectVersion, since: Timestamp) -> LifecycleAction? {
        deepest(version) { rule in
            rule.noncurrentTransitions.lazy.filter { transition in
                calendar.moment(transition.days, after: since) <= now
                    && noncurrentCount >= transition.newerVersions ?? 0
            }.map { ($0.storageClass, $0.newerVersions ?? 0) }
        }
    }

    private func deepest(
        _ version: ObjectVersion, _ due: (LifecycleRule) -> some Sequence<(String, Int?)>
    ) -> LifecycleAction? {
        guard !version.isDeleteMarker else { return nil }
        var found: LifecycleAction?
        var current = version.attributes.storageClass
        for (number, rule) in rules.enumerated() where rule.isEnabled && rule.filter.matches(version) {
            for (storageClass, keepingNewer) in due(rule)
            where StorageClasses.allowsTransition(from: current, to: storageClass)
                && minimumSizes.allows(version, to: storageClass, by: rule.filter)
            {
                current = storageClass
                found = LifecycleAction(
                    key: version.key, index: version.index,
                    kind: .transition(to: storageClass, keepingNewer: keepingNewer), rule: number)
            }
        }
        return found
    }
}

extension LifecycleRule {
    /// When the rule ends the version as the current one, or nil.
    func expiry(of version: ObjectVersion, calendar: LifecycleCalendar) -> Timestamp? {
        guard !version.isDeleteMarker, filter.matches(version) else { return nil }
        switch expiration {
        case .days(let days): return calendar.moment(days, after: version.modified)
        case .date(let date): return Timestamp(milliseconds: date)
        case .expiredDeleteMarker, nil: return nil
        }
    }
}

extension LifecycleConfiguration {
    /// When a current version will go, and by which rule; nil when no rule ends it. In days of UTC.
    public func expiry(of version: ObjectVersion) -> (at: Timestamp, rule: String)? {
        var first: (at: Timestamp, rule: String)?
        for rule in rules where rule.isEnabled {
            guard let at = rule.expiry(of: version, calendar: .utc) else { continue }
            if first.map({ at < $0.at }) ?? true { first = (at, rule.id) }
        }
        return first
    }
}
