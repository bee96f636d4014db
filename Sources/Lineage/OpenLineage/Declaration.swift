// Why this file exists: what an event says, in the terms of this store: which exact versions a run is declared to have
// read and written, and what comes from what. This goes into the journal, so the graph can be made of it again.
public import ObjectCore

/// Declared lineage, resolved to versions.
public struct Declaration: Sendable, Equatable {
    /// Pairs of one declaration; of more, the rest is only in the event that is kept.
    public static let pairsMaximum = 20_000
    /// What a list may take of one journal entry, in elements: a position has at most 20 digits.
    private static let elementsPerEntry = 1200

    /// A version that was made, and one that it was made from, by their journal positions.
    public struct Pair: Sendable, Hashable {
        public var output: Int64
        public var input: Int64
    }

    public var used: [Int64] = []
    public var generated: [Int64] = []
    public var derived: [Pair] = []
    /// Versions of the above that nobody named exactly: they were current at the event's time.
    public var asOf: [Int64] = []
    /// Datasets that are no version of this store, as the event names them.
    public var unresolved: [String] = []
    public var isPartial = false

    public init() {}

    public var isEmpty: Bool { used.isEmpty && generated.isEmpty && derived.isEmpty }

    /// The journal entries of the declaration, the first with `members` of the caller.
    public func records(_ origin: ChangeOrigin, _ members: [(String, CanonicalJSON)]) -> [RunRecord] {
        var first = members
        if !asOf.isEmpty {
            first.append(("asOf", .array(asOf.prefix(Declaration.elementsPerEntry).map { .integer($0) })))
        }
        if !unresolved.isEmpty { first.append(("unresolved", .integer(Int64(unresolved.count)))) }
        var records: [RunRecord] = []
        var lists: [(String, [CanonicalJSON])] = [
            ("used", used.map { .integer($0) }), ("generated", generated.map { .integer($0) }),
            ("derived", derived.map { .array([.integer($0.output), .integer($0.input)]) }),
        ]
        repeat {
            var entry = records.isEmpty ? first : []
            var room = Declaration.elementsPerEntry
            for index in lists.indices where !lists[index].1.isEmpty && room > 0 {
                let part = lists[index].1.prefix(room)
                entry.append((lists[index].0, .array(Array(part))))
                lists[index].1.removeFirst(part.count)
                room -= part.count
            }
            records.append(RunRecord(.lineageDeclared, origin, entry))
        } while lists.contains { !$0.1.isEmpty }
        return records
    }
}
