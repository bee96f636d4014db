// Why this file exists: users, groups and roles hold policies in the same ways, under names that differ in one word. So
// each action is written once, for a kind of holder.
import ObjectCore

/// A kind of identity as actions name it.
protocol HolderKind: Sendable {
    static var kind: IdentityKind { get }
    /// As it stands in names of actions and of parameters: `User`.
    static var word: String { get }
    /// The parameter that names one.
    static var parameter: String { get }
    /// The ARN of the one of that name.
    static func arn(_ name: String, in context: IdentityContext) -> String
}

extension HolderKind {
    static var parameter: String { "\(word)Name" }
}

enum OfUser: HolderKind {
    static let kind = IdentityKind.user
    static let word = "User"
    static func arn(_ name: String, in context: IdentityContext) -> String { context.userARN(name) }
}

enum OfGroup: HolderKind {
    static let kind = IdentityKind.group
    static let word = "Group"
    static func arn(_ name: String, in context: IdentityContext) -> String { context.groupARN(name) }
}

enum OfRole: HolderKind {
    static let kind = IdentityKind.role
    static let word = "Role"
    static func arn(_ name: String, in context: IdentityContext) -> String { context.roleARN(name) }
}

extension IdentityContext {
    /// What a user, group or role holds, the built-in role too.
    /// - Throws: NoSuchEntity.
    func policies(of holder: HolderName) throws(IdentityError) -> HeldPolicies {
        if holder.kind == .role { return try role(holder.name).policies }
        return try looked { () throws(StoreError) in try directory.policies(of: holder) }
    }
}
