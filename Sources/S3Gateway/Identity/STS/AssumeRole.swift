// Why this file exists: temporary credentials for a role, with the tags that carry runs.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import ObjectCore

struct AssumeRole: IdentityAction {
    static let name = "AssumeRole"
    static let api = IdentityAPI.sts

    /// The longest session that a session may begin.
    static let chainedSecondsMax: Int64 = 3600

    let request: RoleRequest
    let tags: [NameValue]
    let transitiveTags: [String]
    let sourceIdentity: String?
    let externalID: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        request = try RoleRequest(&parameters, account: caller.accountNumber)
        tags = try SessionParameters.tags(&parameters)
        transitiveTags = parameters.list("TransitiveTagKeys")
        try SessionParameters.check(transitive: transitiveTags, among: tags)
        sourceIdentity = parameters.text("SourceIdentity")
        if let sourceIdentity { try SessionParameters.check(sourceIdentity: sourceIdentity) }
        externalID = parameters.text("ExternalId")
    }

    var requestTags: [NameValue]? { tags }

    var conditions: [String: [String]] {
        var values = request.conditions(sourceIdentity: sourceIdentity, transitiveTags: transitiveTags)
        if let externalID { values["sts:externalid"] = [externalID] }
        return values
    }

    // Who may is the role's to say.
    func resource(in context: IdentityContext) -> String? { nil }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        let role = AssumedRole(request.roleARN, in: context.store, caller: caller)
        // Who may not assume a role does not learn whether there is one.
        guard caller.session?.grant.kind != .federation, let role else {
            throw IdentityContext.denied(caller, "sts:AssumeRole", on: request.roleARN)
        }
        try request.checkRestrictions(in: context.directory)
        let permissions = RoleRequest.permissions("sts:AssumeRole", tags: tags, sourceIdentity: sourceIdentity)
        for permission in permissions { try role.check(permission, context) }
        try request.checkSeconds(for: role)
        let isChained = caller.session != nil && !role.isOfRuns
        guard !isChained || request.seconds <= AssumeRole.chainedSecondsMax else {
            throw IdentityError(
                .validationError,
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        let grant = try grant(of: role, to: caller)
        // A run inside a session ends with it: else whoever got hold of one could renew it for ever.
        let rest = role.isOfRuns ? caller.session.map { $0.expires.seconds - context.now.seconds } : nil
        let seconds = max(1, min(request.seconds, rest ?? request.seconds))
        let session = try await context.stored { () throws(StoreError) in
            try await context.store.issueSession(grant, durationSeconds: seconds, origin: context.origin)
        }
        return { session.writeAssumed(role, to: &$0) }
    }

    private func grant(of role: AssumedRole, to caller: IdentityCaller) throws(IdentityError) -> SessionGrant {
        let inherited = try inheritance(from: caller)
        var grant = SessionGrant(
            kind: .assumedRole, account: role.account, issuerKey: caller.issuerKey, rights: .account, roleID: role.id,
            roleName: role.name, name: request.sessionName, sourceIdentity: inherited.sourceIdentity,
            tags: inherited.tags,
            transitiveTags: inherited.transitive, restrictions: request.restrictions)
        if role.isOfRuns {
            // The caller's own rights, with all that narrows the caller.
            grant.rights = caller.rights
            grant.roleSession = caller.session?.grant.roleSession ?? ""
            grant.restrictions = (caller.session?.grant.restrictions ?? []) + request.restrictions
        } else {
            grant.rights = .role(role.id)
            grant.roleSession = request.sessionName
        }
        return grant
    }

    /// What a session takes over from the one that asks for it.
    /// - Throws: ValidationError for a tag or source identity that is set already and would change.
    private func inheritance(
        from caller: IdentityCaller
    ) throws(IdentityError) -> (tags: [NameValue], transitive: [String], sourceIdentity: String?) {
        guard let parent = caller.session?.grant else { return (tags, transitiveTags, sourceIdentity) }
        let inherited = parent.tags.filter { parent.transitiveTags.contains($0.name) }
        let names = Set(inherited.map { $0.name.lowercased() })
        guard !tags.contains(where: { names.contains($0.name.lowercased()) }) else {
            throw IdentityError(
                .validationError,
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                    + "from the calling session.")
        }
        if let known = parent.sourceIdentity, let sourceIdentity, known != sourceIdentity {
            throw IdentityError(.accessDenied, "The source identity of a session is set once and cannot be changed.")
        }
        return (
            inherited + tags, parent.transitiveTags + transitiveTags, parent.sourceIdentity ?? sourceIdentity
        )
    }
}
