// Why this file exists: managed policies are attached to users, groups and roles, and detached.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
import ObjectCore

/// AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy.
struct AttachPolicy<Holder: HolderKind>: IdentityAction {
    static var name: String { "Attach\(Holder.word)Policy" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let policyARN: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        policyARN = try parameters.required("PolicyArn")
    }

    var conditions: [String: [String]] { ["iam:policyarn": [policyARN]] }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.attach(policyARN, to: holder)
        }
        return nil
    }
}

/// DetachUserPolicy, DetachGroupPolicy, DetachRolePolicy.
struct DetachPolicy<Holder: HolderKind>: IdentityAction {
    static var name: String { "Detach\(Holder.word)Policy" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let policyARN: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        policyARN = try parameters.required("PolicyArn")
    }

    var conditions: [String: [String]] { ["iam:policyarn": [policyARN]] }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.detach(policyARN, from: holder)
        }
        return nil
    }
}

/// ListAttachedUserPolicies, ListAttachedGroupPolicies, ListAttachedRolePolicies.
struct ListAttachedPolicies<Holder: HolderKind>: IdentityAction {
    static var name: String { "ListAttached\(Holder.word)Policies" }
    static var api: IdentityAPI { .iam }

    let holder: HolderName
    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        holder = HolderName(Holder.kind, try parameters.required(Holder.parameter))
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { Holder.arn(holder.name, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let attached = try context.policies(of: holder).attached.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let policies: [(arn: String, policy: ManagedPolicy)] = attached.compactMap { arn in
            guard let policy = directory.anyPolicy(arn), policy.isUnder(prefix) else { return nil }
            return (arn, policy)
        }
        return pagedResult("AttachedPolicies", policies, page, by: \.arn) { entry, writer in
            writer.leaf("PolicyName", entry.policy.name)
            writer.leaf("PolicyArn", entry.arn)
        }
    }
}

extension IdentityDirectory {
    /// The policy of that ARN, the server's own too.
    func anyPolicy(_ arn: String) -> ManagedPolicy? {
        BuiltInIdentities.policy(arn: arn)?.asManaged ?? policy(arn: arn)
    }
}

struct ListEntitiesForPolicy: IdentityAction {
    static let name = "ListEntitiesForPolicy"
    static let api = IdentityAPI.iam

    let policyARN: String
    let filter: IdentityKind?
    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        policyARN = try parameters.required("PolicyArn")
        switch parameters.text("EntityFilter") {
        case nil: filter = nil
        case "User": filter = .user
        case "Group": filter = .group
        case "Role": filter = .role
        case .some(let other):
            throw IdentityError.validation(
                other, at: "EntityFilter", "Member must satisfy enum value set: [User, Role, Group] here")
        }
        try PolicyUsage.check(&parameters)
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { policyARN }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        guard directory.anyPolicy(policyARN) != nil else {
            throw IdentityError(.noSuchEntity, "Policy \(policyARN) was not found.")
        }
        let (page, next) = page.cut(entities(in: directory), by: \.key)
        return { writer in
            func write(_ kind: IdentityKind, _ list: StaticString, _ name: StaticString, _ id: StaticString) {
                writer.element(list) { writer in
                    for entity in page where entity.kind == kind {
                        writer.element("member") { writer in
                            writer.leaf(name, entity.name)
                            writer.leaf(id, entity.id)
                        }
                    }
                }
            }
            write(.group, "PolicyGroups", "GroupName", "GroupId")
            write(.user, "PolicyUsers", "UserName", "UserId")
            write(.role, "PolicyRoles", "RoleName", "RoleId")
            Page.write(next, to: &writer)
        }
    }

    private typealias Entity = (kind: IdentityKind, name: String, id: String, key: String)

    // One list of three kinds, so that a page may end anywhere in it.
    private func entities(in directory: IdentityDirectory) -> [Entity] {
        let holders = directory.holders(of: policyARN)
        func entries(_ entities: [some IdentityEntity]) -> [Entity] {
            entities.filter { $0.isUnder(prefix) }.map { entity in
                let kind = type(of: entity).kind
                return (kind, entity.name, entity.id, "\(kind.rawValue)/\(entity.sortKey)")
            }
        }
        let all = entries(holders.users) + entries(holders.groups) + entries(holders.roles)
        return filter.map { filter in all.filter { $0.kind == filter } } ?? all
    }
}

/// `PolicyUsageFilter`: there are no permissions boundaries here, so only one of its values has a list.
enum PolicyUsage {
    /// - Throws: ValidationError.
    static func check(_ parameters: inout QueryParameters) throws(IdentityError) {
        guard let usage = parameters.text("PolicyUsageFilter"), usage != "PermissionsPolicy" else { return }
        throw IdentityError.validation(
            usage, at: "PolicyUsageFilter", "Member must satisfy enum value set: [PermissionsPolicy] here")
    }
}
