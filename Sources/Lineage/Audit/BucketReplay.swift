// Why this file exists: a policy that is taken out of the database lets others in as surely as a forged identity does. So
// buckets, what they are set to, and since when their past is known are held against the journal too.
import ObjectCore

/// Which buckets the journal says are there, and how they are set.
struct BucketReplay {
    private struct Told {
        var index: Int64
        var name: String?
        var owner: String?
        var hasLock: Bool
        var versioning: String?
        var since: Int64?
        /// By name the SHA-256 of the value, and the index of the entry that set it.
        var settings: [String: (sha256: String?, index: Int64)] = [:]
        var retention: (mode: String?, days: Int64?, index: Int64)?
    }

    /// By the bucket's id, as entries write it.
    private var buckets: [String: Told] = [:]

    /// Takes an entry about a bucket; passes over any other.
    mutating func take(_ entry: CanonicalJSON, index: Int64) {
        guard let kind = entry["kind"]?.text.flatMap(JournalKind.init), let id = entry["bucketId"]?.text else { return }
        switch kind {
        case .bucketCreated:
            let hasLock = entry["objectLock"] == .boolean(true)
            buckets[id] = Told(
                index: index, name: entry["bucket"]?.text, owner: entry["owner"]?.text, hasLock: hasLock,
                versioning: hasLock ? "enabled" : nil, since: hasLock ? index + 1 : nil)
        case .bucketDeleted: buckets[id] = nil
        case .bucketVersioning:
            buckets[id]?.versioning = entry["state"]?.text
            if buckets[id]?.since == nil { buckets[id]?.since = index + 1 }
        case .pastForgotten: buckets[id]?.since = entry["since"]?.integer
        case .bucketLocked:
            buckets[id]?.hasLock = true
            buckets[id]?.retention = entry["mode"].map { ($0.text, entry["days"]?.integer, index) }
        case .bucketSettingSet:
            guard let name = entry["setting"]?.text else { return }
            buckets[id]?.settings[name] = entry["sha256"].map { ($0.text, index) }
        default: return
        }
    }

    /// Compares with what the store has.
    func finish(_ store: ObjectStore, _ report: inout AuditReport) throws(StoreError) {
        var missing = buckets
        for bucket in store.buckets() {
            guard let told = missing.removeValue(forKey: Hex.encode(bucket.uuid)) else {
                report.report("the bucket \(bucket.name) exists, but the journal does not say so")
                continue
            }
            try compare(bucket, told, store, &report)
        }
        for told in missing.values.sorted(by: { $0.index < $1.index }) {
            report.report("journal index \(told.index): the bucket \(told.name ?? "") is gone without an entry")
        }
    }

    private func compare(
        _ bucket: Bucket, _ told: Told, _ store: ObjectStore, _ report: inout AuditReport
    ) throws(StoreError) {
        var differs: [String] = []
        if told.name != bucket.name { differs.append("name") }
        if told.owner != bucket.owner { differs.append("owner") }
        if told.hasLock != bucket.hasObjectLock { differs.append("Object Lock") }
        if told.versioning != BucketReplay.name(of: bucket.versioning) { differs.append("versioning") }
        if told.since != bucket.versionedSince { differs.append("beginning of its past") }
        if !differs.isEmpty {
            report.report(
                "journal index \(told.index): the bucket \(bucket.name) has another \(differs.joined(separator: ", ")) "
                    + "than the journal says")
        }
        let retention = try store.defaultRetention(of: bucket)
        if retention?.mode.journalName != told.retention?.mode
            || retention.map({ Int64($0.period.days) }) != told.retention?.days
        {
            report.report(
                "journal index \(told.retention?.index ?? told.index): the bucket \(bucket.name) has another default "
                    + "retention than the journal says")
        }
        var missing = told.settings
        for (name, value) in (store.allBucketSettings(of: bucket) ?? [:]).sorted(by: { $0.key < $1.key })
        where name != ObjectStore.defaultRetentionSetting {
            guard let known = missing.removeValue(forKey: name) else {
                report.report(
                    "journal index \(told.index): the bucket \(bucket.name) is set to a \(name), but the journal does not "
                        + "say so")
                continue
            }
            if known.sha256 != Hex.encode(Digest.sha256(value)) {
                report.report(
                    "journal index \(known.index): the \(name) of the bucket \(bucket.name) is not as the journal says")
            }
        }
        for (name, known) in missing.sorted(by: { $0.key < $1.key }) {
            report.report(
                "journal index \(known.index): the \(name) of the bucket \(bucket.name) is gone without an entry")
        }
    }

    private static func name(of state: VersioningState) -> String? {
        switch state {
        case .never: nil
        case .enabled: "enabled"
        case .suspended: "suspended"
        }
    }
}
