// Why this file exists: what users and roles of an account need to ask lineage, in the words of policies. The account
// itself and its runs need nothing beside the signature.
import ObjectCore

extension Action {
    /// All questions.
    static let readLineage: Action = "cairn:ReadLineage"
    /// Holding an ancestry.
    static let holdLineage: Action = "cairn:HoldLineage"
    /// Saying how another's run ended.
    static let endRun: Action = "cairn:EndRun"
}

extension LineageService {
    /// Lets the caller pass, or not.
    func check(
        _ action: Action, _ identity: Identity?, _ head: RequestHead, now: Timestamp
    ) throws(LineageRefusal) {
        guard let identity else { throw LineageRefusal(403, "AccessDenied", "sign the request") }
        guard !identity.hasAccountRights else { return }
        let standing = policies.standing(of: identity)
        let request = PolicyRequest(
            subject: standing.subject, action: action, resource: "*",
            resourceAccount: policies.account(identity.accountID),
            context: IdentityConditions(
                subject: standing.subject, sourceAddress: head.remoteAddress, isSecure: head.isSecure,
                userAgent: head.value("user-agent"), now: now))
        let set = PolicySet(identity: standing.identity, restrictions: standing.restrictions)
        guard set.verdict(on: request) == .allow else {
            throw LineageRefusal(403, "AccessDenied", "no policy of yours allows \(action)")
        }
    }
}
