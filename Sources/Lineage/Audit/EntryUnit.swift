// Why this file exists: what an audit finds out about a run of entries without knowing those before: hashes, form, times,
// and what they do to the versions that exist. Units are made by several threads at once; EntryWalk puts them together.
import ObjectCore

/// Some entries of a log, in order, beginning at a multiple of 256.
struct EntryUnit: Sendable {
    /// Entries in a unit. A multiple of 256, so that tiles lie in one unit.
    static let entriesMaximum: Int64 = 4096

    /// The index of its first entry.
    let first: Int64
    private(set) var count: Int64 = 0
    /// Roots of its tiles of 256 leaves, 32 bytes each.
    private(set) var tiles: [UInt8] = []
    /// The leaf hashes behind the last full tile.
    private(set) var rest: [UInt8] = []
    /// The leaf hashes of a tile before the index where a checkpoint ends, by that index.
    private(set) var anchors: [Int64: [UInt8]] = [:]
    /// Of each entry; `Int64.min` where there is none to be believed.
    private(set) var times: [Int64] = []
    private(set) var timeMinimum = Int64.max
    private(set) var timeMaximum = Int64.min
    /// By place in the unit: the print of the version that an entry makes, or 0.
    private(set) var prints: [UInt64] = []
    /// Which entry takes away the version of which position, in which bucket (``PastReplay/print(_:)``).
    private(set) var removals: [(by: Int64, position: Int64, bucket: UInt64)] = []
    /// Entries that are replayed by others.
    private(set) var decoded: [(index: Int64, content: CanonicalJSON)] = []
    private(set) var pruned: [Int64] = []
    /// Commitments in its entries, each with the index of the first that has it.
    private(set) var commitments: [[UInt8]: Int64] = [:]
    /// Commitments whose salts an entry says were destroyed.
    private(set) var erasedNames: [[UInt8]] = []
    /// One sentence each, with the index that it is about.
    private(set) var problems: [(index: Int64, text: String)] = []
    /// Entries are missing from this index on.
    var isBroken = false

    private let boundaries: [Int64]

    /// - Parameter boundaries: sizes of the log that checkpoints bind.
    init(first: Int64, boundaries: [Int64]) {
        self.first = first
        self.boundaries = boundaries.filter { $0 > first && $0 <= first + EntryUnit.entriesMaximum && $0 % 256 != 0 }
        prints.reserveCapacity(Int(EntryUnit.entriesMaximum))
        times.reserveCapacity(Int(EntryUnit.entriesMaximum))
        rest.reserveCapacity(256 * MerkleHash.length)
    }

    /// The index of the entry that comes next.
    var end: Int64 { first + count }

    mutating func report(_ problem: String, at index: Int64) { problems.append((index, problem)) }

