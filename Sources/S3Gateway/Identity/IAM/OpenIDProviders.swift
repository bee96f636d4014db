// Why this file exists: identity providers are registered, shown, changed, listed and removed. What is registered here is
// whom the server asks for keys later on, so addresses are held to rules.
// See: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
import ObjectCore

struct CreateOpenIDConnectProvider: IdentityAction {
    static let name = "CreateOpenIDConnectProvider"
    static let api = IdentityAPI.iam

    let url: EndpointURL
    /// The address without its scheme, as ARNs have it.
    let providerName: String
    let clientIDs: [String]
    let thumbprints: [String]
    let tags: [NameValue]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        let text = try parameters.required("Url")
        guard let url = ProviderAddress.read(text) else {
            throw IdentityError(
                .validationError,
                "Invalid Open ID Connect Provider URL: it must begin with https:// (or http:// on this machine) and have "
                    + "neither query nor fragment.")
        }
        self.url = url
        providerName = String(text.dropFirst(url.isSecure ? 8 : 7))
        clientIDs = parameters.list("ClientIDList")
        thumbprints = parameters.list("ThumbprintList")
        tags = try IdentityTags.read(&parameters)
    }

    var requestTags: [NameValue]? { tags }

    func resource(in context: IdentityContext) -> String? {
        context.arn("\(IdentityKind.provider.word)/\(providerName)")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        // What listens on this machine is the operator's own.
        let owner = StoreCredentials.ownerAccount(of: context.store.accessKeys())
        guard url.isSecure || context.caller.account == owner else {
            throw IdentityError(.validationError, "Only the account that owns the server may register http:// here.")
        }
        let provider = try await context.change(Self.name) { directory throws(StoreError) in
            try directory.createProvider(
                providerName, isSecure: url.isSecure, clientIDs: clientIDs, thumbprints: thumbprints, tags: tags)
        }
        return { writer in
            writer.leaf("OpenIDConnectProviderArn", context.directory.arn(provider))
            if !tags.isEmpty { IdentityTags.write(tags, to: &writer) }
        }
    }
}

struct GetOpenIDConnectProvider: TargetedAction {
    static let name = "GetOpenIDConnectProvider"

    let target: Target<OfProvider>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let provider = try target.find(in: context)
        return { writer in
            writer.leaf("Url", provider.name)
            writer.members("ClientIDList", provider.clientIDs)
            writer.members("ThumbprintList", provider.thumbprints)
            writer.leaf("CreateDate", WireDate.extended(provider.header.created.seconds))
            IdentityTags.write(provider.header.tags, to: &writer)
        }
    }
}

struct ListOpenIDConnectProviders: IdentityAction {
    static let name = "ListOpenIDConnectProviders"
    static let api = IdentityAPI.iam

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {}

    func resource(in context: IdentityContext) -> String? { "*" }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let directory = context.directory
        return { writer in
            writer.element("OpenIDConnectProviderList") { writer in
                for provider in directory.providers.sorted {
                    writer.element("member") { $0.leaf("Arn", directory.arn(provider)) }
                }
            }
        }
    }
}

struct DeleteOpenIDConnectProvider: ChangingAction {
    static let name = "DeleteOpenIDConnectProvider"

    let target: Target<OfProvider>

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        directory.deleteProvider(target.name)
    }
}

struct UpdateOpenIDConnectProviderThumbprint: ChangingAction {
    static let name = "UpdateOpenIDConnectProviderThumbprint"

    let target: Target<OfProvider>
    let thumbprints: [String]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        thumbprints = parameters.list("ThumbprintList")
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.setThumbprints(thumbprints, of: target.name)
    }
}

struct AddClientIDToOpenIDConnectProvider: ChangingAction {
    static let name = "AddClientIDToOpenIDConnectProvider"

    let target: Target<OfProvider>
    let clientID: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        clientID = try parameters.required("ClientID")
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.addClient(clientID, to: target.name)
    }
}

struct RemoveClientIDFromOpenIDConnectProvider: ChangingAction {
    static let name = "RemoveClientIDFromOpenIDConnectProvider"

    let target: Target<OfProvider>
    let clientID: String

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        target = try Target(&parameters)
        clientID = try parameters.required("ClientID")
    }

    func change(_ directory: inout IdentityDirectory) throws(StoreError) {
        try directory.removeClient(clientID, from: target.name)
    }
}

extension XMLWriter {
    /// A list of texts.
    fileprivate mutating func members(_ name: StaticString, _ texts: [String]) {
        element(name) { writer in
            for text in texts { writer.leaf("member", text) }
        }
    }
}
