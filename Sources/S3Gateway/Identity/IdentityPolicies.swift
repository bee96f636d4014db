// Why this file exists: which policies bound a principal: those of its user with its groups, or of its role, and those of
// its session. They are compiled once for each change of the account's identities.
// Invariants: what cannot be read denies everything; whoever is gone has no rights; a session of the role of runs is, to
// policies, the one who assumed it, so that nothing that is denied to them is allowed to their runs.
public import ObjectCore
private import Synchronization

/// Finds the policies of principals.
public final class IdentityPolicies: PolicySource {
    /// How many compiled sets are kept; beyond that all are forgotten and compiled again as they are asked for.
    private static let countMax = 4096

    private struct Kept<Value: Sendable>: Sendable {
        var revision: Int64
        var value: Value
    }

    private struct State {
        var documents: [String: Kept<[PolicyDocument]>] = [:]
        var restrictions: [String: Kept<[[PolicyDocument]]>] = [:]
    }

    private let store: ObjectStore
    private let state = Mutex(State())

    public init(store: ObjectStore) { self.store = store }

    public func account(_ canonicalID: String) -> PolicyAccount {
        PolicyAccount(
            number: store.accountNumber(canonicalID).map(AccountNumber.text) ?? "", canonicalID: canonicalID)
    }

    public func standing(of identity: Identity) -> PrincipalStanding {
        access(of: identity) ?? IdentityPolicies.gone
    }

    /// Nobody, and held to a policy that denies everything.
    private static let gone = PrincipalStanding(subject: .anonymous, identity: [.denyingAll])

    /// The policies of whoever signed; nil when they are gone by now.
    func access(of identity: Identity) -> PrincipalStanding? {
        let account = account(identity.accountID)
        guard !account.number.isEmpty else { return nil }
        switch identity.actor {
        case .root:
            return PrincipalStanding(
                subject: PolicySubject(.root, account: account, userID: account.number), identity: [],
                restrictions: [])
        case .user:
            guard let id = store.accessKey(identity.accessKey)?.holder else { return nil }
            return access(userID: id, of: account, grant: nil, issued: nil)
        case .session:
            guard let session = store.session(identity.accessKey) else { return nil }
            return access(of: session, in: account)
        }
    }

    // MARK: Subjects

    private func access(of session: IdentitySession, in account: PolicyAccount) -> PrincipalStanding? {
        let grant = session.grant
        let issued = session.issued.seconds
        let found: PrincipalStanding?
        switch grant.rights {
        case .user(let id): found = access(userID: id, of: account, grant: grant, issued: issued)
        case .role(let id): found = access(roleID: id, of: account, grant: grant, issued: issued)
        case .account:
            let isFederated = grant.kind == .federation
            found = PrincipalStanding(
                subject: PolicySubject(
                    isFederated ? .federatedUser(name: grant.name) : .root, account: account,
                    userID: isFederated ? "\(account.number):\(grant.name)" : account.number, tags: grant.tags,
                    sourceIdentity: grant.sourceIdentity, tokenIssued: issued),
                identity: isFederated ? [IdentityPolicies.everything] : [], restrictions: [])
        }
        guard let found else { return nil }
        var subject = found.subject
        subject.isActedFor = grant.roleName == BuiltInIdentities.runRoleName
        if let vouched = grant.vouched { subject.further["aws:federatedprovider"] = [vouched.provider] }
        return PrincipalStanding(
            subject: subject, identity: found.identity, restrictions: restrictions(of: session, in: account))
    }

