// Why this file exists: an entry of the journal stays for ever, and so would the name of a person in it. In a bucket that
// asks for it an entry says a commitment in the place of the name: it binds, so whoever is shown the salt and the name
// can check that the entry speaks of it; and it hides, so that nobody can tell the name once the salt is gone.
// See: docs/FORMAT.md, "Commitments", and docs/decisions/0011.

/// What kind of name a commitment stands for. The texts are hashed and on disk: never change one.
public enum CommitmentKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// An object's key.
    case key
    /// What was listed: the beginning of keys.
    case prefix
    /// The canonical id of an account.
    case account
    case accessKey
    /// The address that a request came from.
    case address = "from"
    /// `role/session name`.
    case session
    /// STS `SourceIdentity`.
    case sourceIdentity
    /// Whom a token of an identity provider speaks of.
    case subject
}

/// How commitments are formed, and where entries have them.
public enum Commitment {
    /// Bytes of a commitment, and of a salt.
    public static let length = 32
    /// What the names of members that are commitments end with.
    public static let suffix = "Commitment"
    /// The member that names a commitment whose salt an entry destroys.
    public static let erasedMember = "erasedCommitment"

    /// SHA-256 of a domain text, the salt, the kind and the value.
    public static func of(_ kind: CommitmentKind, _ value: [UInt8], salt: [UInt8]) -> [UInt8] {
        var bytes = Array("cairn commitment".utf8)
        bytes.append(0)
        bytes += salt
        bytes += kind.rawValue.utf8
        bytes.append(0)
        bytes += value
        return Digest.sha256(bytes)
    }

    /// The member that takes the place of one that names somebody, and what its value is; nil for one that names nobody.
    static func replacement(
        of name: String, _ content: CanonicalJSON, in entry: JournalKind
    ) -> (name: String, kind: CommitmentKind, value: [UInt8])? {
        guard let kind = kind(of: name, in: entry), let text = content.text, !text.isEmpty else { return nil }
        if name.hasSuffix("Hex") {
            return Hex.decode(text).map { (String(name.dropLast(3)) + suffix, kind, $0) }
        }
        return (name + suffix, kind, Array(text.utf8))
    }

    private static func kind(of name: String, in entry: JournalKind) -> CommitmentKind? {
        switch name {
        case "account", "owner": .account
        case "accessKey": .accessKey
        case "from": .address
        case "sourceIdentity": .sourceIdentity
        // What issues a session has names of its own; `session` is the key that was made with it, and names nobody.
        case "for" where entry == .sessionIssued: .account
        case "issuer" where entry == .sessionIssued: .accessKey
        case "name" where entry == .sessionIssued: .session
        case "subject" where entry == .sessionIssued: .subject
        case "session" where entry != .sessionIssued: .session
        case "key", "keyHex": .key
        case "prefix", "prefixHex": .prefix
        default: nil
        }
    }

    /// All commitments that an entry has, with the names of their members.
    public static func all(in entry: CanonicalJSON) -> [(member: String, commitment: [UInt8])] {
        guard case .object(let members) = entry else { return [] }
        var found: [(String, [UInt8])] = []
        for (name, content) in members {
            if name.hasSuffix(suffix), let bytes = content.text.flatMap({ Hex.decode($0) }), bytes.count == length {
                found.append((name, bytes))
            }
            // What a run listed has names inside.
            if case .array(let items) = content { for item in items { found += all(in: item) } }
        }
        return found
    }
}

/// What opens a commitment: whoever has it can tell which name an entry speaks of.
public struct Opening: Sendable, Hashable {
    /// The UUID of the bucket whose entries have it; empty for entries of runs, which are of no bucket.
    public var scope: [UInt8]
    public var kind: CommitmentKind
    public var value: [UInt8]
    /// 32 random bytes.
    public var salt: [UInt8]
    /// As it was stored; ``isTrue`` says whether the rest opens it.
    public var commitment: [UInt8]
    /// The journal position of the first entry that has it.
    public var position: Int64

    public init(
        scope: [UInt8], kind: CommitmentKind, value: [UInt8], salt: [UInt8], commitment: [UInt8], position: Int64
    ) {
        self.scope = scope
        self.kind = kind
        self.value = value
        self.salt = salt
        self.commitment = commitment
        self.position = position
    }

    /// Whether value and salt give the commitment.
    public var isTrue: Bool {
        salt.count == Commitment.length && Commitment.of(kind, value, salt: salt) == commitment
    }
}
