// Why this file exists: users, groups, roles, policies and providers are spoken of in the same ways, under names of actions
// and parameters that differ in one word. So an action is written once, for a kind.
import ObjectCore

/// A kind of identity as actions name it.
protocol NamedKind: Sendable {
    associatedtype Entity: IdentityEntity

    /// As it stands in names of actions and of parameters: `User`.
    static var word: String { get }
    /// The parameter that names one.
    static var parameter: String { get }
    /// The ARN of the one of that name, if there is none too.
    static func arn(_ name: String, in context: IdentityContext) -> String
    /// The one of that name, built-in ones too.
    /// - Throws: NoSuchEntity.
    static func find(_ name: String, in context: IdentityContext) throws(IdentityError) -> Entity
}

extension NamedKind {
    static var kind: IdentityKind { Entity.kind }
}

/// A kind whose members have names and paths.
protocol ListedKind: NamedKind where Entity: IdentityDocument {
    static var entities: KeyPath<IdentityDirectory, IdentitySet<Entity>> { get }
    /// All, in the order of lists.
    static func all(in context: IdentityContext) -> [Entity]
}

extension ListedKind {
    static var parameter: String { "\(word)Name" }

    static func arn(_ name: String, in context: IdentityContext) -> String {
        context.arn(context.directory[keyPath: entities][name]?.resourceName ?? "\(kind.word)/\(name)")
    }

    static func all(in context: IdentityContext) -> [Entity] { context.directory[keyPath: entities].sorted }
}

/// A kind whose members hold policies.
protocol HolderKind: ListedKind where Entity: PolicyHolder {}

enum OfUser: HolderKind {
    static let word = "User"
    static var entities: KeyPath<IdentityDirectory, IdentitySet<IdentityUser>> { \.users }

    static func find(_ name: String, in context: IdentityContext) throws(IdentityError) -> IdentityUser {
        try context.looked { () throws(StoreError) in try context.directory.user(name) }
    }
}

enum OfGroup: HolderKind {
    static let word = "Group"
    static var entities: KeyPath<IdentityDirectory, IdentitySet<IdentityGroup>> { \.groups }

    static func find(_ name: String, in context: IdentityContext) throws(IdentityError) -> IdentityGroup {
        try context.looked { () throws(StoreError) in try context.directory.group(name) }
    }
}

enum OfRole: HolderKind {
    static let word = "Role"
    static var entities: KeyPath<IdentityDirectory, IdentitySet<IdentityRole>> { \.roles }

    private static func ofRuns(_ context: IdentityContext) -> IdentityRole {
        BuiltInIdentities.runRole(account: context.caller.accountNumber)
    }

    static func arn(_ name: String, in context: IdentityContext) -> String {
        if BuiltInIdentities.isRole(name) { return context.arn(ofRuns(context).resourceName) }
        return context.arn(context.directory.roles[name]?.resourceName ?? "role/\(name)")
    }

    static func find(_ name: String, in context: IdentityContext) throws(IdentityError) -> IdentityRole {
        if BuiltInIdentities.isRole(name) { return ofRuns(context) }
        return try context.looked { () throws(StoreError) in try context.directory.role(name) }
    }

    static func all(in context: IdentityContext) -> [IdentityRole] {
        (context.directory.roles.sorted + [ofRuns(context)]).sorted {
            $0.sortKey.utf8.lexicographicallyPrecedes($1.sortKey.utf8)
        }
    }
}

/// A kind whose members are named by their ARNs.
protocol ARNKind: NamedKind {}

extension ARNKind {
    static func arn(_ name: String, in context: IdentityContext) -> String { name }
}

enum OfPolicy: ARNKind {
    static let word = "Policy"
    static let parameter = "PolicyArn"

    static func find(_ name: String, in context: IdentityContext) throws(IdentityError) -> ManagedPolicy {
        guard let policy = context.directory.anyPolicy(name) else {
            throw IdentityError(.noSuchEntity, "Policy \(name) was not found.")
        }
        return policy
    }
}

enum OfProvider: ARNKind {
    static let word = "OpenIDConnectProvider"
    static let parameter = "OpenIDConnectProviderArn"

    static func find(_ name: String, in context: IdentityContext) throws(IdentityError) -> OpenIDProvider {
        try context.looked { () throws(StoreError) in try context.directory.provider(name) }
    }
}

extension IdentityDirectory {
    /// The policy of that ARN, the server's own too.
    func anyPolicy(_ arn: String) -> ManagedPolicy? {
        BuiltInIdentities.policy(arn: arn)?.asManaged ?? policy(arn: arn)
    }
}
