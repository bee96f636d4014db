// Why this file exists: what every audit does with every entry, wherever the entry comes from: is it canonical, does it
// follow the one before, what is the root so far; and do the checkpoints that were kept agree with it.
import ObjectCore

/// Walks the entries of a log in order.
struct EntryChain {
    private(set) var range = CompactRange()
    private var lastTime = Int64.min
    private var awaited: [Checkpoint]

    /// - Parameter checkpoints: those that must be met on the way; their signatures were checked.
    init(checkpoints: [Checkpoint]) {
        awaited = checkpoints.sorted { $0.size < $1.size }
    }

    /// Takes the next entry; answers its content when it can be read.
    mutating func take(_ bytes: [UInt8], _ report: inout AuditReport) -> CanonicalJSON? {
        meet(&report)
        let index = range.size
        range.append(MerkleHash.leaf(bytes))
        report.entries += 1
        guard let entry = CanonicalJSON(bytes), let time = entry["at"]?.integer, entry["kind"]?.text != nil else {
            report.report("journal index \(index): the entry is not canonical JSON with a time and a kind")
            return nil
        }
        if time < lastTime { report.report("journal index \(index): the entry is older than the one before it") }
        lastTime = max(lastTime, time)
        return entry
    }

    /// Ends the walk: what was to be met and lies behind the end is reported.
    mutating func finish(_ report: inout AuditReport) {
        meet(&report)
        for checkpoint in awaited {
            report.report(
                "the log ends after \(range.size) entries; a checkpoint binds it to \(checkpoint.size): entries from "
                    + "journal index \(range.size) on are missing")
        }
        awaited = []
    }

    private mutating func meet(_ report: inout AuditReport) {
        while let next = awaited.first, next.size == range.size {
            if next.root == range.root {
                report.checkpoints.append(next.size)
            } else {
                report.report(
                    "the first \(next.size) entries have another root than the checkpoint says: one of the entries "
                        + "before journal index \(next.size) was changed, dropped, added or moved")
            }
            awaited.removeFirst()
        }
    }
}

/// Checkpoints and keys that an audit is given.
struct AuditAnchors {
    private(set) var checkpoints: [Checkpoint] = []
    private let origin: String?
    private let verifiers: [NoteVerifier]

    /// - Parameter origin: the log whose checkpoints they must be, when it is known.
    init(origin: String?, verifiers: [NoteVerifier]) {
        self.origin = origin
        self.verifiers = verifiers
    }

    /// Takes a signed checkpoint; what is false about it is reported.
    mutating func take(_ text: String, name: String, _ report: inout AuditReport) {
        do throws(AuditError) {
            let note = try SignedNote(encoded: text)
            let signers = try note.verify(verifiers)
            let checkpoint = try Checkpoint(text: note.text)
            guard signers.contains(where: { $0.name == checkpoint.origin }) else {
                throw AuditError("it is not signed by its own log")
            }
            if let origin, checkpoint.origin != origin {
                throw AuditError("it is one of another log, \(checkpoint.origin)")
            }
            checkpoints.append(checkpoint)
        } catch {
            report.report("\(name): \(error)")
        }
    }
}
