// Why this file exists: all actions of IAM and STS in one list: what is served, and what is known by name and answered
// as not implemented.

enum IdentityActionTable {
    static let served: [any IdentityAction.Type] = [
        // STS
        AssumeRole.self, GetCallerIdentity.self, GetFederationToken.self, GetSessionToken.self,
        // Users and their keys
        CreateUser.self, GetUser.self, RenameIdentity<OfUser>.self, DeleteUser.self, ListIdentities<OfUser>.self,
        CreateAccessKey.self, UpdateAccessKey.self, DeleteAccessKey.self, ListAccessKeys.self,
        GetAccessKeyLastUsed.self,
        // Groups
        CreateGroup.self, GetGroup.self, RenameIdentity<OfGroup>.self, DeleteGroup.self, ListIdentities<OfGroup>.self,
        AddUserToGroup.self, RemoveUserFromGroup.self, ListGroupsForUser.self,
        // Roles
        CreateRole.self, GetRole.self, UpdateRole.self, UpdateRoleDescription.self, UpdateAssumeRolePolicy.self,
        DeleteRole.self, ListIdentities<OfRole>.self,
        // Policies inside
        PutInlinePolicy<OfUser>.self, PutInlinePolicy<OfGroup>.self, PutInlinePolicy<OfRole>.self,
        GetInlinePolicy<OfUser>.self, GetInlinePolicy<OfGroup>.self, GetInlinePolicy<OfRole>.self,
        DeleteInlinePolicy<OfUser>.self, DeleteInlinePolicy<OfGroup>.self, DeleteInlinePolicy<OfRole>.self,
        ListInlinePolicies<OfUser>.self, ListInlinePolicies<OfGroup>.self, ListInlinePolicies<OfRole>.self,
        // Managed policies
        CreatePolicy.self, GetPolicy.self, DeletePolicy.self, ListPolicies.self,
        CreatePolicyVersion.self, GetPolicyVersion.self, ListPolicyVersions.self, DeletePolicyVersion.self,
        SetDefaultPolicyVersion.self,
        AttachPolicy<OfUser>.self, AttachPolicy<OfGroup>.self, AttachPolicy<OfRole>.self,
        DetachPolicy<OfUser>.self, DetachPolicy<OfGroup>.self, DetachPolicy<OfRole>.self,
        ListAttachedPolicies<OfUser>.self, ListAttachedPolicies<OfGroup>.self, ListAttachedPolicies<OfRole>.self,
        ListEntitiesForPolicy.self,
        // Tags
        TagIdentity<OfUser>.self, TagIdentity<OfRole>.self, TagIdentity<OfPolicy>.self,
        UntagIdentity<OfUser>.self, UntagIdentity<OfRole>.self, UntagIdentity<OfPolicy>.self,
        ListIdentityTags<OfUser>.self, ListIdentityTags<OfRole>.self, ListIdentityTags<OfPolicy>.self,
        // The account
        GetAccountSummary.self, ListAccountAliases.self,
        // What there is none of
        ListAbsentOfUser<MFADevices>.self, ListAbsentOfUser<SSHPublicKeys>.self,
        ListAbsentOfUser<SigningCertificates>.self, ListAbsent<InstanceProfiles, OfRole>.self,
        // Identity providers
        CreateOpenIDConnectProvider.self, GetOpenIDConnectProvider.self, DeleteOpenIDConnectProvider.self,
        ListOpenIDConnectProviders.self, UpdateOpenIDConnectProviderThumbprint.self,
        AddClientIDToOpenIDConnectProvider.self, RemoveClientIDFromOpenIDConnectProvider.self,
        TagIdentity<OfProvider>.self, UntagIdentity<OfProvider>.self, ListIdentityTags<OfProvider>.self,
    ]

    /// Served without a signature.
    static let unsigned: [any UnsignedIdentityAction.Type] = [AssumeRoleWithWebIdentity.self]

