// Why this file exists: the authorizer's door to identities. Who an identity is in the words of policies, and which
// policies belong to it, is known by whoever keeps users and sessions; without one, an account's own key may do all in
// its account, and nobody else of it anything that the bucket's policy does not allow.
public import ObjectCore

/// What policies say of who asks.
public struct PrincipalStanding: Sendable {
    public var subject: PolicySubject
    /// Those of the user and its groups, or of the role. The account itself needs none.
    public var identity: [PolicyDocument]
    /// Those of the session and the permissions boundary: each layer must allow.
    public var restrictions: [[PolicyDocument]]

    public init(subject: PolicySubject, identity: [PolicyDocument] = [], restrictions: [[PolicyDocument]] = []) {
        self.subject = subject
        self.identity = identity
        self.restrictions = restrictions
    }
}

/// Knows identities and their policies. Called on the event loop, for requests that the account's own rights do not
/// settle: it must answer from memory.
public protocol PolicySource: Sendable {
    /// Who signed, and what belongs to them. A session with all rights of its account
    /// (``Identity/hasAccountRights``) is to be given as the account itself, or with a policy that allows everything.
    func standing(of identity: Identity) -> PrincipalStanding
    /// Both names of an account.
    func account(_ canonicalID: String) -> PolicyAccount
}

/// Accounts without users: what holds when nobody keeps identities.
public struct AccountsAlone: PolicySource {
    private let store: ObjectStore

    public init(_ store: ObjectStore) { self.store = store }

    public func account(_ canonicalID: String) -> PolicyAccount {
        PolicyAccount(
            number: store.accountNumber(canonicalID).map(AccountNumber.text) ?? "", canonicalID: canonicalID)
    }

    public func standing(of identity: Identity) -> PrincipalStanding {
        let account = account(identity.accountID)
        switch identity.actor {
        case .root: return PrincipalStanding(subject: PolicySubject(.root, account: account, userID: account.number))
        case .user(let name):
            return PrincipalStanding(subject: PolicySubject(.user(name: name, path: "/"), account: account))
        case .session(let facts):
            let kind: PolicySubject.Kind =
                if facts.hasAccountRights {
                    .root
                } else if let role = facts.role {
                    .role(name: role, path: "/", session: facts.name)
                } else {
                    .federatedUser(name: facts.name)
                }
            return PrincipalStanding(
                subject: PolicySubject(
                    kind, account: account, tags: facts.tags, sourceIdentity: facts.sourceIdentity))
        }
    }
}
