// Why this file exists: policies inside users, groups and roles.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
import ObjectCore

/// PutUserPolicy, PutGroupPolicy, PutRolePolicy.
struct PutInlinePolicy<Kind: HolderKind>: ChangingAction {
    static var name: String { "Put\(Kind.word)Policy" }

    let target: Target<Kind>
    let policyName: String
    let document: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        policyName = try parameters.required("PolicyName")
        document = try IdentityPolicyText.read(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.putPolicy(document, named: policyName, of: target.holder)
    }
}

/// GetUserPolicy, GetGroupPolicy, GetRolePolicy.
struct GetInlinePolicy<Kind: HolderKind>: TargetedAction {
    static var name: String { "Get\(Kind.word)Policy" }

    let target: Target<Kind>
    let policyName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        policyName = try parameters.required("PolicyName")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        guard let document = try target.find(in: context).policies[policyName] else {
            throw IdentityError(IdentityDirectory.missingPolicy(policyName, of: target.holder))
        }
        return { writer in
            writer.leaf(name: Kind.parameter, target.name)
            writer.leaf("PolicyName", policyName)
            writer.leaf("PolicyDocument", PolicyText.encoded(document))
        }
    }
}

/// DeleteUserPolicy, DeleteGroupPolicy, DeleteRolePolicy.
struct DeleteInlinePolicy<Kind: HolderKind>: ChangingAction {
    static var name: String { "Delete\(Kind.word)Policy" }

    let target: Target<Kind>
    let policyName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        policyName = try parameters.required("PolicyName")
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.deletePolicy(named: policyName, of: target.holder)
    }
}

/// ListUserPolicies, ListGroupPolicies, ListRolePolicies.
struct ListInlinePolicies<Kind: HolderKind>: TargetedAction {
    static var name: String { "List\(Kind.word)Policies" }

    let target: Target<Kind>
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        pagedResult("PolicyNames", try target.find(in: context).policies.inline, page, by: \.name) { $1.text($0.name) }
    }
}

/// A policy of a user, group or role, or one that stands by itself.
enum IdentityPolicyText {
    /// - Throws: ValidationError, MalformedPolicyDocument.
    static func read(_ parameters: inout QueryParameters) throws(IdentityError) -> String {
        let text = try parameters.required("PolicyDocument")
        try PolicyText.check(text, as: .identity)
        return text
    }
}
