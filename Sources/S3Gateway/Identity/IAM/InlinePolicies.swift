// Why this file exists: policies inside users, groups and roles.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
import ObjectCore

/// PutUserPolicy, PutGroupPolicy, PutRolePolicy.
struct PutInlinePolicy<Holder: HolderKind>: IdentityAction {
    static var name: String { "Put\(Holder.word)Policy" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let policyName: String
    let document: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        policyName = try parameters.required("PolicyName")
        document = try parameters.required("PolicyDocument")
        try PolicyText.check(document, as: .identity)
    }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.putPolicy(document, named: policyName, of: holder)
        }
        return nil
    }
}

/// GetUserPolicy, GetGroupPolicy, GetRolePolicy.
struct GetInlinePolicy<Holder: HolderKind>: IdentityAction {
    static var name: String { "Get\(Holder.word)Policy" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let policyName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        policyName = try parameters.required("PolicyName")
    }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        guard let document = try context.policies(of: holder)[policyName] else {
            throw IdentityError(IdentityDirectory.missingPolicy(policyName, of: holder))
        }
        return { writer in
            writer.leaf(name: Holder.parameter, holder.name)
            writer.leaf("PolicyName", policyName)
            writer.leaf("PolicyDocument", PolicyText.encoded(document))
        }
    }
}

/// DeleteUserPolicy, DeleteGroupPolicy, DeleteRolePolicy.
struct DeleteInlinePolicy<Holder: HolderKind>: IdentityAction {
    static var name: String { "Delete\(Holder.word)Policy" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let policyName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        policyName = try parameters.required("PolicyName")
    }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.deletePolicy(named: policyName, of: holder)
        }
        return nil
    }
}

/// ListUserPolicies, ListGroupPolicies, ListRolePolicies.
struct ListInlinePolicies<Holder: HolderKind>: IdentityAction {
    static var name: String { "List\(Holder.word)Policies" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        pagedResult("PolicyNames", try context.policies(of: holder).inline, page, by: \.name) { $1.text($0.name) }
    }
}
