// Why this file exists: users are made, shown, renamed, listed and deleted.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
import ObjectCore

extension IdentityContext {
    /// The ARN of a user; by name alone when there is none of that name.
    func userARN(_ name: String) -> String {
        arn(directory.users[name]?.resourceName ?? "user/\(name)")
    }
}

struct CreateUser: IdentityAction {
    static let name = "CreateUser"
    static let api = IdentityAPI.iam

    let userName: String
    let path: String
    let tags: [NameValue]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = try parameters.required("UserName")
        path = parameters.text("Path") ?? "/"
        tags = try IdentityTags.read(&parameters)
    }

    var requestTags: [NameValue]? { tags }

    func resource(in context: IdentityContext) -> String? { context.arn("user\(path)\(userName)") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let user = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.createUser(userName, path: path, tags: tags)
        }
        let directory = context.directory
        return { writer in
            writer.element("User") { user.write(in: directory, withTags: !user.header.tags.isEmpty, to: &$0) }
        }
    }
}

struct GetUser: IdentityAction {
    static let name = "GetUser"
    static let api = IdentityAPI.iam

    let userName: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = parameters.text("UserName") ?? caller.user?.name
    }

    func resource(in context: IdentityContext) -> String? {
        userName.map { context.userARN($0) } ?? context.arn("root")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        guard let userName else {
            guard caller.rights == .account else {
                throw IdentityError(
                    .validationError, "Must specify userName when calling with non-User credentials")
            }
            let name = context.store.accountName(caller.account) ?? ""
            return { writer in
                writer.element("User") { writer in
                    writer.leaf("Path", "/")
                    writer.leaf("UserName", name)
                    writer.leaf("UserId", caller.accountNumber)
                    writer.leaf("Arn", IdentityARN.iam(caller.accountNumber, "root"))
                    writer.leaf("CreateDate", WireDate.extended(0))
                }
            }
        }
        let directory = context.directory
        let user = try context.looked { () throws(StoreError) in try directory.user(userName) }
        return { writer in
            writer.element("User") { user.write(in: directory, withTags: !user.header.tags.isEmpty, to: &$0) }
        }
    }
}

struct UpdateUser: IdentityAction {
    static let name = "UpdateUser"
    static let api = IdentityAPI.iam

    let userName: String
    let newName: String?
    let newPath: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = try parameters.required("UserName")
        newName = parameters.text("NewUserName")
        newPath = parameters.text("NewPath")
    }

    func resource(in context: IdentityContext) -> String? { context.userARN(userName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        // The new name is a resource of its own: who may touch one may not therefore take the place of another.
        let path = newPath ?? context.directory.users[userName]?.header.path ?? "/"
        try context.checkMay("iam:UpdateUser", on: context.arn("user\(path)\(newName ?? userName)"))
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.renameUser(userName, to: newName, path: newPath)
        }
        return nil
    }
}

struct DeleteUser: IdentityAction {
    static let name = "DeleteUser"
    static let api = IdentityAPI.iam

    let userName: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        userName = try parameters.required("UserName")
    }

    func resource(in context: IdentityContext) -> String? { context.userARN(userName) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let store = context.store
        let account = context.caller.account
        try await context.change(Self.name) { directory throws(StoreError) in
            // Keys of users are made behind the same gate, so none comes between this and the change.
            let keys = store.accessKeys(of: try directory.user(userName).id, account: account)
            try directory.deleteUser(userName, hasKeys: !keys.isEmpty)
        }
        return nil
    }
}

struct ListUsers: IdentityAction {
    static let name = "ListUsers"
    static let api = IdentityAPI.iam

    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.arn("user\(prefix ?? "/")") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        return pagedResult("Users", directory.users.sorted.filter { $0.isUnder(prefix) }, page, by: \.sortKey) {
            $0.write(in: directory, to: &$1)
        }
    }
}
