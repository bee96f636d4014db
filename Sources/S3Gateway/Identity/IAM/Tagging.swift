// Why this file exists: users, roles, managed policies and identity providers have tags, under names of actions that differ in one word.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
import ObjectCore

/// A kind of identity with tags.
protocol TaggedKind: Sendable {
    static var kind: IdentityKind { get }
    static var word: String { get }
    /// The parameter that names one.
    static var parameter: String { get }
    static func arn(_ name: String, in context: IdentityContext) -> String
    static func tags(_ name: String, in context: IdentityContext) throws(IdentityError) -> [NameValue]
}

extension OfUser: TaggedKind {
    static func tags(_ name: String, in context: IdentityContext) throws(IdentityError) -> [NameValue] {
        try context.looked { () throws(StoreError) in try context.directory.user(name).header.tags }
    }
}

extension OfRole: TaggedKind {
    static func tags(_ name: String, in context: IdentityContext) throws(IdentityError) -> [NameValue] {
        try context.role(name).header.tags
    }
}

enum OfPolicy: TaggedKind {
    static let kind = IdentityKind.policy
    static let word = "Policy"
    static let parameter = "PolicyArn"

    static func arn(_ name: String, in context: IdentityContext) -> String { name }

    static func tags(_ name: String, in context: IdentityContext) throws(IdentityError) -> [NameValue] {
        try context.policy(name).header.tags
    }
}

enum OfProvider: TaggedKind {
    static let kind = IdentityKind.provider
    static let word = "OpenIDConnectProvider"
    static let parameter = ProviderReference.parameter

    static func arn(_ name: String, in context: IdentityContext) -> String { name }

    static func tags(_ name: String, in context: IdentityContext) throws(IdentityError) -> [NameValue] {
        try context.looked { () throws(StoreError) in try context.directory.provider(name).header.tags }
    }
}

/// TagUser, TagRole, TagPolicy, TagOpenIDConnectProvider.
struct TagIdentity<Kind: TaggedKind>: IdentityAction {
    static var name: String { "Tag\(Kind.word)" }
    static var api: IdentityAPI { .iam }

    let entityName: String
    let tags: [NameValue]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        entityName = try parameters.required(Kind.parameter)
        tags = try IdentityTags.read(&parameters)
    }

    var requestTags: [NameValue]? { tags }

    func resource(in context: IdentityContext) -> String? { Kind.arn(entityName, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.tag(Kind.kind, entityName, adding: tags)
        }
        return nil
    }
}

/// UntagUser, UntagRole, UntagPolicy, UntagOpenIDConnectProvider.
struct UntagIdentity<Kind: TaggedKind>: IdentityAction {
    static var name: String { "Untag\(Kind.word)" }
    static var api: IdentityAPI { .iam }

    let entityName: String
    let keys: [String]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        entityName = try parameters.required(Kind.parameter)
        keys = parameters.list("TagKeys")
        guard keys.count <= IdentityTags.countMax else {
            throw IdentityError.validation(
                "\(keys.count) keys", at: "TagKeys",
                "Member must have length less than or equal to \(IdentityTags.countMax)")
        }
        for key in keys { try IdentityTags.checkKey(key) }
    }

    func resource(in context: IdentityContext) -> String? { Kind.arn(entityName, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        try await context.change(Self.name) { directory throws(StoreError) in
            try directory.tag(Kind.kind, entityName, removing: keys)
        }
        return nil
    }
}

/// ListUserTags, ListRoleTags, ListPolicyTags, ListOpenIDConnectProviderTags.
struct ListIdentityTags<Kind: TaggedKind>: IdentityAction {
    static var name: String { "List\(Kind.word)Tags" }
    static var api: IdentityAPI { .iam }

    let entityName: String
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        entityName = try parameters.required(Kind.parameter)
        page = try Page(&parameters)
    }

    func resource(in context: IdentityContext) -> String? { Kind.arn(entityName, in: context) }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let tags = try Kind.tags(entityName, in: context).sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        return pagedResult("Tags", tags, page, by: \.name) { IdentityTags.write($0, to: &$1) }
    }
}
