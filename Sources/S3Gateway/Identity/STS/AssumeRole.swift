// Why this file exists: temporary credentials for a role, with the tags that carry runs.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import ObjectCore

struct AssumeRole: IdentityAction {
    static let name = "AssumeRole"
    static let api = IdentityAPI.sts

    /// How long sessions may live, in seconds.
    static let seconds: ClosedRange<Int64> = 900...43_200
    static let secondsDefault: Int64 = 3600
    /// The longest session that a session may begin.
    static let chainedSecondsMax: Int64 = 3600

    let roleARN: String
    let sessionName: String
    let seconds: Int64
    let tags: [NameValue]
    let transitiveTags: [String]
    let sourceIdentity: String?
    let externalID: String?
    let restrictions: [[SessionPolicy]]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleARN = try parameters.required("RoleArn")
        sessionName = try parameters.required("RoleSessionName")
        try SessionParameters.checkName(sessionName, at: "RoleSessionName", 2...64)
        seconds =
            try parameters.integer("DurationSeconds", in: AssumeRole.seconds) ?? AssumeRole.secondsDefault
        tags = try SessionParameters.tags(&parameters)
        transitiveTags = parameters.list("TransitiveTagKeys")
        for key in transitiveTags {
            guard tags.contains(where: { $0.name == key }) else {
                throw IdentityError.validation(key, at: "TransitiveTagKeys", "Every key must be that of a tag")
            }
        }
        sourceIdentity = parameters.text("SourceIdentity")
        if let sourceIdentity {
            try SessionParameters.checkName(sourceIdentity, at: "SourceIdentity", 2...64)
            guard !ASCII.lowercased(sourceIdentity).hasPrefix("aws:") else {
                throw IdentityError.validation(sourceIdentity, at: "SourceIdentity", "Member must not begin with aws:")
            }
        }
        externalID = parameters.text("ExternalId")
        restrictions = try SessionParameters.restrictions(&parameters, account: caller.accountNumber)
    }

    var requestTags: [NameValue]? { tags }

    var conditions: [String: [String]] {
        var values = ["sts:rolesessionname": [sessionName]]
        if let externalID { values["sts:externalid"] = [externalID] }
        if let sourceIdentity { values["sts:sourceidentity"] = [sourceIdentity] }
        if !transitiveTags.isEmpty { values["sts:transitivetagkeys"] = transitiveTags }
        return values
    }

    // Who may is the role's to say.
    func resource(in context: IdentityContext) -> String? { nil }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        guard caller.session?.grant.kind != .federation else {
            throw IdentityContext.denied(caller, "sts:AssumeRole", on: roleARN)
        }
        try checkRestrictions(context)
        let role = try AssumedRole(roleARN, in: context)
        var permissions = ["sts:AssumeRole"]
        if !tags.isEmpty { permissions.append("sts:TagSession") }
        if sourceIdentity != nil { permissions.append("sts:SetSourceIdentity") }
        for permission in permissions { try role.check(permission, context) }
        guard seconds <= role.secondsMax else {
            throw IdentityError(
                .validationError,
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        let isChained = caller.session != nil && !role.isOfRuns
        guard !isChained || seconds <= AssumeRole.chainedSecondsMax else {
            throw IdentityError(
                .validationError,
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        let grant = try grant(of: role, to: caller)
        let session = try await context.stored { () throws(StoreError) in
            try await context.store.issueSession(grant, durationSeconds: seconds, origin: context.origin)
        }
        return { writer in
            if let sourceIdentity = grant.sourceIdentity { writer.leaf("SourceIdentity", sourceIdentity) }
            writer.element("AssumedRoleUser") { writer in
                writer.leaf("AssumedRoleId", "\(grant.roleID):\(grant.name)")
                writer.leaf("Arn", IdentityARN.sts(role.accountNumber, "assumed-role/\(grant.roleName)/\(grant.name)"))
            }
            session.write(to: &writer)
            writer.leaf("PackedPolicySize", grant.packedPercent)
        }
    }

    private func checkRestrictions(_ context: IdentityContext) throws(IdentityError) {
        for case .managed(let arn) in restrictions.joined()
        where BuiltInIdentities.policy(arn: arn) == nil && context.directory.policy(arn: arn) == nil {
            throw IdentityError(.noSuchEntity, "Policy \(arn) does not exist or is not attachable.")
        }
    }

    private func grant(of role: AssumedRole, to caller: IdentityCaller) throws(IdentityError) -> SessionGrant {
        let inherited = try inheritance(from: caller)
        var grant = SessionGrant(
            kind: .assumedRole, account: role.account, issuerKey: caller.issuerKey, rights: .account, roleID: role.id,
            roleName: role.name, name: sessionName, sourceIdentity: inherited.sourceIdentity, tags: inherited.tags,
            transitiveTags: inherited.transitive, restrictions: restrictions)
        if role.isOfRuns {
            // The caller's own rights, with all that narrows the caller.
            grant.rights = caller.rights
            grant.roleSession = caller.session?.grant.roleSession ?? ""
            grant.restrictions = (caller.session?.grant.restrictions ?? []) + restrictions
        } else {
            grant.rights = .role(role.id)
            grant.roleSession = sessionName
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

/// The role that is asked for.
struct AssumedRole {
    /// Canonical id of the role's account.
    let account: String
    let accountNumber: String
    let id: String
    let name: String
    let path: String
    let secondsMax: Int64
    /// The policy that says who may; nil for the role of runs.
    let trust: PolicyDocument?

    var isOfRuns: Bool { trust == nil }

    private var arn: String { IdentityARN.iam(accountNumber, "role\(path)\(name)") }

    /// - Throws: AccessDenied when there is none: who may not assume a role does not learn whether there is one.
    init(_ arn: String, in context: IdentityContext) throws(IdentityError) {
        let caller = context.caller
        let runs = BuiltInIdentities.runRole(account: caller.accountNumber)
        if arn == context.arn(runs.resourceName) {
            account = caller.account
            accountNumber = caller.accountNumber
            id = runs.id
            name = runs.name
            path = runs.header.path
            secondsMax = runs.sessionSecondsMax
            trust = nil
            return
        }
        guard let parts = IdentityARN(arn), parts.service == "iam", let number = AccountNumber.number(parts.account),
            let account = context.store.account(number: number),
            let roleName = parts.resource.split(separator: "/").last,
            let role = context.store.identities(of: account).roles[String(roleName)],
            role.resourceName == parts.resource
        else { throw IdentityContext.denied(caller, "sts:AssumeRole", on: arn) }
        self.account = account
        accountNumber = parts.account
        id = role.id
        name = role.name
        path = role.header.path
        secondsMax = role.sessionSecondsMax
        trust = IdentityPolicies.compiled(role.trust, as: .roleTrust)
    }

    /// Lets the caller pass, or not. Unlike a bucket's, a role's own policy must allow in any case; where it leaves the
    /// decision to an account, that account's policies must allow as well; and what narrows the caller always counts.
    func check(_ permission: String, _ context: IdentityContext) throws(IdentityError) {
        guard let trust else { return }
        let caller = context.caller
        let request = PolicyRequest(
            subject: caller.access.subject, action: Action(rawValue: permission), resource: arn,
            resourceAccount: PolicyAccount(number: accountNumber, canonicalID: account), context: context.conditions)
        let policies = PolicySet(
            identity: caller.access.identity, resource: trust, restrictions: caller.access.restrictions)
        guard trust.allows(PolicyQuestion(request)) != nil, policies.verdict(on: request) == .allow else {
            throw IdentityContext.denied(caller, permission, on: arn)
        }
    }
}
