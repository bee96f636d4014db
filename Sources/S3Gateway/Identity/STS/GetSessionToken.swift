// Why this file exists: temporary credentials with the caller's own rights.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
import ObjectCore

struct GetSessionToken: IdentityAction {
    static let name = "GetSessionToken"
    static let api = IdentityAPI.sts

    private static let secondsDefault: Int64 = 43_200

    let seconds: Int64

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {
        let given = try parameters.integer("DurationSeconds", in: 900...129_600) ?? GetSessionToken.secondsDefault
        // Those of the account itself live an hour at most, whatever is asked for.
        seconds = caller.rights == .account ? min(given, 3600) : given
    }

    func resource(in context: IdentityContext) -> String? { nil }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        guard caller.session == nil else {
            throw IdentityError(.accessDenied, "Cannot call GetSessionToken with session credentials")
        }
        let grant = SessionGrant(
            kind: .sessionToken, account: caller.account, issuerKey: caller.issuerKey, rights: caller.rights,
            name: caller.name)
        let session = try await context.stored { () throws(StoreError) in
            try await context.store.issueSession(grant, durationSeconds: seconds, origin: context.origin)
        }
        return { session.write(to: &$0) }
    }
}
