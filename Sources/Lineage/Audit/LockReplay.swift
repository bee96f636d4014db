// Why this file exists: whoever can write to the database could end a retention there that nobody may end. So the locks of
// all versions are held against the journal: how each was made, and what was said of it since.
import ObjectCore

/// How versions are locked, as the journal says.
struct LockReplay {
    private struct Lock: Equatable {
        var mode: String?
        var until: Int64?
    }

    /// By the position of the version; only what was said after it was made.
    private var retentions: [Int64: Lock] = [:]
    private var holds: [Int64: Bool] = [:]

    /// Takes an entry about a lock; passes over any other.
    mutating func take(_ entry: CanonicalJSON) {
        guard let kind = entry["kind"]?.text, let version = entry["version"]?.integer else { return }
        if kind == JournalKind.retentionSet.rawValue { retentions[version] = LockReplay.lock(entry) }
        if kind == JournalKind.legalHoldSet.rawValue { holds[version] = entry["on"] == .boolean(true) }
    }

    /// Compares with the versions that exist. Only buckets with Object Lock have locks.
    func finish(_ store: ObjectStore, _ report: inout AuditReport) throws(StoreError) {
        var found = report
        do throws(StoreError) {
            for bucket in store.buckets() where bucket.hasObjectLock {
                try store.eachVersion(of: bucket) { version throws(StoreError) in
                    guard !version.isDeleteMarker else { return }
                    // Missing or malformed entries are told by others.
                    guard let entry = try store.journalEntry(at: version.index).flatMap({ CanonicalJSON($0.bytes) })
                    else { return }
                    compare(version, entry, &found)
                }
            }
        } catch {
            // A row that does not match its seal is told where all versions are looked at.
            guard case .corrupt = error, found.problemCount > 0 else { throw error }
        }
        report = found
    }

    private func compare(_ version: ObjectVersion, _ entry: CanonicalJSON, _ report: inout AuditReport) {
        let retention = version.attributes.retention
        let own = Lock(mode: retention?.mode.journalName, until: retention?.until.milliseconds)
        var differs: [String] = []
        if own != retentions[version.index] ?? LockReplay.lock(entry) { differs.append("retention") }
        let isHeld = holds[version.index] ?? (entry["hold"] == .boolean(true))
        if version.attributes.isOnLegalHold != isHeld { differs.append("legal hold") }
        guard !differs.isEmpty else { return }
        report.report(
            "journal index \(version.index - 1): the version of \(version.key) has another "
                + "\(differs.joined(separator: ", ")) than the journal says")
    }

    private static func lock(_ entry: CanonicalJSON) -> Lock {
        Lock(mode: entry["mode"]?.text, until: entry["until"]?.integer)
    }
}
