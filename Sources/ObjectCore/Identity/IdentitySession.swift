// Why this file exists: temporary credentials: what a session may do, what it says about itself, and the keys that it
// signs with. A session is kept by the store, not carried in its token, so that it can be ended at any time.
// Invariant: a session never has more rights than whoever asked for it: `rights` names whose they are, and each layer of
// `restrictions` must allow as well.

/// Whose rights a session has.
public enum SessionRights: Sendable, Hashable {
    /// Those of the account itself.
    case account
    /// Those of the user with this unique id.
    case user(String)
    /// Those of the role with this unique id.
    case role(String)
}

/// How a session was asked for.
public enum SessionKind: UInt8, Sendable {
    // The raw values are on disk (docs/FORMAT.md): never renumber.
    case assumedRole = 1
    case sessionToken = 2
    case federation = 3
}

/// A policy that narrows a session.
public enum SessionPolicy: Sendable, Hashable {
    /// The document itself.
    case document(String)
    /// The ARN of a managed policy, as it stands when it is asked.
    case managed(String)
}

/// For whom an identity provider vouched when a session began.
public struct VouchedIdentity: Sendable, Equatable {
    /// ARN of the provider.
    public var provider: String
    /// `sub` of the token.
    public var subject: String
    /// The client for which the token was issued.
    public var audience: String

    public init(provider: String, subject: String, audience: String) {
        self.provider = provider
        self.subject = subject
        self.audience = audience
    }
}

/// What a session is to be.
public struct SessionGrant: Sendable, Equatable {
    /// The most bytes of policies, tags and names together.
    public static let packedBytesMax = 16 << 10

    public var kind: SessionKind
    /// Canonical id of the account that the session acts in.
    public var account: String
    /// What stands at the beginning, a long-term key or an identity provider (by unique id): when it ends, the session
    /// ends.
    public var issuerKey: String
    public var rights: SessionRights
    /// Where the rights are a role's: the name of the session that assumed it, under which policies know this one.
    public var roleSession: String
    /// Unique id of the role that was assumed; empty for none.
    public var roleID: String
    /// Name of the role that was assumed; empty for none.
    public var roleName: String
    public var name: String
    public var sourceIdentity: String?
    public var tags: [NameValue]
    /// The names of those tags that sessions assumed from this one inherit.
    public var transitiveTags: [String]
    /// Every layer must allow, by at least one of its policies. A layer without policies allows nothing.
    public var restrictions: [[SessionPolicy]]
    /// Whom a provider vouched for; nil unless one did for this very session.
    public var vouched: VouchedIdentity?

    public init(
        kind: SessionKind, account: String, issuerKey: String, rights: SessionRights, roleSession: String = "",
        roleID: String = "", roleName: String = "", name: String, sourceIdentity: String? = nil, tags: [NameValue] = [],
        transitiveTags: [String] = [], restrictions: [[SessionPolicy]] = [], vouched: VouchedIdentity? = nil
    ) {
        self.kind = kind
        self.account = account
        self.issuerKey = issuerKey
        self.rights = rights
        self.roleSession = roleSession
        self.roleID = roleID
        self.roleName = roleName
        self.name = name
        self.sourceIdentity = sourceIdentity
        self.tags = tags
        self.transitiveTags = transitiveTags
        self.restrictions = restrictions
        self.vouched = vouched
    }

    /// Whether the session may do everything that the account may.
    public var hasAccountRights: Bool { rights == .account && restrictions.isEmpty }

    /// What policies, tags and names take, in bytes.
    public var packedBytes: Int {
        var bytes = name.utf8.count + (sourceIdentity?.utf8.count ?? 0)
        if let vouched { bytes += vouched.subject.utf8.count + vouched.audience.utf8.count }
        for tag in tags { bytes += tag.name.utf8.count + tag.value.utf8.count }
        for policy in restrictions.joined() {
            switch policy {
            case .document(let text), .managed(let text): bytes += text.utf8.count
            }
        }
        return bytes
    }
}

/// A session that was issued.
public struct IdentitySession: Sendable, Equatable {
    /// `ASIA` and 16 characters.
    public let accessKey: String
    public let secret: String
    /// What requests must carry along.
    public let token: String
    public let grant: SessionGrant
    public let issued: Timestamp
    public let expires: Timestamp
}

