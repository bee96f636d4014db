// Why this file exists: groups are made, shown, renamed, listed and deleted, and users put into them.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
import ObjectCore

extension IdentityContext {
    /// The ARN of a group; by name alone when there is none of that name.
    func groupARN(_ name: String) -> String {
        arn(directory.groups[name]?.resourceName ?? "group/\(name)")
    }
}

struct CreateGroup: IdentityAction {
    static let name = "CreateGroup"
    static let api = IdentityAPI.iam

    let groupName: String
    let path: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        groupName = try parameters.required("GroupName")
        path = parameters.text("Path") ?? "/"
    }

    func resource(in context: IdentityContext) -> String? { context.arn("group\(path)\(groupName)") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let group = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.createGroup(groupName, path: path)
        }
        let directory = context.directory
        return { writer in writer.element("Group") { group.write(in: directory, to: &$0) } }
    }
}

struct GetGroup: IdentityAction {
    static let name = "GetGroup"
    static let api = IdentityAPI.iam

    let groupName: String
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        groupName = try parameters.required("GroupName")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.groupARN(groupName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let group = try context.looked { () throws(StoreError) in try directory.group(groupName) }
        let users = pagedResult("Users", directory.members(of: group), page, by: \.sortKey) {
            $0.write(in: directory, to: &$1)
        }
        return { writer in
            writer.element("Group") { group.write(in: directory, to: &$0) }
            users?(&writer)
        }
    }
}

struct UpdateGroup: IdentityAction {
    static let name = "UpdateGroup"
    static let api = IdentityAPI.iam

    let groupName: String
    let newName: String?
    let newPath: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        groupName = try parameters.required("GroupName")
        newName = parameters.text("NewGroupName")
        newPath = parameters.text("NewPath")
    }

    func resource(in context: IdentityContext) -> String? { context.groupARN(groupName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let path = newPath ?? context.directory.groups[groupName]?.header.path ?? "/"
        try context.checkMay("iam:UpdateGroup", on: context.arn("group\(path)\(newName ?? groupName)"))
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.renameGroup(groupName, to: newName, path: newPath)
        }
        return nil
    }
}

struct DeleteGroup: IdentityAction {
    static let name = "DeleteGroup"
    static let api = IdentityAPI.iam

    let groupName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        groupName = try parameters.required("GroupName")
    }

    func resource(in context: IdentityContext) -> String? { context.groupARN(groupName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.deleteGroup(groupName)
        }
        return nil
    }
}

struct ListGroups: IdentityAction {
    static let name = "ListGroups"
    static let api = IdentityAPI.iam

    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.arn("group\(prefix ?? "/")") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        return pagedResult("Groups", directory.groups.sorted.filter { $0.isUnder(prefix) }, page, by: \.sortKey) {
            $0.write(in: directory, to: &$1)
        }
    }
}

struct ListGroupsForUser: IdentityAction {
    static let name = "ListGroupsForUser"
    static let api = IdentityAPI.iam

    let userName: String
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = try parameters.required("UserName")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.userARN(userName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let user = try context.looked { () throws(StoreError) in try directory.user(userName) }
        let groups = directory.groups.sorted.filter { user.groups.contains($0.id) }
        return pagedResult("Groups", groups, page, by: \.sortKey) { $0.write(in: directory, to: &$1) }
    }
}

struct AddUserToGroup: IdentityAction {
    static let name = "AddUserToGroup"
    static let api = IdentityAPI.iam

    let userName: String
    let groupName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = try parameters.required("UserName")
        groupName = try parameters.required("GroupName")
    }

    func resource(in context: IdentityContext) -> String? { context.groupARN(groupName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.add(user: userName, toGroup: groupName)
        }
        return nil
    }
}

struct RemoveUserFromGroup: IdentityAction {
    static let name = "RemoveUserFromGroup"
    static let api = IdentityAPI.iam

    let userName: String
    let groupName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = try parameters.required("UserName")
        groupName = try parameters.required("GroupName")
    }

    func resource(in context: IdentityContext) -> String? { context.groupARN(groupName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.remove(user: userName, fromGroup: groupName)
        }
        return nil
    }
}
