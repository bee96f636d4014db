// Why this file exists: a role is asked for in the same words whoever vouches for the caller, and the answer has the same
// form.
import ObjectCore

/// What AssumeRole and AssumeRoleWithWebIdentity have in common.
struct RoleRequest: Sendable {
    /// How long sessions may live, in seconds.
    static let seconds: ClosedRange<Int64> = 900...43_200
    static let secondsDefault: Int64 = 3600

    let roleARN: String
    let sessionName: String
    let seconds: Int64
    let restrictions: [[SessionPolicy]]

    /// - Parameter account: whose managed policies may narrow the session, 12 digits; nil for that of the role.
    init(_ parameters: inout QueryParameters, account: String?) throws(IdentityError) {
        roleARN = try parameters.required("RoleArn")
        sessionName = try parameters.required("RoleSessionName")
        try SessionParameters.checkName(sessionName, at: "RoleSessionName", 2...64)
        seconds = try parameters.integer("DurationSeconds", in: RoleRequest.seconds) ?? RoleRequest.secondsDefault
        restrictions = try SessionParameters.restrictions(
            &parameters, account: account ?? IdentityARN(roleARN)?.account ?? "")
    }

    /// - Parameter directory: of the account whose managed policies may narrow the session.
    /// - Throws: NoSuchEntity for a managed policy that is not there.
    func checkRestrictions(in directory: IdentityDirectory) throws(IdentityError) {
        for case .managed(let arn) in restrictions.joined()
        where BuiltInIdentities.policy(arn: arn) == nil && directory.policy(arn: arn) == nil {
            throw IdentityError(.noSuchEntity, "Policy \(arn) does not exist or is not attachable.")
        }
    }

    /// - Throws: ValidationError.
    func checkSeconds(for role: AssumedRole) throws(IdentityError) {
        guard seconds <= role.secondsMax else {
            throw IdentityError(
                .validationError,
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
    }

    /// The permissions that the session needs by what it says of itself.
    static func permissions(
        _ action: String, tags: [NameValue], sourceIdentity: String?
    ) -> [String] {
        var permissions = [action]
        if !tags.isEmpty { permissions.append("sts:TagSession") }
        if sourceIdentity != nil { permissions.append("sts:SetSourceIdentity") }
        return permissions
    }

    /// Values of condition keys.
    func conditions(sourceIdentity: String?, transitiveTags: [String]) -> [String: [String]] {
        var values = ["sts:rolesessionname": [sessionName]]
        if let sourceIdentity { values["sts:sourceidentity"] = [sourceIdentity] }
        if !transitiveTags.isEmpty { values["sts:transitivetagkeys"] = transitiveTags }
        return values
    }
}

extension IdentitySession {
    /// The answer about a session of a role.
    func writeAssumed(_ role: AssumedRole, to writer: inout XMLWriter) {
        if let sourceIdentity = grant.sourceIdentity { writer.leaf("SourceIdentity", sourceIdentity) }
        writer.element("AssumedRoleUser") { writer in
            writer.leaf("AssumedRoleId", "\(grant.roleID):\(grant.name)")
            writer.leaf("Arn", IdentityARN.sts(role.accountNumber, "assumed-role/\(grant.roleName)/\(grant.name)"))
        }
        write(to: &writer)
        writer.leaf("PackedPolicySize", grant.packedPercent)
    }
}
