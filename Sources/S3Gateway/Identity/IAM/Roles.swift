// Why this file exists: roles are made, shown, changed, listed and deleted.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
import ObjectCore

extension IdentityContext {
    /// The ARN of a role; by name alone when there is none of that name.
    func roleARN(_ name: String) -> String {
        if BuiltInIdentities.isRole(name) {
            return arn(BuiltInIdentities.runRole(account: caller.accountNumber).resourceName)
        }
        return arn(directory.roles[name]?.resourceName ?? "role/\(name)")
    }

    /// A role, the built-in one too.
    /// - Throws: NoSuchEntity.
    func role(_ name: String) throws(IdentityError) -> IdentityRole {
        if BuiltInIdentities.isRole(name) { return BuiltInIdentities.runRole(account: caller.accountNumber) }
        return try looked { () throws(StoreError) in try directory.role(name) }
    }
}

struct CreateRole: IdentityAction {
    static let name = "CreateRole"
    static let api = IdentityAPI.iam

    let roleName: String
    let path: String
    let trust: String
    let description: String
    let seconds: Int64
    let tags: [NameValue]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleName = try parameters.required("RoleName")
        path = parameters.text("Path") ?? "/"
        trust = try parameters.required("AssumeRolePolicyDocument")
        try PolicyText.check(trust, as: .roleTrust)
        description = parameters.text("Description") ?? ""
        seconds =
            try parameters.integer("MaxSessionDuration", in: IdentityLimits.sessionSeconds)
            ?? IdentityLimits.sessionSeconds.lowerBound
        tags = try IdentityTags.read(&parameters)
    }

    var requestTags: [NameValue]? { tags }

    func resource(in context: IdentityContext) -> String? { context.arn("role\(path)\(roleName)") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let role = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.createRole(
                roleName, path: path, trust: trust, description: description, sessionSecondsMax: seconds, tags: tags)
        }
        let directory = context.directory
        return { writer in
            writer.element("Role") { role.write(in: directory, withTags: !role.header.tags.isEmpty, to: &$0) }
        }
    }
}

struct GetRole: IdentityAction {
    static let name = "GetRole"
    static let api = IdentityAPI.iam

    let roleName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleName = try parameters.required("RoleName")
    }

    func resource(in context: IdentityContext) -> String? { context.roleARN(roleName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let role = try context.role(roleName)
        return { writer in
            writer.element("Role") { role.write(in: directory, withTags: !role.header.tags.isEmpty, to: &$0) }
        }
    }
}

struct UpdateRole: IdentityAction {
    static let name = "UpdateRole"
    static let api = IdentityAPI.iam

    let roleName: String
    let description: String?
    let seconds: Int64?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleName = try parameters.required("RoleName")
        description = parameters.text("Description")
        seconds = try parameters.integer("MaxSessionDuration", in: IdentityLimits.sessionSeconds)
    }

    func resource(in context: IdentityContext) -> String? { context.roleARN(roleName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.updateRole(roleName, description: description, sessionSecondsMax: seconds)
        }
        return { _ in }
    }
}

struct UpdateRoleDescription: IdentityAction {
    static let name = "UpdateRoleDescription"
    static let api = IdentityAPI.iam

    let roleName: String
    let description: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleName = try parameters.required("RoleName")
        description = try parameters.required("Description")
    }

    func resource(in context: IdentityContext) -> String? { context.roleARN(roleName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.updateRole(roleName, description: description)
        }
        let directory = context.directory
        let role = try context.role(roleName)
        return { writer in writer.element("Role") { role.write(in: directory, to: &$0) } }
    }
}

struct UpdateAssumeRolePolicy: IdentityAction {
    static let name = "UpdateAssumeRolePolicy"
    static let api = IdentityAPI.iam

    let roleName: String
    let trust: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleName = try parameters.required("RoleName")
        trust = try parameters.required("PolicyDocument")
        try PolicyText.check(trust, as: .roleTrust)
    }

    func resource(in context: IdentityContext) -> String? { context.roleARN(roleName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.updateRole(roleName, trust: trust)
        }
        return nil
    }
}

struct DeleteRole: IdentityAction {
    static let name = "DeleteRole"
    static let api = IdentityAPI.iam

    let roleName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        roleName = try parameters.required("RoleName")
    }

    func resource(in context: IdentityContext) -> String? { context.roleARN(roleName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in try directory.deleteRole(roleName) }
        return nil
    }
}

struct ListRoles: IdentityAction {
    static let name = "ListRoles"
    static let api = IdentityAPI.iam

    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.arn("role\(prefix ?? "/")") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        var roles = directory.roles.sorted
        roles.append(BuiltInIdentities.runRole(account: context.caller.accountNumber))
        roles.sort { $0.sortKey.utf8.lexicographicallyPrecedes($1.sortKey.utf8) }
        return pagedResult("Roles", roles.filter { $0.isUnder(prefix) }, page, by: \.sortKey) {
            $0.write(in: directory, to: &$1)
        }
    }
}
