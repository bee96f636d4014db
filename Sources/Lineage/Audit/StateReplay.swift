// Why this file exists: the journal says which versions must exist; this holds it against those that do. A print for
// each entry is enough (VersionPrint): set when an entry creates a version, 0 when one destroys it.
import ObjectCore

/// Which versions and snapshots the journal says are there.
struct StateReplay {
    /// By journal index (from 0).
    private(set) var prints: [UInt64] = []
    /// By the position of the entry that made each: the bucket's id and the snapshot's name.
    private var snapshots: [Int64: (bucketID: String?, name: String?)] = [:]

    /// By the position of the version, the SHA-256 of each that was made without one.
    private(set) var digests: [Int64: [UInt8]] = [:]

    private static let creations: Set<String> = [
        JournalKind.objectPut.rawValue, JournalKind.objectCopied.rawValue, JournalKind.objectAssembled.rawValue,
        JournalKind.markerCreated.rawValue,
    ]

    /// Takes the entries that come next.
    mutating func take(_ unit: EntryUnit, _ report: inout AuditReport) {
        // What an entry takes away lies before it, so the order inside the unit is kept.
        prints.append(contentsOf: unit.prints)
        for (index, position, _) in unit.removals { remove(position, by: index, &report) }
    }

    /// Takes an entry about a snapshot; passes over any other.
    mutating func takeSnapshot(_ entry: CanonicalJSON, index: Int64, _ report: inout AuditReport) {
        guard let kind = entry["kind"]?.text else { return }
        if kind == JournalKind.snapshotCreated.rawValue {
            snapshots[index + 1] = (entry["bucketId"]?.text, entry["snapshot"]?.text)
        }
        guard kind == JournalKind.snapshotDeleted.rawValue else { return }
        guard let created = entry["created"]?.integer, let known = snapshots.removeValue(forKey: created),
            known.bucketID == entry["bucketId"]?.text, known.name == entry["snapshot"]?.text
        else {
            report.report("journal index \(index): it deletes a snapshot that was not there")
            return
        }
    }

    /// Takes a snapshot that exists.
    mutating func meet(_ snapshot: Snapshot, bucketID: String?, _ report: inout AuditReport) {
        guard let known = snapshots.removeValue(forKey: snapshot.index), known.bucketID == bucketID,
            known.name == snapshot.name
        else {
            report.report("the snapshot \(snapshot.viewName) exists, but the journal does not say so")
            return
        }
    }

    /// Takes a state that is remembered, with the entries that began its version and ended it. Must be called before the
    /// versions that exist are met.
    func meet(
        _ past: PastVersion, entry: CanonicalJSON?, ending: CanonicalJSON?, bucketID: String?,
        _ report: inout AuditReport
    ) {
        let version = past.version
        let name = "the past of \(version.key) at journal index \(version.index - 1)"
        guard let entry, entry["kind"]?.text.map(StateReplay.creations.contains) == true else {
            report.report("\(name) is remembered, but the journal does not say so")
            return
        }
        let ended = [ending?["version"]?.integer, ending?["replaces"]?.integer]
        if !ended.contains(version.index) {
            report.report("\(name) ends with an entry that is about something else")
        }
        if past.isHeld, isSet(version.index - 1) {
            report.report("\(name) is held as destroyed, and the journal has not destroyed it")
        }
        if !version.isDeleteMarker, entry["etag"]?.text != version.etag || entry["size"]?.integer != version.size {
            report.report("\(name) has another ETag or size than the journal says")
        }
        // The bucket may be gone; then nobody reads its past any more.
        if let bucketID, entry["bucketId"]?.text != bucketID {
            report.report("\(name) is of another bucket than the journal says")
        }
    }

    /// Ends the walk: what pruned entries made is not there.
    mutating func forgetPruned() {
        for index in prints.indices where prints[index] == VersionPrint.pruned { prints[index] = 0 }
    }

