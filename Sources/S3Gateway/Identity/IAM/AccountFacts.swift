// Why this file exists: what IAM tells of an account as a whole.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
import ObjectCore

struct GetAccountSummary: IdentityAction {
    static let name = "GetAccountSummary"
    static let api = IdentityAPI.iam

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {}

    func resource(in context: IdentityContext) -> String? { "*" }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let hasKeys = !context.store.accessKeys(of: nil, account: context.caller.account).isEmpty
        let versions = directory.policies.all.reduce(0) { $0 + $1.versions.count }
        let summary: KeyValuePairs<StaticString, Int> = [
            "Users": directory.users.count, "UsersQuota": IdentityLimits.usersMax,
            "Groups": directory.groups.count, "GroupsQuota": IdentityLimits.groupsMax,
            "Roles": directory.roles.count + 1, "RolesQuota": IdentityLimits.rolesMax,
            "Policies": directory.policies.count, "PoliciesQuota": IdentityLimits.policiesMax,
            "Providers": directory.providers.count, "PolicyVersionsInUse": versions,
            "VersionsPerPolicyQuota": IdentityLimits.policyVersionsMax,
            "AccessKeysPerUserQuota": IdentityLimits.keysPerUserMax,
            "GroupsPerUserQuota": IdentityLimits.groupsPerUserMax,
            "AttachedPoliciesPerUserQuota": IdentityLimits.attachedPoliciesMax,
            "AttachedPoliciesPerGroupQuota": IdentityLimits.attachedPoliciesMax,
            "AttachedPoliciesPerRoleQuota": IdentityLimits.attachedPoliciesMax,
            "UserPolicySizeQuota": IdentityLimits.policyCharactersMax(.user),
            "GroupPolicySizeQuota": IdentityLimits.policyCharactersMax(.group),
            "RolePolicySizeQuota": IdentityLimits.policyCharactersMax(.role),
            "PolicySizeQuota": IdentityLimits.policyCharactersMax(.policy),
            "AssumeRolePolicySizeQuota": IdentityLimits.trustCharactersMax,
            "AccountAccessKeysPresent": hasKeys ? 1 : 0, "AccountMFAEnabled": 0, "MFADevices": 0,
            "MFADevicesInUse": 0,
        ]
        return { writer in
            writer.element("SummaryMap") { writer in
                for (key, value) in summary {
                    writer.element("entry") { writer in
                        writer.leaf("key", String(describing: key))
                        writer.leaf("value", value)
                    }
                }
            }
        }
    }
}

/// Accounts have no aliases here.
struct ListAccountAliases: IdentityAction {
    static let name = "ListAccountAliases"
    static let api = IdentityAPI.iam

    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { "*" }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        pagedResult("AccountAliases", [String](), page, by: \.self) { $1.text($0) }
    }
}
