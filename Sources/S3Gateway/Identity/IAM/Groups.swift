// Why this file exists: groups are made, shown and deleted, and users put into them.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
import ObjectCore

struct CreateGroup: CreatingAction {
    let identity: NewIdentity<OfGroup>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        identity = try NewIdentity(&parameters, takesTags: false)
    }

    var requestTags: [NameValue]? { nil }

    func create(in directory: inout IdentityDirectory) throws(StoreError) -> IdentityGroup {
        try directory.createGroup(identity.name, path: identity.path)
    }
}

struct GetGroup: TargetedAction {
    static let name = "GetGroup"

    let target: Target<OfGroup>
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let group = try target.find(in: context)
        let users = pagedResult("Users", directory.members(of: group), page, by: \.sortKey) {
            $0.write(in: directory, to: &$1)
        }
        return { writer in
            group.writeElement(OfGroup.word, in: directory, to: &writer)
            users?(&writer)
        }
    }
}

struct DeleteGroup: ChangingAction {
    static let name = "DeleteGroup"

    let target: Target<OfGroup>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) { try directory.deleteGroup(target.name) }
}

struct ListGroupsForUser: TargetedAction {
    static let name = "ListGroupsForUser"

    let target: Target<OfUser>
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let user = try target.find(in: context)
        let groups = directory.groups.sorted.filter { user.groups.contains($0.id) }
        return pagedResult("Groups", groups, page, by: \.sortKey) { $0.write(in: directory, to: &$1) }
    }
}

struct AddUserToGroup: ChangingAction {
    static let name = "AddUserToGroup"

    let target: Target<OfGroup>
    let user: Target<OfUser>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        user = try Target(&parameters)
        target = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.add(user: user.name, toGroup: target.name)
    }
}

struct RemoveUserFromGroup: ChangingAction {
    static let name = "RemoveUserFromGroup"

    let target: Target<OfGroup>
    let user: Target<OfUser>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        user = try Target(&parameters)
        target = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.remove(user: user.name, fromGroup: target.name)
    }
}
