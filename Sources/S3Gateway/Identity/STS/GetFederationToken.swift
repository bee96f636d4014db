// Why this file exists: temporary credentials for somebody else, with what the caller and the given policy both allow.
// Without a policy they allow nothing.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
import ObjectCore

struct GetFederationToken: IdentityAction {
    static let name = "GetFederationToken"
    static let api = IdentityAPI.sts

    private static let secondsDefault: Int64 = 43_200

    let sessionName: String
    let seconds: Int64
    let tags: [NameValue]
    let restrictions: [[SessionPolicy]]

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        sessionName = try parameters.required("Name")
        try SessionParameters.checkName(sessionName, at: "Name", 2...32)
        let wanted = try parameters.integer("DurationSeconds", in: 900...129_600) ?? GetFederationToken.secondsDefault
        seconds = caller.rights == .account ? min(wanted, 3600) : wanted
        tags = try SessionParameters.tags(&parameters)
        let given = try SessionParameters.restrictions(&parameters, account: caller.accountNumber)
        // Without a policy there is a layer without policies, which allows nothing.
        restrictions = given.isEmpty ? [[]] : given
    }

    var requestTags: [NameValue]? { tags }

    func resource(in context: IdentityContext) -> String? {
        IdentityARN.sts(context.caller.accountNumber, "federated-user/\(sessionName)")
    }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        guard caller.session == nil else {
            throw IdentityError(.accessDenied, "Cannot call GetFederationToken with session credentials")
        }
        let grant = SessionGrant(
            kind: .federation, account: caller.account, issuerKey: caller.issuerKey, rights: caller.rights,
            name: sessionName, tags: tags, restrictions: restrictions)
        let session = try await context.stored { () throws(StoreError) in
            try await context.store.issueSession(grant, durationSeconds: seconds, origin: context.origin)
        }
        let account = caller.accountNumber
        return { writer in
            session.write(to: &writer)
            writer.element("FederatedUser") { writer in
                writer.leaf("FederatedUserId", "\(account):\(grant.name)")
                writer.leaf("Arn", IdentityARN.sts(account, "federated-user/\(grant.name)"))
            }
            writer.leaf("PackedPolicySize", grant.packedPercent)
        }
    }
}
