// Why this file exists: a caller asks who they are. Everybody may.
// See: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
import ObjectCore

struct GetCallerIdentity: IdentityAction {
    static let name = "GetCallerIdentity"
    static let api = IdentityAPI.sts

    init(_ parameters: inout QueryParameters, caller: IdentityCaller) throws(IdentityError) {}

    func resource(in context: IdentityContext) -> String? { nil }

    func perform(in context: IdentityContext) async throws(IdentityError) -> IdentityResult {
        let caller = context.caller
        return { writer in
            writer.leaf("Arn", caller.arn)
            writer.leaf("UserId", caller.userID)
            writer.leaf("Account", caller.accountNumber)
        }
    }
}