    /// Takes an entry that tells the SHA-256 of a version; passes over any other.
    mutating func takeDigest(_ entry: CanonicalJSON, index: Int64, _ report: inout AuditReport) {
        guard entry["kind"]?.text == JournalKind.objectDigested.rawValue else { return }
        guard let position = entry["version"]?.integer, let digest = entry["sha256"]?.text.flatMap({ Hex.decode($0) })
        else {
            report.report("journal index \(index): a digest does not say of what, or which")
            return
        }
        // A version that is gone may be shown by a snapshot, and get its digest then.
        guard position >= 1, position - 1 < index, digests.updateValue(digest, forKey: position) == nil else {
            report.report("journal index \(index): it tells a digest once more, or of what was not there")
            return
        }
    }

    private mutating func remove(_ position: Int64, by index: Int64, _ report: inout AuditReport) {
        // An entry that is kept for what it made may have replaced something whose entry was pruned.
        if position >= 1, position - 1 < index, prints[Int(position - 1)] == VersionPrint.pruned { return }
        guard position >= 1, position - 1 < index, isSet(position - 1) else {
            report.report("journal index \(index): it removes the version of index \(position - 1), which is not there")
            return
        }
        prints[Int(position - 1)] = 0
    }

    /// Takes a version that exists, and the entry that the journal has at its index.
    /// - Parameters:
    ///   - version: as its row says.
    ///   - entry: nil when the journal has none.
    ///   - bucketID: of the version's bucket.
    ///   - commitment: to the version's key, in hexadecimal; nil when nothing opens one.
    ///   - report: takes what differs.
    mutating func meet(
        _ version: ObjectVersion, entry: CanonicalJSON?, bucketID: String?, commitment: String? = nil,
        _ report: inout AuditReport
    ) {
        report.versions += 1
        let index = version.index - 1
        let name = "journal index \(index): the version of \(version.key)"
        guard index >= 0, isSet(index), let entry else {
            report.report("\(name) exists, but the journal does not say so")
            return
        }
        prints[Int(index)] = 0
        var differs: [String] = []
        if version.isDeleteMarker != (entry["kind"]?.text == JournalKind.markerCreated.rawValue) {
            differs.append("kind")
        }
        if let hidden = entry["keyCommitment"]?.text {
            if hidden != commitment { differs.append("key") }
        } else if entry["key"]?.text.map({ Array($0.utf8) }) ?? entry["keyHex"]?.text.flatMap({ Hex.decode($0) })
            != version.key.bytes
        {
            differs.append("key")
        }
        if entry["bucketId"]?.text != bucketID { differs.append("bucket") }
        if !version.isDeleteMarker {
            if entry["etag"]?.text != version.etag { differs.append("ETag") }
            if entry["size"]?.integer != version.size { differs.append("size") }
            let sha256 = entry["sha256"]?.text ?? digests[version.index].map { Hex.encode($0) }
            if sha256 != version.sha256.map({ Hex.encode($0) }) { differs.append("SHA-256") }
        }
        if entry["at"]?.integer != version.modified.milliseconds { differs.append("time") }
        if !differs.isEmpty {
            report.report("\(name) has another \(differs.joined(separator: ", ")) than the journal says")
        }
    }

    /// Reports the snapshots and versions that must exist and were not met.
    mutating func finish(_ report: inout AuditReport) {
        finishSnapshots(&report)
        for (index, print) in prints.enumerated() where print != 0 {
            report.report("journal index \(index): the version that it created is gone without an entry")
        }
    }

    /// Reports the snapshots that must exist and were not met.
    func finishSnapshots(_ report: inout AuditReport) {
        for (index, snapshot) in snapshots.sorted(by: { $0.key < $1.key }) {
            report.report("journal index \(index - 1): the snapshot \(snapshot.name ?? "") is gone without an entry")
        }
    }

    private func isSet(_ index: Int64) -> Bool {
        index >= 0 && index < prints.count && prints[Int(index)] != 0
    }
}
