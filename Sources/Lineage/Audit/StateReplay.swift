// Why this file exists: the journal says which versions must exist; this holds it against those that do. One bit for
// each entry is enough: set when an entry creates a version, cleared when one destroys it.
import ObjectCore

/// Which versions and snapshots the journal says are there.
struct StateReplay {
    private var words: [UInt64] = []
    /// By the position of the entry that made each: the bucket's id and the snapshot's name.
    private var snapshots: [Int64: (bucketID: String?, name: String?)] = [:]

    /// Where the journal tells the SHA-256 of a version that was made without: positions of both, while the version is
    /// there.
    private var digests: [Int64: Int64] = [:]

    private static let creations: Set<String> = [
        JournalKind.objectPut.rawValue, JournalKind.objectCopied.rawValue, JournalKind.objectAssembled.rawValue,
        JournalKind.markerCreated.rawValue,
    ]

    private static let destructions: Set<String> = [
        JournalKind.versionDeleted.rawValue, JournalKind.versionErased.rawValue,
    ]

    /// Takes the entry at a journal index (from 0).
    mutating func take(_ entry: CanonicalJSON, index: Int64, _ report: inout AuditReport) {
        guard let kind = entry["kind"]?.text else { return }
        if let position = entry["replaces"]?.integer { remove(position, by: index, &report) }
        if StateReplay.destructions.contains(kind) {
            guard let position = entry["version"]?.integer else {
                report.report("journal index \(index): a deletion does not say of what")
                return
            }
            remove(position, by: index, &report)
        }
        if StateReplay.creations.contains(kind) { set(index, true) }
        if kind == JournalKind.objectDigested.rawValue { takeDigest(entry, index: index, &report) }
        takeSnapshot(kind, entry, index: index, &report)
    }

    private mutating func takeSnapshot(
        _ kind: String, _ entry: CanonicalJSON, index: Int64, _ report: inout AuditReport
    ) {
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

    private mutating func takeDigest(_ entry: CanonicalJSON, index: Int64, _ report: inout AuditReport) {
        guard let position = entry["version"]?.integer, entry["sha256"]?.text != nil else {
            report.report("journal index \(index): a digest does not say of what, or which")
            return
        }
        // A version that is gone may be shown by a snapshot, and get its digest then.
        guard position >= 1, position - 1 < index, digests.updateValue(index + 1, forKey: position) == nil else {
            report.report("journal index \(index): it tells a digest once more, or of what was not there")
            return
        }
    }

    /// The position of the entry that tells the SHA-256 of a version which was made without.
    func digestPosition(of version: Int64) -> Int64? { digests[version] }

    private mutating func remove(_ position: Int64, by index: Int64, _ report: inout AuditReport) {
        guard position >= 1, position - 1 < index, isSet(position - 1) else {
            report.report("journal index \(index): it removes the version of index \(position - 1), which is not there")
            return
        }
        set(position - 1, false)
        digests[position] = nil
    }

    /// Takes a version that exists, the entry that the journal has at its index, and the one that tells its digest.
    mutating func meet(
        _ version: ObjectVersion, entry: CanonicalJSON?, digest: CanonicalJSON? = nil, bucketID: String?,
        _ report: inout AuditReport
    ) {
        report.versions += 1
        let index = version.index - 1
        let name = "journal index \(index): the version of \(version.key)"
        guard index >= 0, isSet(index), let entry else {
            report.report("\(name) exists, but the journal does not say so")
            return
        }
        set(index, false)
        var differs: [String] = []
        if entry["key"]?.text.map({ Array($0.utf8) }) ?? entry["keyHex"]?.text.flatMap({ Hex.decode($0) })
            != version.key.bytes
        {
            differs.append("key")
        }
        if entry["bucketId"]?.text != bucketID { differs.append("bucket") }
        if !version.isDeleteMarker {
            if entry["etag"]?.text != version.etag { differs.append("ETag") }
            if entry["size"]?.integer != version.size { differs.append("size") }
            let sha256 = entry["sha256"]?.text ?? digest?["sha256"]?.text
            if sha256 != version.sha256.map({ Hex.encode($0) }) { differs.append("SHA-256") }
        }
        if entry["at"]?.integer != version.modified.milliseconds { differs.append("time") }
        if !differs.isEmpty {
            report.report("\(name) has another \(differs.joined(separator: ", ")) than the journal says")
        }
    }

    /// Reports the versions that must exist and were not met.
    func finish(_ report: inout AuditReport) {
        for (index, snapshot) in snapshots.sorted(by: { $0.key < $1.key }) {
            report.report("journal index \(index - 1): the snapshot \(snapshot.name ?? "") is gone without an entry")
        }
        for (number, word) in words.enumerated() where word != 0 {
            for bit in 0..<64 where word >> UInt64(bit) & 1 == 1 {
                report.report(
                    "journal index \(number * 64 + bit): the version that it created is gone without an entry")
            }
        }
    }

    private func isSet(_ index: Int64) -> Bool {
        let number = Int(index / 64)
        return number < words.count && words[number] >> UInt64(index % 64) & 1 == 1
    }

    private mutating func set(_ index: Int64, _ value: Bool) {
        let number = Int(index / 64)
        while words.count <= number { words.append(0) }
        if value { words[number] |= 1 << UInt64(index % 64) } else { words[number] &= ~(1 << UInt64(index % 64)) }
    }
}
