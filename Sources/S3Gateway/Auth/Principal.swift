// Why this file exists: who may ask, and where the gateway looks that up. The gateway holds no credentials of its
// own and knows no default ones.
public import ObjectCore

/// An access key and what belongs to it.
public struct AccessKeyRecord: Sendable {
    public var accessKey: String
    public var secret: Secret
    /// The canonical user id of the account that the key belongs to.
    public var accountID: String
    public var displayName: String
    /// Whether the account is the server's own owner.
    public var isServerOwner: Bool
    /// The token that requests must carry along, for temporary keys.
    public var sessionToken: Secret?
    /// When the key ends, in seconds since 1970, or nil.
    public var expiresAt: Int64?
    /// Who within the account the key belongs to.
    public var actor: Actor

    public init(
        accessKey: String, secret: Secret, accountID: String, displayName: String, isServerOwner: Bool = false,
        sessionToken: Secret? = nil, expiresAt: Int64? = nil, actor: Actor = .root
    ) {
        self.accessKey = accessKey
        self.secret = secret
        self.accountID = accountID
        self.displayName = displayName
        self.isServerOwner = isServerOwner
        self.sessionToken = sessionToken
        self.expiresAt = expiresAt
        self.actor = actor
    }
}

/// Who within an account holds a key.
public enum Actor: Sendable, Hashable {
    /// The account itself, which may do everything in it.
    case root
    /// An IAM user of that name.
    case user(String)
    /// A session that STS issued.
    case session(SessionFacts)
}

/// What temporary credentials carry along.
/// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
public struct SessionFacts: Sendable, Hashable {
    /// The name of the role that was assumed; nil for a session of a user or of the account itself.
    public var role: String?
    /// `RoleSessionName`.
    public var name: String
    public var sourceIdentity: String?
    /// Session tags, among them `cairn:job`, `cairn:run` and `cairn:parent`.
    public var tags: [NameValue]
    /// Whether it may do everything that the account may: no user's or role's policies bound it, nor policies of its own.
    public var hasAccountRights: Bool

    public init(
        role: String?, name: String, sourceIdentity: String? = nil, tags: [NameValue] = [],
        hasAccountRights: Bool = false
    ) {
        self.role = role
        self.name = name
        self.sourceIdentity = sourceIdentity
        self.tags = tags
        self.hasAccountRights = hasAccountRights
    }

    /// The value of a session tag.
    public func tag(_ name: String) -> String? { tags.first { $0.name == name }?.value }
}

/// Knows access keys. Called on the event loop for every signed request: it must answer from memory.
public protocol CredentialSource: Sendable {
    /// The record of `accessKey`, or nil when there is none.
    func credential(for accessKey: String) -> AccessKeyRecord?
    /// Told of every signature by a long-term key that is believed.
    func noteUse(of accessKey: String, service: String, seconds: Int64)
}

extension CredentialSource {
    public func noteUse(of accessKey: String, service: String, seconds: Int64) {}
}

/// Who sent a request.
public enum Principal: Sendable, Hashable {
    /// Nobody in particular: the request was not signed.
    case anonymous
    case account(Identity)

    /// The account's canonical user id, or nil for anonymous.
    public var accountID: String? { identity?.accountID }

    public var identity: Identity? {
        switch self {
        case .anonymous: nil
        case .account(let identity): identity
        }
    }
}

/// An account, and the key with which it signed.
public struct Identity: Sendable, Hashable {
    /// The canonical user id.
    public let accountID: String
    public let displayName: String
    public let accessKey: String
    public let isServerOwner: Bool
    /// Who within the account.
    public let actor: Actor

    /// Whether it may do everything that the account may, so that no policy of its own has to be asked.
    public var hasAccountRights: Bool {
        switch actor {
        case .root: true
        case .user: false
        case .session(let facts): facts.hasAccountRights
        }
    }

    init(_ record: AccessKeyRecord) {
        accountID = record.accountID
        displayName = record.displayName
        accessKey = record.accessKey
        isServerOwner = record.isServerOwner
        actor = record.actor
    }
}