    private func access(
        userID id: String, of account: PolicyAccount, grant: SessionGrant?, issued: Int64?
    ) -> PrincipalStanding? {
        let directory = store.identities(of: account.canonicalID)
        guard let user = directory.users[id: id] else { return nil }
        let isFederated = grant?.kind == .federation
        let name = isFederated ? grant?.name ?? "" : user.name
        return PrincipalStanding(
            subject: PolicySubject(
                isFederated ? .federatedUser(name: name) : .user(name: name, path: user.header.path),
                account: account, userID: isFederated ? "\(account.number):\(name)" : id,
                tags: IdentityPolicies.merged(user.header.tags, grant?.tags ?? []),
                sourceIdentity: grant?.sourceIdentity, tokenIssued: issued),
            identity: documents(id, of: directory) { directory in
                let groups = user.groups.compactMap { directory.groups[id: $0]?.policies }
                return ([user.policies] + groups).flatMap { IdentityPolicies.texts($0, in: directory) }
            }, restrictions: [])
    }

    private func access(
        roleID id: String, of account: PolicyAccount, grant: SessionGrant, issued: Int64
    ) -> PrincipalStanding? {
        let directory = store.identities(of: account.canonicalID)
        guard let role = directory.roles[id: id] else { return nil }
        return PrincipalStanding(
            subject: PolicySubject(
                .role(name: role.name, path: role.header.path, session: grant.roleSession), account: account,
                userID: "\(id):\(grant.roleSession)",
                tags: IdentityPolicies.merged(role.header.tags, grant.tags), sourceIdentity: grant.sourceIdentity,
                tokenIssued: issued),
            identity: documents(id, of: directory) { IdentityPolicies.texts(role.policies, in: $0) }, restrictions: [])
    }

    // Those of the session win over those of the identity, without regard to the case of their keys.
    private static func merged(_ own: [NameValue], _ session: [NameValue]) -> [NameValue] {
        let names = Set(session.map { $0.name.lowercased() })
        return own.filter { !names.contains($0.name.lowercased()) } + session
    }

    // MARK: Documents

    private static let everything = compiled(
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#, as: .identity)

    static func compiled(_ text: String, as kind: PolicyDocument.Kind) -> PolicyDocument {
        do throws(PolicyError) {
            return try PolicyDocument(Array(text.utf8), as: kind)
        } catch {
            return .denyingAll
        }
    }

    private static func texts(_ held: HeldPolicies, in directory: IdentityDirectory) -> [String] {
        held.inline.map(\.value) + held.attached.map { managedText($0, in: directory) }
    }

    /// A policy that is gone is an empty text, which is no policy and so denies.
    private static func managedText(_ arn: String, in directory: IdentityDirectory) -> String {
        BuiltInIdentities.policy(arn: arn)?.document ?? directory.policy(arn: arn)?.document ?? ""
    }

    private func documents(
        _ id: String, of directory: IdentityDirectory, _ texts: (IdentityDirectory) -> [String]
    ) -> [PolicyDocument] {
        let known = state.withLock { $0.documents[id] }
        if let known, known.revision == directory.revision { return known.value }
        let value = texts(directory).map { IdentityPolicies.compiled($0, as: .identity) }
        state.withLock { state in
            if state.documents.count >= IdentityPolicies.countMax { state.documents.removeAll() }
            state.documents[id] = Kept(revision: directory.revision, value: value)
        }
        return value
    }

    private func restrictions(of session: IdentitySession, in account: PolicyAccount) -> [[PolicyDocument]] {
        guard !session.grant.restrictions.isEmpty else { return [] }
        let directory = store.identities(of: account.canonicalID)
        let known = state.withLock { $0.restrictions[session.accessKey] }
        if let known, known.revision == directory.revision { return known.value }
        let value = session.grant.restrictions.map { layer in
            layer.map { policy in
                switch policy {
                case .document(let text): IdentityPolicies.compiled(text, as: .session)
                case .managed(let arn):
                    IdentityPolicies.compiled(IdentityPolicies.managedText(arn, in: directory), as: .session)
                }
            }
        }
        state.withLock { state in
            if state.restrictions.count >= IdentityPolicies.countMax { state.restrictions.removeAll() }
            state.restrictions[session.accessKey] = Kept(revision: directory.revision, value: value)
        }
        return value
    }
}
