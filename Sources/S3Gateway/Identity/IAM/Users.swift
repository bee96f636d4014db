// Why this file exists: users are made, shown and deleted.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
import ObjectCore

struct CreateUser: CreatingAction {
    let identity: NewIdentity<OfUser>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        identity = try NewIdentity(&parameters)
    }

    func create(in directory: inout IdentityDirectory) throws(StoreError) -> IdentityUser {
        try directory.createUser(identity.name, path: identity.path, tags: identity.tags)
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
        userName.map { OfUser.arn($0, in: context) } ?? context.arn("root")
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
        let user = try OfUser.find(userName, in: context)
        return { user.writeElement(OfUser.word, in: directory, to: &$0) }
    }
}

struct DeleteUser: TargetedAction {
    static let name = "DeleteUser"

    let target: Target<OfUser>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let store = context.store
        let account = context.caller.account
        try await context.change(Self.name) { directory throws(StoreError) in
            // Keys of users are made behind the same gate, so none comes between this and the change.
            let keys = store.accessKeys(of: try directory.user(target.name).id, account: account)
            try directory.deleteUser(target.name, hasKeys: !keys.isEmpty)
        }
        return nil
    }
}
