// Why this file exists: who calls IAM or STS, under the names that these use: ARN and unique id.
import ObjectCore

/// The sender of a call.
struct IdentityCaller: Sendable {
    /// Canonical id.
    let account: String
    /// 12 digits.
    let accountNumber: String
    let accessKey: String
    /// The user whose key or session it is; nil for the account itself and for roles.
    let user: IdentityUser?
    /// The session that signed; nil for a long-term key.
    let session: IdentitySession?
    let access: PrincipalStanding

    /// Nil when the caller is gone by now.
    init?(_ identity: Identity, store: ObjectStore, policies: IdentityPolicies) {
        guard let number = store.accountNumber(identity.accountID), let access = policies.access(of: identity) else {
            return nil
        }
        account = identity.accountID
        accountNumber = AccountNumber.text(number)
        accessKey = identity.accessKey
        self.access = access
        switch identity.actor {
        case .root:
            session = nil
            user = nil
        case .user:
            guard let id = store.accessKey(accessKey)?.holder, let user = store.user(id: id, account: account) else {
                return nil
            }
            self.user = user
            session = nil
        case .session:
            guard let session = store.session(accessKey) else { return nil }
            self.session = session
            if case .user(let id) = session.grant.rights {
                guard let user = store.user(id: id, account: account) else { return nil }
                self.user = user
            } else {
                user = nil
            }
        }
    }

    /// The long-term key at the beginning.
    var issuerKey: String { session?.grant.issuerKey ?? accessKey }

    /// Whose rights the caller has.
    var rights: SessionRights {
        if let session { return session.grant.rights }
        return user.map { .user($0.id) } ?? .account
    }

    /// Whether the caller may do everything that the account may.
    var hasAccountRights: Bool { session?.grant.hasAccountRights ?? (user == nil) }

    /// What the caller is called in a session of its own.
    var name: String { session?.grant.name ?? user?.name ?? "root" }

    private var ownARN: String {
        user.map { IdentityARN.iam(accountNumber, $0.resourceName) } ?? IdentityARN.iam(accountNumber, "root")
    }

    var arn: String {
        guard let grant = session?.grant else { return ownARN }
        switch grant.kind {
        case .assumedRole: return IdentityARN.sts(accountNumber, "assumed-role/\(grant.roleName)/\(grant.name)")
        case .federation: return IdentityARN.sts(accountNumber, "federated-user/\(grant.name)")
        case .sessionToken: return ownARN
        }
    }

    /// As GetCallerIdentity tells it.
    var userID: String {
        let own = user?.id ?? accountNumber
        guard let grant = session?.grant else { return own }
        switch grant.kind {
        case .assumedRole: return "\(grant.roleID):\(grant.name)"
        case .federation: return "\(accountNumber):\(grant.name)"
        case .sessionToken: return own
        }
    }
}
