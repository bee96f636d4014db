// Why this file exists: who calls IAM or STS, under the names that these use: ARN and unique id.
import ObjectCore

/// The sender of a call.
struct IdentityCaller: Sendable {
    /// Who within the account.
    enum Standing: Sendable {
        case root
        case session(IdentitySession)
    }

    /// Canonical id.
    let account: String
    /// 12 digits.
    let accountNumber: String
    let accessKey: String
    let standing: Standing

    /// Nil when account or session are gone by now.
    init?(_ identity: Identity, store: ObjectStore) {
        guard let number = store.accountNumber(identity.accountID) else { return nil }
        account = identity.accountID
        accountNumber = AccountNumber.text(number)
        accessKey = identity.accessKey
        switch identity.actor {
        case .root: standing = .root
        case .user: return nil
        case .session:
            guard let session = store.session(identity.accessKey) else { return nil }
            standing = .session(session)
        }
    }

    var session: IdentitySession? {
        if case .session(let session) = standing { return session }
        return nil
    }

    /// The long-term key at the beginning.
    var issuerKey: String { session?.grant.issuerKey ?? accessKey }

    /// Whose rights the caller has.
    var rights: SessionRights { session?.grant.rights ?? .account }

    /// Whether the caller may do everything that the account may.
    var hasAccountRights: Bool { session?.grant.hasAccountRights ?? (rights == .account) }

    /// What the caller is called in a session of its own.
    var name: String { session?.grant.name ?? "root" }

    var arn: String {
        guard let grant = session?.grant else { return ARN.iam(accountNumber, "root") }
        switch grant.kind {
        case .assumedRole: return ARN.sts(accountNumber, "assumed-role/\(grant.roleName)/\(grant.name)")
        case .federation: return ARN.sts(accountNumber, "federated-user/\(grant.name)")
        case .sessionToken: return ARN.iam(accountNumber, "root")
        }
    }

    /// As GetCallerIdentity tells it and policies compare it.
    var userID: String {
        guard let grant = session?.grant else { return accountNumber }
        switch grant.kind {
        case .assumedRole: return "\(grant.roleID):\(grant.name)"
        case .federation: return "\(accountNumber):\(grant.name)"
        case .sessionToken: return accountNumber
        }
    }
}
