// Why this file exists: temporary credentials for a role, with the tags that carry runs.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import ObjectCore

struct AssumeRole: IdentityAction {
    static let name = "AssumeRole"
    static let api = IdentityAPI.sts

    /// The shortest session, in seconds.
    static let secondsMin: Int64 = 900
    static let secondsMax: Int64 = 43_200
    static let secondsDefault: Int64 = 3600

    let roleARN: String
    let sessionName: String
    let seconds: Int64?
    let tags: [NameValue]
    let transitiveTags: [String]
    let sourceIdentity: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleARN = try parameters.required("RoleArn")
        sessionName = try parameters.required("RoleSessionName")
        try SessionParameters.checkName(sessionName, at: "RoleSessionName", 2...64)
        seconds = try parameters.integer("DurationSeconds", in: AssumeRole.secondsMin...AssumeRole.secondsMax)
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
    }

    // Who may is the role's to say, below.
    func resource(_ caller: IdentityCaller) -> String? { nil }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        guard roleARN == RunRole.arn(account: caller.accountNumber) else {
            throw IdentityContext.denied(caller, "sts:AssumeRole", on: roleARN)
        }
        let grant = try grant(of: caller)
        let session = try await context.stored { () throws(StoreError) in
            try await context.store.issueSession(
                grant, durationSeconds: seconds ?? AssumeRole.secondsDefault, origin: context.origin)
        }
        let account = caller.accountNumber
        return { writer in
            if let sourceIdentity = grant.sourceIdentity { writer.leaf("SourceIdentity", sourceIdentity) }
            writer.element("AssumedRoleUser") { writer in
                writer.leaf("AssumedRoleId", "\(grant.roleID):\(grant.name)")
                writer.leaf("Arn", ARN.sts(account, "assumed-role/\(grant.roleName)/\(grant.name)"))
            }
            session.write(to: &writer)
            writer.leaf("PackedPolicySize", grant.packedPercent)
        }
    }

    /// A session of the role of runs: the caller's own rights, with what narrows the caller.
    private func grant(of caller: IdentityCaller) throws(IdentityError) -> SessionGrant {
        let inherited = try inheritance(from: caller)
        return SessionGrant(
            kind: .assumedRole, account: caller.account, issuerKey: caller.issuerKey, rights: caller.rights,
            roleID: RunRole.id(account: caller.accountNumber), roleName: RunRole.name, name: sessionName,
            sourceIdentity: inherited.sourceIdentity, tags: inherited.tags, transitiveTags: inherited.transitive,
            restrictions: caller.session?.grant.restrictions ?? [])
    }

    /// What a session takes over from the one that asks for it.
    /// - Throws: ValidationError for a tag or source identity that is set already and would change.
    func inheritance(
        from caller: IdentityCaller
    ) throws(IdentityError) -> (tags: [NameValue], transitive: [String], sourceIdentity: String?) {
        guard let parent = caller.session?.grant else { return (tags, transitiveTags, sourceIdentity) }
        var all: [NameValue] = []
        for tag in parent.tags where parent.transitiveTags.contains(tag.name) {
            guard !tags.contains(where: { $0.name.lowercased() == tag.name.lowercased() }) else {
                throw IdentityError(
                    .validationError,
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                        + "from the calling session.")
            }
            all.append(tag)
        }
        if let known = parent.sourceIdentity, let sourceIdentity, known != sourceIdentity {
            throw IdentityError(
                .accessDenied, "The source identity of a session is set once and cannot be changed.")
        }
        return (all + tags, parent.transitiveTags + transitiveTags, parent.sourceIdentity ?? sourceIdentity)
    }
}
