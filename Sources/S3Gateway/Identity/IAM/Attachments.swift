// Why this file exists: managed policies are attached to users, groups and roles, and detached.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
import ObjectCore

/// A change of what is attached, whose policy conditions can tell.
protocol AttachmentAction: ChangingAction {
    var policy: Target<OfPolicy> { get }
}

extension AttachmentAction {
    var conditions: [String: [String]] { ["iam:policyarn": [policy.name]] }
}

/// AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy.
struct AttachPolicy<Kind: HolderKind>: AttachmentAction {
    static var name: String { "Attach\(Kind.word)Policy" }

    let target: Target<Kind>
    let policy: Target<OfPolicy>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        policy = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.attach(policy.name, to: target.holder)
    }
}

/// DetachUserPolicy, DetachGroupPolicy, DetachRolePolicy.
struct DetachPolicy<Kind: HolderKind>: AttachmentAction {
    static var name: String { "Detach\(Kind.word)Policy" }

    let target: Target<Kind>
    let policy: Target<OfPolicy>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        policy = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.detach(policy.name, from: target.holder)
    }
}

/// ListAttachedUserPolicies, ListAttachedGroupPolicies, ListAttachedRolePolicies.
struct ListAttachedPolicies<Kind: HolderKind>: TargetedAction {
    static var name: String { "ListAttached\(Kind.word)Policies" }

    let target: Target<Kind>
    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let attached = try target.find(in: context).policies.attached.sorted {
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

struct ListEntitiesForPolicy: TargetedAction {
    static let name = "ListEntitiesForPolicy"

    let target: Target<OfPolicy>
    let filter: IdentityKind?
    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
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

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        _ = try target.find(in: context)
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
        let holders = directory.holders(of: target.name)
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
