// Why this file exists: the one place where commitments take the place of names, between the rooms that say what an entry
// tells and the bytes that are hashed. The salt and the name are written in the entry's own transaction.

/// Rows of `openings`.
enum OpeningRows {
    static let find: StaticString = """
        SELECT bucket, kind, value, salt, commitment, position FROM openings
        WHERE bucket = $1 AND kind = $2 AND value = $3
        """
    static let byCommitment: StaticString = """
        SELECT bucket, kind, value, salt, commitment, position FROM openings WHERE commitment = $1
        """
    static let all: StaticString = "SELECT bucket, kind, value, salt, commitment, position FROM openings"

    static func key(_ kind: CommitmentKind, _ value: [UInt8], _ scope: [UInt8]) -> [SQLValue] {
        [.bytes(scope), .text(kind.rawValue), .bytes(value)]
    }

    /// Nil for a row of a kind that is not known: it opens nothing.
    static func opening(_ row: any SQLRow) -> Opening? {
        guard let kind = CommitmentKind(rawValue: row.text(1)) else { return nil }
        return Opening(
            scope: row.bytes(0), kind: kind, value: row.bytes(2), salt: row.bytes(3), commitment: row.bytes(4),
            position: row.integer(5))
    }
}

extension JournalKind {
    /// Whether its entries are of a run or of the session that a run has, and of no bucket: they hide their names as soon
    /// as one bucket asks for it, or the run of an entry would tell whom the entry does not.
    fileprivate var isOfRun: Bool {
        switch self {
        case .runStarted, .runEnded, .runUsed, .lineageDeclared, .sessionIssued: true
        default: false
        }
    }
}

extension Change {
    /// Puts commitments in the place of names, where the entry is one of a bucket that asks for it.
    /// - Parameters:
    ///   - members: of the entry, all of them.
    ///   - kind: the entry's.
    ///   - bucket: for entries that do not name it themselves.
    mutating func conceal(
        _ members: inout [(String, CanonicalJSON)], _ kind: JournalKind, in bucket: BucketID?
    ) throws(StoreError) {
        let asking = committedBuckets
        var scope = bucket.flatMap { asking.scope($0) }
        for place in members.indices {
            if members[place].0 == "bucketId" { scope = asking.scope(members[place].1.text) }
            // Listed prefixes are of buckets of their own, one by one.
            if kind == .runUsed, members[place].0 == "listed", case .array(let items) = members[place].1 {
                var hidden = items
                for number in items.indices {
                    guard case .object(var item) = items[number],
                        let own = asking.scope(items[number]["bucketId"]?.text)
                    else { continue }
                    try conceal(&item, kind, scope: own)
                    hidden[number] = .object(item)
                }
                members[place].1 = .array(hidden)
            }
        }
        if scope == nil, kind.isOfRun { scope = [] }
        if let scope { try conceal(&members, kind, scope: scope) }
    }

    private mutating func conceal(
        _ members: inout [(String, CanonicalJSON)], _ kind: JournalKind, scope: [UInt8]
    ) throws(StoreError) {
        for place in members.indices {
            guard let hidden = Commitment.replacement(of: members[place].0, members[place].1, in: kind) else {
                continue
            }
            let commitment = try commitment(to: hidden.kind, hidden.value, in: scope)
            members[place] = (hidden.name, .text(Hex.encode(commitment)))
        }
    }

    /// The commitment to a name: the one that the scope's entries have already, or a new one under a new salt.
    private mutating func commitment(
        to kind: CommitmentKind, _ value: [UInt8], in scope: [UInt8]
    ) throws(StoreError) -> [UInt8] {
        let key = OpeningRows.key(kind, value, scope)
        if let known = try first(OpeningRows.find, key, { row throws(StoreError) in row.bytes(4) }) { return known }
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<Commitment.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let commitment = Commitment.of(kind, value, salt: salt)
        try execute(
            """
            INSERT INTO openings (bucket, kind, value, salt, commitment, position) VALUES ($1, $2, $3, $4, $5, $6)
            """, key + [.bytes(salt), .bytes(commitment), .integer(nextPosition)])
        return commitment
    }
}
