// Why this file exists: which old entries must keep their bytes. An entry goes only when nothing that exists rests on it:
// what it made is gone by an entry that is as old, and nothing that exists was made from it.
//
// It is a closure, from what exists backwards: a version keeps its entry, the runs that made it, what those read, what it
// was copied or assembled from, and so on. Passes over the entries from the last to the first go on until nothing is
// added; two or three are enough, since what an entry rests on lies before it.
import ObjectCore

/// The entries up to a position that must be kept.
struct EntriesInForce {
    /// The last position that is looked at.
    let through: Int64
    private var kept: PositionSet
    private var runs: Set<String> = []
    /// Versions that exist at ``through``.
    private var alive: PositionSet
    private var endedUploads: PositionSet
    private var snapshots: Set<Int64> = []
    /// By the identity's id, the entry that says how it is.
    private var identities: [String: Int64] = [:]
    private var hasGrown = false

    /// - Parameters:
    ///   - through: the last position.
    ///   - remembered: entries that rows of the past speak of.
    init(through: Int64, remembered: [Int64]) {
        self.through = through
        kept = PositionSet(through: through)
        alive = PositionSet(through: through)
        endedUploads = PositionSet(through: through)
        for position in remembered { kept.insert(position) }
    }

    func contains(_ position: Int64) -> Bool { kept.contains(position) }

    // MARK: Forwards: what exists

    /// Takes the entries in order.
    mutating func takeForwards(_ entry: CanonicalJSON, position: Int64) {
        guard let kind = entry["kind"]?.text.flatMap(JournalKind.init) else { return }
        if let replaced = entry["replaces"]?.integer { alive.remove(replaced) }
        switch kind {
        case .objectPut, .objectCopied, .markerCreated: alive.insert(position)
        case .objectAssembled:
            alive.insert(position)
            if let upload = entry["upload"]?.integer { endedUploads.insert(upload) }
        case .versionDeleted, .versionErased: if let version = entry["version"]?.integer { alive.remove(version) }
        case .uploadAborted: if let upload = entry["upload"]?.integer { endedUploads.insert(upload) }
        case .snapshotCreated: snapshots.insert(position)
        case .snapshotDeleted: if let created = entry["created"]?.integer { snapshots.remove(created) }
        case .identitySet: if let id = entry["identity"]?.text { identities[id] = position }
        case .identityRemoved: if let id = entry["identity"]?.text { identities[id] = nil }
        default: break
        }
    }

    /// Ends the way forwards: what exists is kept.
    mutating func beginBackwards() {
        kept.formUnion(alive)
        for position in snapshots { kept.insert(position) }
        for position in identities.values { kept.insert(position) }
    }

    // MARK: Backwards: what that rests on

    /// Whether the pass that ended has added anything; asks for another.
    mutating func takeGrowth() -> Bool {
        defer { hasGrown = false }
        return hasGrown
    }

    /// Takes the entries in reverse order.
    /// - Parameter now: sessions that end later are kept.
    mutating func takeBackwards(_ entry: CanonicalJSON, position: Int64, now: Timestamp) {
        guard let kind = entry["kind"]?.text.flatMap(JournalKind.init) else {
            keep(position)
            return
        }
        let run = entry["run"]?.text
        switch kind {
        case .objectPut, .objectCopied, .objectAssembled, .markerCreated, .partPut, .partCopied, .uploadCreated,
            .partsListed:
            if let upload = kind == .uploadCreated ? position : entry["upload"]?.integer,
                kind != .objectAssembled, !endedUploads.contains(upload)
            {
                keep(position)
            }
            guard isKept(position) || entry["replaces"]?.integer.map(isKept) == true else { return }
            keep(position)
            keep(run: run)
            for name in ["source", "upload"] { if let other = entry[name]?.integer { keep(other) } }
            for name in ["parts", "lists"] { keep(all: entry[name]) }
        case .versionDeleted, .tagsSet, .retentionSet, .legalHoldSet, .aclSet, .objectReplicated,
            .objectTransitioned, .objectRestored, .objectPacked, .objectDigested, .annotationPut, .annotationDeleted:
            guard entry["version"]?.integer.map(isKept) ?? true else { return }
            keep(position)
            keep(run: run)
        case .runStarted, .runEnded, .runUsed:
            guard isKept(position) || run.map(runs.contains) == true else { return }
            keep(position)
            if let parent = entry["parent"]?.text { keep(run: parent) }
            guard case .array(let items)? = entry["used"] else { return }
            for item in items { if let version = item["version"]?.integer { keep(version) } }
        case .lineageDeclared: takeDeclaration(entry, position: position, run: run)
        case .sessionIssued: if entry["expires"]?.integer ?? .max >= now.milliseconds { keep(position) }
        // How buckets, keys, the clock and the journal itself came to be as they are; and why something was erased.
        case .bucketCreated, .bucketDeleted, .bucketVersioning, .bucketSettingSet, .bucketLocked, .keyCreated,
            .keyRevoked, .keyStatusSet, .clockHeld, .clockConfirmed, .journalPruned, .pastForgotten, .versionErased,
            .namesErased:
            keep(position)
        // Kept where they say how something is, above.
        case .snapshotCreated, .snapshotDeleted, .identitySet, .identityRemoved: break
        // What happened and left nothing.
        case .uploadAborted, .garbageCollected, .refused, .eventsDropped, .sessionsCleared: break
        }
    }

    /// A declaration is kept for its run and for what it says was made; then what that was made from is kept too.
    private mutating func takeDeclaration(_ entry: CanonicalJSON, position: Int64, run: String?) {
        var outputs = EntriesInForce.positions(entry["generated"])
        var inputs = EntriesInForce.positions(entry["used"])
        if case .array(let pairs)? = entry["derived"] {
            for pair in pairs {
                let both = EntriesInForce.positions(pair)
                if both.count == 2 {
                    outputs.append(both[0])
                    inputs.append(both[1])
                }
            }
        }
        guard isKept(position) || run.map(runs.contains) == true || outputs.contains(where: isKept) else { return }
        keep(position)
        keep(run: run)
        for input in inputs { keep(input) }
    }

    private static func positions(_ value: CanonicalJSON?) -> [Int64] {
        guard case .array(let values)? = value else { return [] }
        return values.compactMap(\.integer)
    }

    private func isKept(_ position: Int64) -> Bool { kept.contains(position) }

    private mutating func keep(_ position: Int64) {
        if kept.insert(position) { hasGrown = true }
    }

    private mutating func keep(all positions: CanonicalJSON?) {
        for position in EntriesInForce.positions(positions) { keep(position) }
    }

    private mutating func keep(run: String?) {
        if let run, runs.insert(run).inserted { hasGrown = true }
    }
}

/// Journal positions up to one, a bit for each.
private struct PositionSet {
    private var words: [UInt64]
    private let through: Int64

    init(through: Int64) {
        self.through = through
        words = [UInt64](repeating: 0, count: Int(through / 64) + 1)
    }

    func contains(_ position: Int64) -> Bool {
        position >= 1 && position <= through && words[Int(position / 64)] >> UInt64(position % 64) & 1 == 1
    }

    /// Adds a position that is not beyond the last. - Returns: whether it is new.
    @discardableResult
    mutating func insert(_ position: Int64) -> Bool {
        guard position >= 1, position <= through, !contains(position) else { return false }
        words[Int(position / 64)] |= 1 << UInt64(position % 64)
        return true
    }

    mutating func remove(_ position: Int64) {
        guard contains(position) else { return }
        words[Int(position / 64)] &= ~(1 << UInt64(position % 64))
    }

    mutating func formUnion(_ other: PositionSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }
}
