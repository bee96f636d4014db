// Why this file exists: all actions of IAM and STS in one list: what is served, and what is known by name and answered
// as not implemented.

enum IdentityActionTable {
    static let served: [any IdentityAction.Type] = [
        AssumeRole.self,
        GetCallerIdentity.self,
        GetFederationToken.self,
        GetSessionToken.self,
    ]

    /// Known and not served.
    static let unserved: [IdentityAPI: Set<String>] = [
        .sts: [
            "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage",
            "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetWebIdentityToken",
        ]
    ]

    private static let byName: [String: any IdentityAction.Type] = {
        var types: [String: any IdentityAction.Type] = [:]
        for type in served { types["\(type.api.name):\(type.name)"] = type }
        return types
    }()

    /// - Throws: NotImplemented, InvalidAction.
    static func action(_ name: String, of api: IdentityAPI) throws(IdentityError) -> any IdentityAction.Type {
        if let type = byName["\(api.name):\(name)"] { return type }
        if unserved[api]?.contains(name) == true {
            throw IdentityError(.notImplemented, "The action \(name) of \(api.name) is not implemented.")
        }
        throw IdentityError(
            .invalidAction, "Could not find operation \(name.prefix(128)) for version \(api.rawValue)")
    }
}
