// Why this file exists: who asks, in the words of the policy language. A policy may name one caller in several ways (the
// account, the role, the session), and each way means something else; which ones fit a caller is decided from this type.
public import ObjectCore

/// An account under both of its names.
public struct PolicyAccount: Sendable, Hashable {
    /// Twelve digits, as in an ARN.
    public var number: String
    /// The canonical user id, as in access control lists.
    public var canonicalID: String

    public init(number: String, canonicalID: String) {
        self.number = number
        self.canonicalID = canonicalID
    }
}

/// Who asks.
public struct PolicySubject: Sendable, Hashable {
    /// In which capacity.
    public enum Kind: Sendable, Hashable {
        /// Nobody in particular.
        case anonymous
        /// The account itself.
        case root
        /// `path` begins and ends with a slash.
        case user(name: String, path: String)
        /// A session of a role.
        case role(name: String, path: String, session: String)
        /// Somebody whom a user or the account vouches for: GetFederationToken.
        case federatedUser(name: String)
        /// Somebody whom an identity provider vouches for, before any role is assumed. The provider is an ARN or a name.
        case webIdentity(provider: String)
        /// A part of the service itself, such as `logging.s3.amazonaws.com`.
        case service(String)
    }

    public var kind: Kind
    /// Nil for whoever belongs to no account.
    public var account: PolicyAccount?
    /// `aws:userid`: the account's number, a user's unique id, `role-id:session`; empty for nobody.
    public var userID: String
    /// `aws:PrincipalTag/…`: of the user, or of the session and its role.
    public var tags: [NameValue]
    /// `aws:SourceIdentity`, set when a role was assumed.
    public var sourceIdentity: String?
    /// `aws:TokenIssueTime` in seconds since 1970; nil unless temporary credentials signed.
    public var tokenIssued: Int64?
    /// `aws:MultiFactorAuthPresent` and the like: further keys that whoever made the subject knows, by their names in
    /// lower case.
    public var further: [String: [String]]
    /// Whether a session of its own has the subject's rights, as those of the role of runs have. A policy that names the
    /// subject does not name that session, so what narrows the session counts all the same.
    public var isActedFor = false

    public init(
        _ kind: Kind, account: PolicyAccount?, userID: String = "", tags: [NameValue] = [],
        sourceIdentity: String? = nil, tokenIssued: Int64? = nil, further: [String: [String]] = [:]
    ) {
        self.kind = kind
        self.account = account
        self.userID = userID
        self.tags = tags
        self.sourceIdentity = sourceIdentity
        self.tokenIssued = tokenIssued
        self.further = further
    }

    /// Nobody in particular.
    public static let anonymous = PolicySubject(.anonymous, account: nil)

    /// `aws:PrincipalArn`: of the role, where a session of it asks; nil for nobody.
    /// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    public var principalARN: String? {
        let number = account?.number ?? ""
        switch kind {
        case .anonymous, .webIdentity, .service: return nil
        case .root: return "arn:aws:iam::\(number):root"
        case .user(let name, let path): return "arn:aws:iam::\(number):user\(path)\(name)"
        case .role(let name, let path, _): return "arn:aws:iam::\(number):role\(path)\(name)"
        case .federatedUser(let name): return "arn:aws:sts::\(number):federated-user/\(name)"
        }
    }

    /// The ARN of the session itself, as GetCallerIdentity tells it: the same as ``principalARN`` except for roles.
    public var callerARN: String? {
        guard case .role(let name, _, let session) = kind else { return principalARN }
        return "arn:aws:sts::\(account?.number ?? ""):assumed-role/\(name)/\(session)"
    }
}
