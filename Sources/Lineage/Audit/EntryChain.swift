// Why this file exists: what every audit does with the entries of a log, wherever they come from: do they follow each
// other, what is the root so far, do the checkpoints that were kept agree with it, and what do the entries leave behind.
import ObjectCore

/// Walks the entries of a log in order, unit by unit.
struct EntryChain {
    /// How many entries there were.
    private(set) var size: Int64 = 0
    /// The tree's hashes from level 1 up, numbered from 0: level 0 are the leaves, which the units have held.
    private(set) var tiles = MemoryTiles()
    /// The versions and snapshots that must exist.
    private(set) var replay = StateReplay()
    private(set) var identities = IdentityReplay()
    private(set) var buckets = BucketReplay()
    private(set) var locks = LockReplay()
    private(set) var events = EventReplay()
    /// What the pasts of buckets must remember; given by who has buckets.
    var past = PastReplay()
    private(set) var pruning = PruningReplay()
    private(set) var names = NameReplay()
    private var front = CompactRange()
    private var lastTime = Int64.min
    private var awaited: [Checkpoint]

    /// - Parameter checkpoints: those that must be met on the way; their signatures were checked.
    init(checkpoints: [Checkpoint]) {
        awaited = checkpoints.sorted { $0.size < $1.size }
    }

    /// Sizes that units must be able to answer for.
    var boundaries: [Int64] { awaited.map(\.size) }

    /// Takes the next entries.
    /// - Returns: whether entries may follow.
    mutating func take(_ unit: EntryUnit, _ report: inout AuditReport) -> Bool {
        var problems = unit.problems
        if unit.timeMinimum < lastTime {
            for (place, time) in unit.times.enumerated() where time != .min && time < lastTime {
                let index = unit.first + Int64(place)
                let text = "journal index \(index): the entry is older than the one before it"
                if !problems.contains(where: { $0.text == text }) { problems.append((index, text)) }
            }
            problems.sort { $0.index < $1.index }
        }
        takePruned(unit)
        lastTime = max(lastTime, unit.timeMaximum)
        for problem in problems { report.report(problem.text) }
        for place in stride(from: 0, to: unit.tiles.count, by: MerkleHash.length) {
            meet(unit, &report)
            let root = Array(unit.tiles[place..<place + MerkleHash.length])
            front.append(root)
            tiles.append(root)
        }
        meet(unit, &report)
        replay.take(unit, &report)
        past.take(unit)
        names.take(unit)
        identities.latest = max(identities.latest, unit.timeMaximum)
        for (index, content) in unit.decoded {
            replay.takeSnapshot(content, index: index, &report)
            replay.takeDigest(content, index: index, &report)
            identities.take(content)
            buckets.take(content, index: index)
            locks.take(content)
            events.take(content, index: index)
            pruning.take(content, index: index, &report)
        }
        size = unit.end
        report.entries = size
        return !unit.isBroken
    }

    private mutating func takePruned(_ unit: EntryUnit) {
        var before = lastTime
        var place = 0
        for index in unit.pruned {
            while unit.first + Int64(place) < index {
                before = max(before, unit.times[place])
                place += 1
            }
            pruning.take(pruned: index, after: before)
        }
    }

    /// Ends the walk: what was to be met and lies behind the end is reported.
    mutating func finish(_ report: inout AuditReport) {
        meet(EntryUnit(first: size, boundaries: []), &report)
        for checkpoint in awaited {
            report.report(
                "the log ends after \(size) entries; a checkpoint binds it to \(checkpoint.size): entries from "
                    + "journal index \(size) on are missing")
        }
        awaited = []
        replay.forgetPruned()
        pruning.finish(size: size, &report)
    }

    /// Compares checkpoints that end in the tile that comes next.
    private mutating func meet(_ unit: EntryUnit, _ report: inout AuditReport) {
        while let next = awaited.first, next.size <= unit.end, next.size / 256 == front.size {
            var rest = CompactRange()
            if next.size % 256 != 0 {
                guard let leaves = unit.anchors[next.size] else { return }
                for place in stride(from: 0, to: leaves.count, by: MerkleHash.length) {
                    rest.append(Array(leaves[place..<place + MerkleHash.length]))
                }
            }
            if next.root == front.root(followedBy: rest) {
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