extension IdentitySession: CustomStringConvertible {
    /// Without secrets.
    public var description: String { "\(accessKey) (\(grant.name))" }
}

// MARK: Record

extension IdentitySession {
    func record(account: Int64) -> [UInt8] {
        var writer = RecordWriter(reserving: 512)
        writer.text(secret)
        writer.text(token)
        writer.signed(issued.milliseconds)
        writer.byte(grant.kind.rawValue)
        writer.text(grant.issuerKey)
        switch grant.rights {
        case .account: writer.byte(1)
        case .user(let id):
            writer.byte(2)
            writer.text(id)
        case .role(let id):
            writer.byte(3)
            writer.text(id)
        }
        for text in [grant.roleSession, grant.roleID, grant.roleName, grant.name, grant.sourceIdentity ?? ""] {
            writer.text(text)
        }
        writer.pairs(grant.tags)
        writer.texts(grant.transitiveTags)
        writer.count(grant.restrictions.count)
        for layer in grant.restrictions {
            writer.count(layer.count)
            for policy in layer {
                switch policy {
                case .document(let text):
                    writer.byte(1)
                    writer.text(text)
                case .managed(let arn):
                    writer.byte(2)
                    writer.text(arn)
                }
            }
        }
        if let vouched = grant.vouched {
            for text in [vouched.provider, vouched.subject, vouched.audience] { writer.text(text) }
        }
        return writer.sealed(with: IdentitySession.columns(accessKey, account: account, expires: expires))
    }

    init(
        _ accessKey: String, account number: Int64, expires: Timestamp, record: UnsafeRawBufferPointer,
        accountID: String
    ) throws(StoreError) {
        var reader = try RecordReader(
            sealed: record, columns: IdentitySession.columns(accessKey, account: number, expires: expires),
            row: "session \(accessKey)")
        self.accessKey = accessKey
        self.expires = expires
        secret = try reader.text()
        token = try reader.text()
        issued = Timestamp(milliseconds: try reader.signed())
        guard let kind = SessionKind(rawValue: try reader.byte()) else {
            throw .corrupt("the session \(accessKey) is of an unknown kind")
        }
        let issuerKey = try reader.text()
        let rights: SessionRights =
            switch try reader.byte() {
            case 1: .account
            case 2: .user(try reader.text())
            case 3: .role(try reader.text())
            default: throw .corrupt("the session \(accessKey) has rights of an unknown kind")
            }
        var grant = SessionGrant(
            kind: kind, account: accountID, issuerKey: issuerKey, rights: rights, roleSession: try reader.text(),
            roleID: try reader.text(), roleName: try reader.text(), name: try reader.text())
        let sourceIdentity = try reader.text()
        grant.sourceIdentity = sourceIdentity.isEmpty ? nil : sourceIdentity
        grant.tags = try reader.pairs()
        grant.transitiveTags = try reader.texts()
        for _ in 0..<(try reader.count()) {
            var layer: [SessionPolicy] = []
            for _ in 0..<(try reader.count()) {
                let form = try reader.byte()
                let text = try reader.text()
                guard form == 1 || form == 2 else {
                    throw .corrupt("the session \(accessKey) has a policy of an unknown form")
                }
                layer.append(form == 1 ? .document(text) : .managed(text))
            }
            grant.restrictions.append(layer)
        }
        if !reader.isAtEnd {
            grant.vouched = VouchedIdentity(
                provider: try reader.text(), subject: try reader.text(), audience: try reader.text())
        }
        self.grant = grant
    }

    private static func columns(_ accessKey: String, account: Int64, expires: Timestamp) -> [UInt8] {
        withUnsafeBytes(of: account.littleEndian) { Array($0) }
            + withUnsafeBytes(of: expires.milliseconds.littleEndian) { Array($0) } + Array(accessKey.utf8)
    }
}

extension RecordWriter {
    mutating func texts(_ values: [String]) {
        count(values.count)
        for value in values { text(value) }
    }
}

extension RecordReader {
    mutating func texts() throws(StoreError) -> [String] {
        let number = try count()
        var values: [String] = []
        for _ in 0..<number { values.append(try text()) }
        return values
    }
}
