// Why this file exists: users, groups, roles, managed policies and identity providers as values. What they may contain is
// IdentityDirectory's to say; what policies mean is the gateway's: here they are texts.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html

/// The kinds of identities.
public enum IdentityKind: UInt8, Sendable, CaseIterable {
    // The raw values are on disk (docs/FORMAT.md): never renumber.
    case user = 1
    case group = 2
    case role = 3
    case policy = 4
    case provider = 5

    /// How unique ids begin.
    var idPrefix: String {
        switch self {
        case .user: "AIDA"
        case .group: "AGPA"
        case .role: "AROA"
        case .policy: "ANPA"
        case .provider: IdentityKind.providerPrefix
        }
    }

    /// AWS gives providers no unique ids; this one is ours.
    static let providerPrefix = "OIDC"

    /// As ARNs, the journal and messages call it.
    public var word: String {
        switch self {
        case .user: "user"
        case .group: "group"
        case .role: "role"
        case .policy: "policy"
        case .provider: "oidc-provider"
        }
    }
}

/// What all identities have.
public struct IdentityHeader: Sendable, Equatable {
    /// Unique for all time, such as `AIDAJQABLZS4A3QDU576`.
    public let id: String
    /// Unique within the account and the kind, without regard to case.
    public var name: String
    /// Begins and ends with a slash.
    public var path: String
    public let created: Timestamp
    public var tags: [NameValue]

    public init(id: String, name: String, path: String, created: Timestamp, tags: [NameValue]) {
        self.id = id
        self.name = name
        self.path = path
        self.created = created
        self.tags = tags
    }
}

/// One of the kinds.
public protocol IdentityEntity: Sendable, Equatable {
    /// Which of them.
    static var kind: IdentityKind { get }
    /// What all have.
    var header: IdentityHeader { get set }
}

extension IdentityEntity {
    public var id: String { header.id }
    public var name: String { header.name }

    /// What stands behind the last colon of its ARN: `user/path/name`.
    public var resourceName: String { "\(Self.kind.word)\(header.path)\(header.name)" }
}

/// The policies of a user, group or role.
public struct HeldPolicies: Sendable, Equatable {
    /// Names and documents, in order of names.
    public var inline: [NameValue] = []
    /// ARNs, in the order in which they were attached.
    public var attached: [String] = []

    public init() {}

    /// The document of that name.
    public subscript(_ name: String) -> String? {
        get { inline.first { $0.name == name }?.value }
        set {
            inline.removeAll { $0.name == name }
            if let newValue { inline.append(NameValue(name, newValue)) }
            inline.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }
}

/// An identity with policies.
public protocol PolicyHolder: IdentityEntity {
    /// What it holds.
    var policies: HeldPolicies { get set }
}

/// A user of an account.
public struct IdentityUser: PolicyHolder {
    public static let kind = IdentityKind.user
    public var header: IdentityHeader
    public var policies = HeldPolicies()
    /// Unique ids of the groups that it is in.
    public var groups: [String] = []
}

/// Users who share policies.
public struct IdentityGroup: PolicyHolder {
    public static let kind = IdentityKind.group
    public var header: IdentityHeader
    public var policies = HeldPolicies()
}

/// Rights that are assumed for a while.
public struct IdentityRole: PolicyHolder {
    public static let kind = IdentityKind.role
    public var header: IdentityHeader
    public var policies = HeldPolicies()
    /// The policy that says who may assume it.
    public var trust: String
    public var description: String
    /// The longest session, in seconds.
    public var sessionSecondsMax: Int64
}

/// A policy that stands by itself.
public struct ManagedPolicy: IdentityEntity {
    public static let kind = IdentityKind.policy

    /// A document that it has, or had and still keeps.
    public struct Version: Sendable, Equatable {
        /// Counted from 1; never used twice.
        public var number: Int64
        public var created: Timestamp
        public var document: String
    }

    public var header: IdentityHeader
    public var description: String
    /// In order of numbers.
    public var versions: [Version]
    /// The number of the version that counts.
    public var defaultNumber: Int64
    /// The highest number that was given out.
    public var highestNumber: Int64

    /// The document that counts.
    public var document: String { version(defaultNumber)?.document ?? "" }

    /// The version of that number.
    public func version(_ number: Int64) -> Version? { versions.first { $0.number == number } }
}

/// An issuer of tokens (OpenID Connect) whom the account believes. Its name is its address without the scheme.
public struct OpenIDProvider: IdentityEntity {
    public static let kind = IdentityKind.provider
    public var header: IdentityHeader
    /// Whether it is asked over TLS.
    public var isSecure: Bool
    /// To whom tokens may be issued.
    public var clientIDs: [String]
    /// Kept and told; certificates are believed when they lead to an authority that the system trusts.
    public var thumbprints: [String]

    public init(header: IdentityHeader, isSecure: Bool, clientIDs: [String], thumbprints: [String]) {
        self.header = header
        self.isSecure = isSecure
        self.clientIDs = clientIDs
        self.thumbprints = thumbprints
    }

    /// As tokens name it.
    public var issuer: String { (isSecure ? "https://" : "http://") + name }
}
