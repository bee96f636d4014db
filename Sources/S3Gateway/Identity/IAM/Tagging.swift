// Why this file exists: users, roles, managed policies and identity providers have tags, under names of actions that differ in one word.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
import ObjectCore

/// TagUser, TagRole, TagPolicy, TagOpenIDConnectProvider.
struct TagIdentity<Kind: NamedKind>: ChangingAction {
    static var name: String { "Tag\(Kind.word)" }

    let target: Target<Kind>
    let tags: [NameValue]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        tags = try IdentityTags.read(&parameters)
    }

    var requestTags: [NameValue]? { tags }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.tag(Kind.kind, target.name, adding: tags)
    }
}

/// UntagUser, UntagRole, UntagPolicy, UntagOpenIDConnectProvider.
struct UntagIdentity<Kind: NamedKind>: ChangingAction {
    static var name: String { "Untag\(Kind.word)" }

    let target: Target<Kind>
    let keys: [String]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        keys = parameters.list("TagKeys")
        guard keys.count <= IdentityTags.countMax else {
            throw IdentityError.validation(
                "\(keys.count) keys", at: "TagKeys",
                "Member must have length less than or equal to \(IdentityTags.countMax)")
        }
        for key in keys { try IdentityTags.checkKey(key) }
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.tag(Kind.kind, target.name, removing: keys)
    }
}

/// ListUserTags, ListRoleTags, ListPolicyTags, ListOpenIDConnectProviderTags.
struct ListIdentityTags<Kind: NamedKind>: TargetedAction {
    static var name: String { "List\(Kind.word)Tags" }

    let target: Target<Kind>
    let page: Page

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        page = try Page(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let tags = try target.find(in: context).header.tags.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        return pagedResult("Tags", tags, page, by: \.name) { IdentityTags.write($0, to: &$1) }
    }
}
