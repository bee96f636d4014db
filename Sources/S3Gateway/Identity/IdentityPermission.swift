// Why this file exists: the one question of this folder: may this caller do that?
import ObjectCore

extension IdentityContext {
    /// Lets the caller pass, or not.
    /// - Throws: AccessDenied in AWS's words.
    func checkMay(_ action: String, on resource: String) throws(IdentityError) {
        if !caller.hasAccountRights {
            let account = PolicyAccount(number: caller.accountNumber, canonicalID: caller.account)
            let request = PolicyRequest(
                subject: caller.access.subject, action: Action(rawValue: action), resource: resource,
                resourceAccount: account, context: conditions)
            let policies = PolicySet(identity: caller.access.identity, restrictions: caller.access.restrictions)
            guard policies.verdict(on: request) == .allow else {
                throw IdentityContext.denied(caller, action, on: resource)
            }
        }
        // Sessions that are not of a role reach IAM nowhere, as on AWS without a second factor.
        if let session = caller.session, session.grant.kind != .assumedRole, action.hasPrefix("iam:") {
            throw IdentityContext.denied(caller, action, on: resource)
        }
    }

    static func denied(_ caller: IdentityCaller, _ action: String, on resource: String) -> IdentityError {
        IdentityError(
            .accessDenied, "User: \(caller.arn) is not authorized to perform: \(action) on resource: \(resource)")
    }
}

/// What calls of IAM and STS say about themselves, for the conditions of policies.
/// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
struct IdentityConditions: PolicyContext {
    let subject: PolicySubject
    let sourceAddress: String
    let isSecure: Bool
    let userAgent: String?
    let now: Timestamp
    /// Keys of the action itself, by their names in lower case: `iam:policyarn`, `sts:externalid`.
    var own: [String: [String]] = [:]
    /// Tags that the call gives.
    var requestTags: [NameValue]?
    /// Tags of what the call is about, where they are known.
    var resourceTags: [NameValue]?

    func values(of key: ConditionKey) -> [String]? {
        if let member = key.member {
            let tags: [NameValue]?
            switch key.name {
            case "aws:principaltag": tags = subject.tags
            case "aws:requesttag": tags = requestTags
            case "aws:resourcetag", "iam:resourcetag": tags = resourceTags
            // Keys of identity providers have slashes where their addresses have paths.
            default: return own[ASCII.lowercased("\(key.name)/\(member)")]
            }
            return tags?.first { ASCII.lowercased($0.name) == ASCII.lowercased(member) }.map { [$0.value] }
        }
        switch key.name {
        case "aws:currenttime": return [WireDate.extended(now.seconds)]
        case "aws:epochtime": return [String(now.seconds)]
        case "aws:sourceip": return [sourceAddress]
        case "aws:securetransport": return [isSecure ? "true" : "false"]
        case "aws:useragent": return userAgent.map { [$0] }
        case "aws:tagkeys": return requestTags.map { $0.map(\.name) }
        case "aws:requestedregion": return nil
        default: return own[key.name] ?? principal(key.name)
        }
    }

    private func principal(_ name: String) -> [String]? {
        if let value = subject.further[name] { return value }
        switch name {
        case "aws:principalarn": return subject.principalARN.map { [$0] }
        case "aws:principalaccount": return subject.account.map { [$0.number] }
        case "aws:userid": return subject.userID.isEmpty ? nil : [subject.userID]
        case "aws:username":
            if case .user(let name, _) = subject.kind { return [name] }
            return nil
        case "aws:principaltype":
            switch subject.kind {
            case .root: return ["Account"]
            case .user: return ["User"]
            case .role: return ["AssumedRole"]
            case .federatedUser: return ["FederatedUser"]
            case .anonymous, .webIdentity, .service: return ["Anonymous"]
            }
        case "aws:sourceidentity": return subject.sourceIdentity.map { [$0] }
        case "aws:tokenissuetime": return subject.tokenIssued.map { [WireDate.extended($0)] }
        default: return nil
        }
    }
}
