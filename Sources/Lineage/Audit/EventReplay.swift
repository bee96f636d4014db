// Why this file exists: declarations are kept to the byte, and the journal has the digest of each. This holds the bytes
// that are kept against it.
import ObjectCore

/// Which declarations the journal says are kept.
struct EventReplay {
    /// By digest, in hexadecimal, the index of the entry that told it first.
    private var told: [String: Int64] = [:]

    /// Takes an entry that declares something; passes over any other.
    mutating func take(_ entry: CanonicalJSON, index: Int64) {
        guard entry["kind"]?.text == JournalKind.lineageDeclared.rawValue, let digest = entry["event"]?.text,
            told[digest] == nil
        else { return }
        told[digest] = index
    }

    /// Compares with what the store keeps. What an entry that was pruned told may be there or not.
    func finish(_ store: ObjectStore, _ report: inout AuditReport) throws(StoreError) {
        var missing = told
        try store.eachLineageEvent { position, digest, bytes throws(StoreError) in
            let isSame = Digest.sha256(bytes) == digest
            if let index = missing.removeValue(forKey: Hex.encode(digest)) {
                if !isSame { report.report("journal index \(index): the event that it declares is not what was sent") }
            } else if try store.journalEntry(at: position)?.bytes.isEmpty != true {
                report.report("journal index \(position - 1): it declares no event, and one is kept for it")
            }
        }
        for (_, index) in missing.sorted(by: { $0.value < $1.value }) {
            report.report("journal index \(index): the event that it declares is gone")
        }
    }
}
