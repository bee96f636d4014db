// Why this file exists: access keys of users, and of the account itself, are made, switched off and on, listed and taken
// away.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
import ObjectCore

/// Whose keys a call is about: the user that it names, else the caller's user, else the account itself.
struct KeyOwner: Sendable {
    let userName: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) {
        userName = parameters.text("UserName") ?? caller.user?.name
    }

    func resource(in context: IdentityContext) -> String {
        userName.map { OfUser.arn($0, in: context) } ?? context.arn("root")
    }

    /// The unique id of the user; nil for the account itself.
    /// - Throws: NoSuchEntity; AccessDenied for the account's keys, which are the account's own to change.
    func holder(in context: IdentityContext, _ action: String) throws(IdentityError) -> String? {
        guard let userName else {
            guard context.caller.hasAccountRights else {
                throw IdentityContext.denied(context.caller, "iam:\(action)", on: context.arn("root"))
            }
            return nil
        }
        return try OfUser.find(userName, in: context).id
    }

    /// The key of that id.
    /// - Throws: NoSuchEntity.
    func key(_ id: String, in context: IdentityContext, _ action: String) throws(IdentityError) -> AccessKey {
        let holder = try holder(in: context, action)
        guard
            let key = context.store.accessKeys(of: holder, account: context.caller.account).first(where: {
                $0.id == id
            })
        else { throw IdentityError(ObjectStore.missingKey(id)) }
        return key
    }

    func writeName(to writer: inout XMLWriter) {
        if let userName { writer.leaf("UserName", userName) }
    }
}

struct CreateAccessKey: IdentityAction {
    static let name = "CreateAccessKey"
    static let api = IdentityAPI.iam

    let owner: KeyOwner

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        owner = KeyOwner(&parameters, caller: caller)
    }

    func resource(in context: IdentityContext) -> String? { owner.resource(in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let holder = try owner.holder(in: context, Self.name)
        let key = try await context.stored { () throws(StoreError) in
            try await context.store.createUserKey(of: holder, account: context.caller.account, origin: context.origin)
        }
        return { writer in
            writer.element("AccessKey") { writer in
                owner.writeName(to: &writer)
                writer.leaf("AccessKeyId", key.id)
                writer.leaf("Status", "Active")
                writer.leaf("SecretAccessKey", key.secret)
                writer.leaf("CreateDate", WireDate.extended(key.created.seconds))
            }
        }
    }
}

struct DeleteAccessKey: IdentityAction {
    static let name = "DeleteAccessKey"
    static let api = IdentityAPI.iam

    let owner: KeyOwner
    let keyID: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        owner = KeyOwner(&parameters, caller: caller)
        keyID = try parameters.required("AccessKeyId")
    }

    func resource(in context: IdentityContext) -> String? { owner.resource(in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let key = try owner.key(keyID, in: context, Self.name)
        try await context.stored { () throws(StoreError) in
            try await context.store.revokeAccessKey(key.id, origin: context.origin)
        }
        return nil
    }
}

struct UpdateAccessKey: IdentityAction {
    static let name = "UpdateAccessKey"
    static let api = IdentityAPI.iam

    let owner: KeyOwner
    let keyID: String
    let isActive: Bool

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        owner = KeyOwner(&parameters, caller: caller)
        keyID = try parameters.required("AccessKeyId")
        switch try parameters.required("Status") {
        case "Active": isActive = true
        case "Inactive": isActive = false
        case let other:
            throw IdentityError.validation(
                other, at: "Status", "Member must satisfy enum value set: [Active, Inactive]")
        }
    }

    func resource(in context: IdentityContext) -> String? { owner.resource(in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let key = try owner.key(keyID, in: context, Self.name)
        try await context.stored { () throws(StoreError) in
            try await context.store.setAccessKey(key.id, isActive: isActive, origin: context.origin)
        }
        return nil
    }
}

struct ListAccessKeys: IdentityAction {
    static let name = "ListAccessKeys"
    static let api = IdentityAPI.iam

    let owner: KeyOwner
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        owner = KeyOwner(&parameters, caller: caller)
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { owner.resource(in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let holder = try owner.holder(in: context, Self.name)
        let keys = context.store.accessKeys(of: holder, account: context.caller.account)
            .sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        let result = pagedResult("AccessKeyMetadata", keys, page, by: \.id) { key, writer in
            owner.writeName(to: &writer)
            writer.leaf("AccessKeyId", key.id)
            writer.leaf("Status", key.isActive ? "Active" : "Inactive")
            writer.leaf("CreateDate", WireDate.extended(key.created.seconds))
        }
        return { writer in
            owner.writeName(to: &writer)
            result?(&writer)
        }
    }
}

/// To the minute, as the server keeps it.
struct GetAccessKeyLastUsed: IdentityAction {
    static let name = "GetAccessKeyLastUsed"
    static let api = IdentityAPI.iam

    let keyID: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        keyID = try parameters.required("AccessKeyId")
    }

    /// The key of that id in the caller's account, inactive ones too.
    private func key(in context: IdentityContext) -> AccessKey? {
        context.store.accessKeys().first { $0.id == keyID && $0.account == context.caller.account && !$0.isRevoked }
    }

    private func user(of key: AccessKey, in context: IdentityContext) -> IdentityUser? {
        key.holder.flatMap { context.store.user(id: $0, account: context.caller.account) }
    }

    func resource(in context: IdentityContext) -> String? {
        guard let key = key(in: context) else { return "*" }
        return context.arn(user(of: key, in: context)?.resourceName ?? "root")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        guard let key = key(in: context) else { throw IdentityError(ObjectStore.missingKey(keyID)) }
        let user = user(of: key, in: context)
        let use = context.store.lastUse(of: keyID)
        let region = context.service.region
        return { writer in
            if let user { writer.leaf("UserName", user.name) }
            writer.element("AccessKeyLastUsed") { writer in
                if let use { writer.leaf("LastUsedDate", WireDate.extended(use.at.seconds)) }
                writer.leaf("ServiceName", use?.service ?? "N/A")
                writer.leaf("Region", use == nil ? "N/A" : region)
            }
        }
    }
}