    /// Takes the next entry.
    /// - Parameters:
    ///   - entry: empty for one that was pruned; then `leaf` stands for it.
    ///   - leaf: the hash that the log has for it, when that is known by now.
    ///   - at: the time that its row tells, when there is a row.
    mutating func take(
        _ entry: UnsafeRawBufferPointer, leaf: UnsafeRawBufferPointer?, at: Int64?, _ hasher: borrowing MerkleHasher
    ) {
        let index = end
        var own: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &own) { own in
            guard let base = own.baseAddress else { return }
            if !entry.isEmpty {
                hasher.leaf(entry, into: base)
                if let leaf, !EntryUnit.areEqual(leaf, own) {
                    report("journal index \(index): the entry does not match its leaf hash", at: index)
                }
            } else if let leaf, leaf.count == own.count {
                own.copyMemory(from: leaf)
            }
            rest.append(contentsOf: own)
        }
        count += 1
        if rest.count == 256 * MerkleHash.length { fold(hasher) }
        if boundaries.contains(end) { anchors[end] = rest }
        if entry.isEmpty {
            pruned.append(index)
            times.append(.min)
            prints.append(VersionPrint.pruned)
        } else {
            read(entry, at: at, index: index)
        }
    }

    /// Whether a stored hash is the one that was computed, eight bytes at a time.
    private static func areEqual(_ stored: UnsafeRawBufferPointer, _ own: UnsafeMutableRawBufferPointer) -> Bool {
        guard stored.count == MerkleHash.length else { return false }
        for place in stride(from: 0, to: MerkleHash.length, by: 8)
        where stored.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            != own.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        {
            return false
        }
        return true
    }

    private mutating func fold(_ hasher: borrowing MerkleHasher) {
        rest.withUnsafeMutableBytes { hashes in
            guard let base = hashes.baseAddress else { return }
            hasher.reduce(base, count: 256)
            tiles.append(contentsOf: hashes[..<MerkleHash.length])
        }
        rest.removeAll(keepingCapacity: true)
    }

    private mutating func read(_ entry: UnsafeRawBufferPointer, at: Int64?, index: Int64) {
        var print: UInt64 = 0
        var time = Int64.min
        defer {
            prints.append(print)
            times.append(time)
        }
        let facts: EntryFacts
        switch EntryScanner.scan(entry) {
        case .facts(let scanned)
        where !scanned.hasCommitments && (!scanned.hasEscapes || scanned.effect == EntryEffect.none):
            facts = scanned
        case .malformed:
            report("journal index \(index): the entry is not canonical JSON with a time and a kind", at: index)
            return
        case .facts, .unsure:
            // Rare: escapes or other letters than ASCII where they matter; and where names are hidden.
            guard let content = CanonicalJSON(Array(entry)) else {
                report("journal index \(index): the entry is not canonical JSON with a time and a kind", at: index)
                return
            }
            takeCommitments(of: content, index: index)
            EntryFacts.with(content) { facts in
                take(facts, content: content, at: at, index: index, &print, &time)
            }
            return
        }
        take(
            facts, content: facts.effect == .decoded ? CanonicalJSON(Array(entry)) : nil, at: at, index: index, &print,
            &time)
    }

    private mutating func takeCommitments(of entry: CanonicalJSON, index: Int64) {
        for (member, commitment) in Commitment.all(in: entry) {
            if commitments[commitment] == nil { commitments[commitment] = index }
            if member == Commitment.erasedMember { erasedNames.append(commitment) }
        }
    }

    private mutating func take(
        _ facts: EntryFacts, content: CanonicalJSON?, at: Int64?, index: Int64, _ print: inout UInt64,
        _ time: inout Int64
    ) {
        guard let own = facts.at, let effect = facts.effect else {
            report("journal index \(index): the entry is not canonical JSON with a time and a kind", at: index)
            return
        }
        time = own
        if own < timeMaximum {
            report("journal index \(index): the entry is older than the one before it", at: index)
        }
        timeMinimum = min(timeMinimum, own)
        timeMaximum = max(timeMaximum, own)
        if let at, at != own { report("journal index \(index): its row tells another time than the entry", at: index) }
        if let replaced = facts.replaces { removals.append((index, replaced, PastReplay.print(facts.bucketID))) }
        switch effect {
        case .version, .marker: print = VersionPrint.of(facts) ?? VersionPrint.incomplete
        case .destruction:
            if let version = facts.version {
                removals.append((index, version, PastReplay.print(facts.bucketID)))
            } else {
                report("journal index \(index): a deletion does not say of what", at: index)
            }
        case .decoded:
            guard let content else { break }
            decoded.append((index, content))
            guard case .array(let erased)? = content["erased"] else { break }
            erasedNames += erased.compactMap { $0.text.flatMap { Hex.decode($0) } }
        case .none: break
        }
    }
}

extension EntryFacts {
    /// Calls `body` with the facts of a decoded entry.
    static func with(_ content: CanonicalJSON, _ body: (EntryFacts) -> Void) {
        var facts = EntryFacts()
        facts.at = content["at"]?.integer
        facts.replaces = content["replaces"]?.integer
        facts.version = content["version"]?.integer
        facts.size = content["size"]?.integer
        var places: [Int?] = []
        var texts: [UInt8] = []
        for name in ["kind", "bucketId", "key", "keyHex", "etag", "sha256", "keyCommitment"] {
            guard let text = content[name]?.text else {
                places.append(nil)
                continue
            }
            places.append(texts.count)
            texts += text.utf8
        }
        places.append(texts.count)
        texts.withUnsafeBytes { bytes in
            func text(_ number: Int) -> UnsafeRawBufferPointer? {
                guard let start = places[number], let end = places[(number + 1)...].compactMap(\.self).first else {
                    return nil
                }
                return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            }
            facts.effect = text(0).map { EntryEffect($0) }
            (facts.bucketID, facts.key, facts.keyHex) = (text(1), text(2), text(3))
            (facts.etag, facts.sha256, facts.keyCommitment) = (text(4), text(5), text(6))
            body(facts)
        }
    }
}
