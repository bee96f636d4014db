// Why this file exists: nearly every action of IAM is about one identity that it names: the permission is asked for on that
// one, and what differs is only what is done with it.
// Invariant: an action of these forms does nothing without the permission on its target.
import ObjectCore

/// The identity that a call is about.
struct Target<Kind: NamedKind>: Sendable {
    let name: String

    /// - Throws: ValidationError when the call does not name it.
    init(_ parameters: inout QueryParameters) throws(IdentityError) {
        name = try parameters.required(Kind.parameter)
    }

    /// - Throws: NoSuchEntity.
    func find(in context: IdentityContext) throws(IdentityError) -> Kind.Entity { try Kind.find(name, in: context) }
}

extension Target where Kind: HolderKind {
    var holder: HolderName { HolderName(Kind.kind, name) }
}

/// An action about one identity.
protocol TargetedAction: IdentityAction {
    associatedtype Kind: NamedKind
    var target: Target<Kind> { get }
}

extension TargetedAction {
    static var api: IdentityAPI { .iam }

    func resource(in context: IdentityContext) -> String? { Kind.arn(target.name, in: context) }
}

/// One that changes it, and answers nothing but that it did.
protocol ChangingAction: TargetedAction {
    func change(_ directory: inout IdentityDirectory) throws(StoreError)
}

extension ChangingAction {
    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in try change(&directory) }
        return nil
    }
}

/// An action that makes an identity with a name and a path.
protocol CreatingAction: IdentityAction {
    associatedtype Kind: NamedKind where Kind.Entity: IdentityDocument
    var identity: NewIdentity<Kind> { get }
    func create(in directory: inout IdentityDirectory) throws(StoreError) -> Kind.Entity
}

/// What all new identities are given.
struct NewIdentity<Kind: NamedKind>: Sendable {
    let name: String
    let path: String
    let tags: [NameValue]

    /// - Throws: ValidationError, InvalidInput.
    init(_ parameters: inout QueryParameters, takesTags: Bool = true) throws(IdentityError) {
        name = try parameters.required("\(Kind.word)Name")
        path = parameters.text("Path") ?? "/"
        tags = takesTags ? try IdentityTags.read(&parameters) : []
    }
}

extension CreatingAction {
    static var name: String { "Create\(Kind.word)" }
    static var api: IdentityAPI { .iam }

    var requestTags: [NameValue]? { identity.tags }

    func resource(in context: IdentityContext) -> String? {
        context.arn("\(Kind.kind.word)\(identity.path)\(identity.name)")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let made = try await context.change(Self.name) { directory throws(StoreError) in
            try create(in: &directory)
        }
        let directory = context.directory
        return { made.writeElement(Kind.word, in: directory, to: &$0) }
    }
}

// MARK: What users, groups and roles have in common

/// UpdateUser, UpdateGroup: another name or path.
struct RenameIdentity<Kind: ListedKind>: TargetedAction {
    static var name: String { "Update\(Kind.word)" }

    let target: Target<Kind>
    let newName: String?
    let newPath: String?

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        newName = parameters.text("New\(Kind.word)Name")
        newPath = parameters.text("NewPath")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        // The new name is a resource of its own: who may touch one may not therefore take the place of another.
        let path = newPath ?? context.directory[keyPath: Kind.entities][target.name]?.header.path ?? "/"
        try context.checkMay(
            "iam:\(Self.name)", on: context.arn("\(Kind.kind.word)\(path)\(newName ?? target.name)"))
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.rename(Kind.kind, target.name, to: newName, path: newPath)
        }
        return nil
    }
}

/// ListUsers, ListGroups, ListRoles.
struct ListIdentities<Kind: ListedKind>: IdentityAction {
    static var name: String { "List\(Kind.word)s" }
    static var api: IdentityAPI { .iam }

    let prefix: String?
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        prefix = parameters.text("PathPrefix")
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { context.arn("\(Kind.kind.word)\(prefix ?? "/")") }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        let found = Kind.all(in: context).filter { $0.isUnder(prefix) }
        return pagedResult("\(Kind.word)s", found, page, by: \.sortKey) { $0.write(in: directory, to: &$1) }
    }
}
