// Why this file exists: a third party who has an entry, and nothing of the store, can be shown whom it speaks of: one line
// with the salt and the name, which anybody can hash again (docs/FORMAT.md, "Commitments").
public import ObjectCore

/// What opens a commitment in one entry.
public struct EntryOpening: Sendable, Hashable {
    /// The file in an exported folder that has such lines.
    static let file = "openings"

    public var opening: Opening
    /// The journal position of the entry that it is about.
    public var position: Int64

    public init(_ opening: Opening, position: Int64) {
        self.opening = opening
        self.position = position
    }

    /// Canonical JSON in one line, without its end.
    public var line: String {
        let text = String(validating: opening.value, as: UTF8.self)
        return String(
            decoding: CanonicalJSON.object([
                ("bucketId", .text(Hex.encode(opening.scope))), ("commitment", .text(Hex.encode(opening.commitment))),
                ("kind", .text(opening.kind.rawValue)), ("position", .integer(position)),
                ("salt", .text(Hex.encode(opening.salt))),
                text.map { ("value", .text($0)) } ?? ("valueHex", .text(Hex.encode(opening.value))),
            ]).encoded(), as: UTF8.self)
    }

    /// Reads what ``line`` writes; nil for anything else.
    public init?(line: some StringProtocol) {
        guard let content = CanonicalJSON(Array(line.utf8)), let position = content["position"]?.integer,
            let scope = content["bucketId"]?.text.flatMap({ Hex.decode($0) }),
            let kind = content["kind"]?.text.flatMap({ CommitmentKind(rawValue: $0) }),
            let salt = content["salt"]?.text.flatMap({ Hex.decode($0) }),
            let commitment = content["commitment"]?.text.flatMap({ Hex.decode($0) }),
            let value = content["value"]?.text.map({ Array($0.utf8) })
                ?? content["valueHex"]?.text.flatMap({ Hex.decode($0) })
        else { return nil }
        self.init(
            Opening(
                scope: scope, kind: kind, value: value, salt: salt, commitment: commitment, position: position),
            position: position)
    }

    /// Whether salt and name open the commitment, and the entry has it.
    /// - Parameter entry: that of ``position``.
    public func opens(_ entry: [UInt8]) -> Bool {
        guard opening.isTrue, let content = CanonicalJSON(entry) else { return false }
        return Commitment.all(in: content).contains { $0.commitment == opening.commitment }
    }
}
