// Why this file exists: policies that stand by themselves are made, shown, listed and deleted.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
import ObjectCore

struct CreatePolicy: IdentityAction {
    static let name = "CreatePolicy"
    static let api = IdentityAPI.iam

    let policyName: String
    let path: String
    let document: String
    let description: String
    let tags: [NameValue]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyName = try parameters.required("PolicyName")
        path = parameters.text("Path") ?? "/"
        document = try parameters.required("PolicyDocument")
        try PolicyText.check(document, as: .identity)
        description = parameters.text("Description") ?? ""
        tags = try IdentityTags.read(&parameters)
    }

    var requestTags: [NameValue]? { tags }

    func resource(in context: IdentityContext) -> String? { context.arn("policy\(path)\(policyName)") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let policy = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.createPolicy(
                policyName, path: path, document: document, description: description, tags: tags)
        }
        let directory = context.directory
        return { writer in
            writer.element("Policy") { policy.write(in: directory, withTags: !policy.header.tags.isEmpty, to: &$0) }
        }
    }
}

extension IdentityContext {
    /// A managed policy, the server's own too.
    /// - Throws: NoSuchEntity.
    func policy(_ arn: String) throws(IdentityError) -> ManagedPolicy {
        guard let policy = directory.anyPolicy(arn) else {
            throw IdentityError(.noSuchEntity, "Policy \(arn) was not found.")
        }
        return policy
    }
}

struct GetPolicy: IdentityAction {
    static let name = "GetPolicy"
    static let api = IdentityAPI.iam

    let policyARN: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let policy = try context.policy(policyARN)
        return { writer in
            writer.element("Policy") { writer in
                policy.write(
                    in: directory, arn: policyARN, withTags: !policy.header.tags.isEmpty, withDescription: true,
                    to: &writer)
            }
        }
    }
}

struct DeletePolicy: IdentityAction {
    static let name = "DeletePolicy"
    static let api = IdentityAPI.iam

    let policyARN: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in try directory.deletePolicy(policyARN) }
        return nil
    }
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