    /// Names of all that is served of a service.
    static func names(of api: IdentityAPI) -> [String] {
        served.filter { $0.api == api }.map { $0.name } + unsigned.filter { $0.api == api }.map { $0.name }
    }

    /// Known and not served.
    static let unserved: [IdentityAPI: Set<String>] = [
        .sts: [
            "AssumeRoleWithSAML", "AssumeRoot", "DecodeAuthorizationMessage",
            "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetWebIdentityToken",
        ],
        .iam: [
            "AddRoleToInstanceProfile", "ChangePassword", "CreateAccountAlias",
            "CreateInstanceProfile", "CreateLoginProfile", "CreateSAMLProvider",
            "CreateServiceLinkedRole", "CreateServiceSpecificCredential", "CreateVirtualMFADevice",
            "DeactivateMFADevice", "DeleteAccountAlias", "DeleteAccountPasswordPolicy", "DeleteInstanceProfile",
            "DeleteLoginProfile", "DeleteRolePermissionsBoundary",
            "DeleteSAMLProvider", "DeleteSSHPublicKey", "DeleteServerCertificate", "DeleteServiceLinkedRole",
            "DeleteServiceSpecificCredential", "DeleteSigningCertificate", "DeleteUserPermissionsBoundary",
            "DeleteVirtualMFADevice", "DisableOrganizationsRootCredentialsManagement",
            "DisableOrganizationsRootSessions", "EnableMFADevice", "EnableOrganizationsRootCredentialsManagement",
            "EnableOrganizationsRootSessions", "GenerateCredentialReport", "GenerateOrganizationsAccessReport",
            "GenerateServiceLastAccessedDetails", "GetAccountAuthorizationDetails",
            "GetAccountPasswordPolicy", "GetContextKeysForCustomPolicy", "GetContextKeysForPrincipalPolicy",
            "GetCredentialReport", "GetInstanceProfile", "GetLoginProfile", "GetMFADevice",
            "GetOrganizationsAccessReport", "GetSAMLProvider", "GetSSHPublicKey",
            "GetServerCertificate", "GetServiceLastAccessedDetails", "GetServiceLastAccessedDetailsWithEntities",
            "GetServiceLinkedRoleDeletionStatus", "ListInstanceProfileTags", "ListInstanceProfiles",
            "ListMFADeviceTags", "ListOrganizationsFeatures", "ListPoliciesGrantingServiceAccess",
            "ListSAMLProviderTags", "ListSAMLProviders", "ListServerCertificateTags",
            "ListServerCertificates", "ListServiceSpecificCredentials", "ListVirtualMFADevices",
            "PutRolePermissionsBoundary", "PutUserPermissionsBoundary",
            "RemoveRoleFromInstanceProfile",
            "ResetServiceSpecificCredential", "ResyncMFADevice", "SetSecurityTokenServicePreferences",
            "SimulateCustomPolicy", "SimulatePrincipalPolicy", "TagInstanceProfile", "TagMFADevice",
            "TagSAMLProvider", "TagServerCertificate", "UntagInstanceProfile",
            "UntagMFADevice", "UntagSAMLProvider", "UntagServerCertificate",
            "UpdateAccountPasswordPolicy", "UpdateLoginProfile", "UpdateSAMLProvider", "UpdateSSHPublicKey",
            "UpdateServerCertificate", "UpdateServiceSpecificCredential",
            "UpdateSigningCertificate", "UploadSSHPublicKey", "UploadServerCertificate", "UploadSigningCertificate",
        ],
    ]

    /// The action of that name that nobody has to sign.
    static func unsigned(_ name: String, of api: IdentityAPI) -> (any UnsignedIdentityAction.Type)? {
        unsigned.first { $0.name == name && $0.api == api }
    }

    private static let labels = Set(IdentityAPI.allCases.flatMap { api in names(of: api).map { "\(api.name):\($0)" } })

    /// What logs and metrics call an action; nil for one that is not served.
    static func label(_ name: String, of api: IdentityAPI) -> String? {
        let label = "\(api.name):\(name)"
        return labels.contains(label) ? label : nil
    }

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
