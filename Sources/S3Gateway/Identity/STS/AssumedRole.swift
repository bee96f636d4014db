// Why this file exists: a role that is asked for, and who may have it: its own policy says so, whichever way it is asked
// for.
import ObjectCore

/// The role that is asked for.
struct AssumedRole {
    /// Canonical id of the role's account.
    let account: String
    let accountNumber: String
    let id: String
    let name: String
    let path: String
    let tags: [NameValue]
    let secondsMax: Int64
    /// The policy that says who may; nil for the role of runs.
    let trust: PolicyDocument?

    var isOfRuns: Bool { trust == nil }

    private var arn: String { IdentityARN.iam(accountNumber, "role\(path)\(name)") }

    private init(_ role: IdentityRole, account: String, accountNumber: String, trust: PolicyDocument?) {
        self.account = account
        self.accountNumber = accountNumber
        id = role.id
        name = role.name
        path = role.header.path
        tags = role.header.tags
        secondsMax = role.sessionSecondsMax
        self.trust = trust
    }

    /// The role of that ARN; nil when there is none. The role of runs is the caller's own.
    init?(_ arn: String, in store: ObjectStore, caller: IdentityCaller? = nil) {
        if let caller {
            let runs = BuiltInIdentities.runRole(account: caller.accountNumber)
            if arn == IdentityARN.iam(caller.accountNumber, runs.resourceName) {
                self.init(runs, account: caller.account, accountNumber: caller.accountNumber, trust: nil)
                return
            }
        }
        guard let parts = IdentityARN(arn), parts.service == "iam", let number = AccountNumber.number(parts.account),
            let account = store.account(number: number), let roleName = parts.resource.split(separator: "/").last,
            let role = store.identities(of: account).roles[String(roleName)], role.resourceName == parts.resource
        else { return nil }
        self.init(
            role, account: account, accountNumber: parts.account,
            trust: IdentityPolicies.compiled(role.trust, as: .roleTrust))
    }

    private func request(
        _ permission: String, by subject: PolicySubject, _ conditions: IdentityConditions
    ) -> PolicyRequest {
        var conditions = conditions
        conditions.resourceTags = tags
        return PolicyRequest(
            subject: subject, action: Action(rawValue: permission), resource: arn,
            resourceAccount: PolicyAccount(number: accountNumber, canonicalID: account), context: conditions)
    }

    /// Lets the caller pass, or not. Unlike a bucket's, a role's own policy must allow in any case; where it leaves the
    /// decision to an account, that account's policies must allow as well; and what narrows the caller always counts.
    func check(_ permission: String, _ context: IdentityContext) throws(IdentityError) {
        guard let trust else { return }
        let caller = context.caller
        let request = request(permission, by: caller.access.subject, context.conditions)
        let policies = PolicySet(
            identity: caller.access.identity, resource: trust, restrictions: caller.access.restrictions)
        guard trust.allows(PolicyQuestion(request)) != nil, policies.verdict(on: request) == .allow else {
            throw IdentityContext.denied(caller, permission, on: arn)
        }
    }

    /// Lets somebody pass for whom a provider vouches, or not. The role's policy must name the provider: to trust
    /// everybody does not mean everybody whom some provider knows.
    func check(_ permission: String, vouched conditions: IdentityConditions) throws(IdentityError) {
        let request = request(permission, by: conditions.subject, conditions)
        guard let trust, trust.allows(PolicyQuestion(request)) == .exact,
            PolicySet(resource: trust).verdict(on: request) == .allow
        else { throw AssumedRole.denied(permission) }
    }

    static func denied(_ permission: String) -> IdentityError {
        IdentityError(.accessDenied, "Not authorized to perform \(permission)")
    }
}
