// Why this file exists: policies that stand by themselves are made, shown, listed and deleted.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
import ObjectCore

struct CreatePolicy: CreatingAction {
    let identity: NewIdentity<OfPolicy>
    let document: String
    let description: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        identity = try NewIdentity(&parameters)
        document = try IdentityPolicyText.read(&parameters)
        description = parameters.text("Description") ?? ""
    }

    func create(in directory: inout IdentityDirectory) throws(StoreError) -> ManagedPolicy {
        try directory.createPolicy(
            identity.name, path: identity.path, document: document, description: description, tags: identity.tags)
    }
}

struct GetPolicy: TargetedAction {
    static let name = "GetPolicy"

    let target: Target<OfPolicy>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let policy = try target.find(in: context)
        return { writer in
            writer.element("Policy") { writer in
                policy.write(
                    in: directory, arn: target.name, withTags: !policy.header.tags.isEmpty, withDescription: true,
                    to: &writer)
            }
        }
    }
}

struct DeletePolicy: ChangingAction {
    static let name = "DeletePolicy"

    let target: Target<OfPolicy>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) { try directory.deletePolicy(target.name) }
}

struct ListPolicies: IdentityAction {
    static let name = "ListPolicies"
    static let api = IdentityAPI.iam

    let withOwn: Bool
    let withBuiltIn: Bool
    let onlyAttached: Bool
    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        let scope = parameters.text("Scope") ?? "All"
        guard ["All", "AWS", "Local"].contains(scope) else {
            throw IdentityError.validation(
                scope, at: "Scope", "Member must satisfy enum value set: [All, AWS, Local]")
        }
        withOwn = scope != "AWS"
        withBuiltIn = scope != "Local"
        onlyAttached = try parameters.flag("OnlyAttached") ?? false
        try PolicyUsage.check(&parameters)
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.arn("policy\(prefix ?? "/")") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        var policies: [(arn: String, policy: ManagedPolicy)] = []
        if withBuiltIn { policies += BuiltInIdentities.policies.map { ($0.arn, $0.asManaged) } }
        if withOwn { policies += directory.policies.sorted.map { (directory.arn($0), $0) } }
        policies = policies.filter { entry in
            entry.policy.isUnder(prefix) && (!onlyAttached || directory.attachmentCount(of: entry.arn) > 0)
        }
        policies.sort { $0.arn.utf8.lexicographicallyPrecedes($1.arn.utf8) }
        return pagedResult("Policies", policies, page, by: \.arn) { entry, writer in
            entry.policy.write(in: directory, arn: entry.arn, to: &writer)
        }
    }
}
