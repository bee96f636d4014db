// Why this file exists: what opens the commitments of the journal lies beside it, where it can be destroyed and so could
// be changed. An audit holds every salt and name against the entries, and every entry against what opens it.
import ObjectCore

/// Which commitments the journal has, and which of them nothing opens any more.
struct NameReplay {
    /// Every commitment, with the index of the first entry that has it.
    private var commitments: [[UInt8]: Int64] = [:]
    private var erased: Set<[UInt8]> = []

    /// Takes the entries that come next.
    mutating func take(_ unit: EntryUnit) {
        guard !unit.commitments.isEmpty || !unit.erasedNames.isEmpty else { return }
        commitments.merge(unit.commitments) { first, _ in first }
        erased.formUnion(unit.erasedNames)
    }

    /// Whether an entry says that the salt of a commitment was destroyed.
    /// - Parameter commitment: in hexadecimal.
    func isErased(_ commitment: String?) -> Bool {
        commitment.flatMap { Hex.decode($0) }.map { erased.contains($0) } ?? false
    }

    /// Compares with what the store has.
    func finish(_ store: ObjectStore, _ report: inout AuditReport) throws(StoreError) {
        var open: Set<[UInt8]> = []
        var problems: [(index: Int64, text: String)] = []
        try store.eachOpening { commitment, opening throws(StoreError) in
            open.insert(commitment)
            // Of a name whose entries were all pruned, what opens it is there still.
            guard let index = commitments[commitment] else {
                guard opening?.isTrue == true, try isPruned(opening, store) else {
                    let place = (opening?.position ?? 0) - 1
                    problems.append(
                        (
                            place,
                            "journal index \(place): a salt and a name are kept for it, and no entry has their commitment"
                        ))
                    return
                }
                return
            }
            guard let opening, opening.isTrue else {
                problems.append(
                    (index, "journal index \(index): the salt or the name that is kept does not open its commitment"))
                return
            }
            if erased.contains(commitment) {
                problems.append((index, "journal index \(index): a name that was erased from it can be opened"))
            }
        }
        for (commitment, index) in commitments where !open.contains(commitment) && !erased.contains(commitment) {
            problems.append(
                (
                    index,
                    "journal index \(index): nothing opens its commitment, and no entry says that the name was erased"
                ))
        }
        for problem in problems.sorted(by: { ($0.index, $0.text) < ($1.index, $1.text) }) {
            report.report(problem.text)
        }
    }

    private func isPruned(_ opening: Opening?, _ store: ObjectStore) throws(StoreError) -> Bool {
        guard let position = opening?.position else { return false }
        return try store.journalEntry(at: position)?.bytes.isEmpty ?? false
    }
}

extension ObjectStore {
    /// The commitment to a key in hexadecimal, made anew of the key and the salt that is kept; nil when none is.
    /// - Parameter bucketID: the bucket's UUID, as entries write it.
    func keyCommitment(of key: [UInt8], inBucketID bucketID: [UInt8]) throws(StoreError) -> String? {
        guard let uuid = Hex.decode(String(decoding: bucketID, as: UTF8.self)),
            let opening = try opening(of: .key, key, in: uuid)
        else { return nil }
        return Hex.encode(Commitment.of(.key, key, salt: opening.salt))
    }
}
