// Why this file exists: temporary credentials for somebody whom an identity provider vouches for. Nobody signs the call:
// the token that it brings is the proof.
// Invariant: whether there is a role of that name is told only to those whose token is believed.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
import ObjectCore

struct AssumeRoleWithWebIdentity: UnsignedIdentityAction {
    static let name = "AssumeRoleWithWebIdentity"
    static let api = IdentityAPI.sts

    private static let permission = "sts:AssumeRoleWithWebIdentity"

    let request: RoleRequest
    let token: JSONWebToken

    init(_ parameters: inout QueryParameters) throws(IdentityError) {
        let text = try parameters.required("WebIdentityToken")
        guard parameters.text("ProviderId") == nil else {
            throw IdentityError(
                .validationError, "ProviderId is for OAuth 2.0 access tokens, which are not taken here.")
        }
        request = try RoleRequest(&parameters, account: nil)
        token = try JSONWebToken(text)
    }

    func perform(in context: UnsignedContext) async throws(IdentityError) -> IdentityResult {
        let store = context.service.store
        let identity = try await believe(context)
        let provider = identity.provider
        guard let role = AssumedRole(request.roleARN, in: store) else {
            throw AssumedRole.denied(AssumeRoleWithWebIdentity.permission)
        }
        let directory = store.identities(of: role.account)
        let providerARN = directory.arn(provider)
        var conditions = context.conditions(PolicySubject(.webIdentity(provider: providerARN), account: nil))
        conditions.own = request.conditions(
            sourceIdentity: identity.sourceIdentity, transitiveTags: identity.transitiveTags)
        conditions.own["aws:federatedprovider"] = [providerARN]
        conditions.own.merge(identity.conditions) { own, _ in own }
        conditions.requestTags = identity.tags
        let permissions = RoleRequest.permissions(
            AssumeRoleWithWebIdentity.permission, tags: identity.tags, sourceIdentity: identity.sourceIdentity)
        for permission in permissions { try role.check(permission, vouched: conditions) }
        try request.checkSeconds(for: role)
        try request.checkRestrictions(in: directory)
        let grant = SessionGrant(
            kind: .assumedRole, account: role.account, issuerKey: provider.id, rights: .role(role.id),
            roleSession: request.sessionName, roleID: role.id, roleName: role.name, name: request.sessionName,
            sourceIdentity: identity.sourceIdentity, tags: identity.tags, transitiveTags: identity.transitiveTags,
            restrictions: request.restrictions,
            vouched: VouchedIdentity(
                provider: providerARN, subject: identity.subject, audience: identity.audiences[0]))
        let session = try await context.stored { () throws(StoreError) in
            try await store.issueSession(
                grant, durationSeconds: request.seconds, origin: context.origin(account: role.account, run: grant.run))
        }
        return { writer in
            writer.leaf("SubjectFromWebIdentityToken", identity.subject)
            writer.leaf("Audience", identity.audiences[0])
            writer.leaf("Provider", provider.issuer)
            session.writeAssumed(role, to: &writer)
        }
    }

    /// What the token says, if the role's account believes it.
    private func believe(_ context: UnsignedContext) async throws(IdentityError) -> WebIdentity {
        let service = context.service
        guard let (account, provider) = provider(in: service.store) else {
            throw JSONWebToken.invalid(
                "No OpenIDConnect provider found in your account for \(token.issuer.prefix(255))")
        }
        let isOwners = account == StoreCredentials.ownerAccount(of: service.store.accessKeys())
        let keys = try await service.providerKeys.keys(
            of: provider.issuer, keyID: token.keyID, reach: isOwners ? .anywhere : .publicOnly)
        try token.checkSignature(by: keys)
        return try WebIdentity(token, from: provider, now: context.now.seconds)
    }

    private func provider(in store: ObjectStore) -> (account: String, provider: OpenIDProvider)? {
        guard let number = IdentityARN(request.roleARN).flatMap({ AccountNumber.number($0.account) }),
            let account = store.account(number: number)
        else { return nil }
        return store.identities(of: account).provider(issuer: token.issuer).map { (account, $0) }
    }
}
