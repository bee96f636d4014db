// Why this file exists: one statement, compiled, and what it says to a question.
import ObjectCore

/// A question, prepared for many statements.
struct PolicyQuestion {
    let request: PolicyRequest
    /// In lower case: actions have no case.
    let action: [UInt8]
    /// Nil when the resource is no ARN.
    let resource: ARNParts?

    init(_ request: PolicyRequest) {
        self.request = request
        action = request.action.rawValue.utf8.map(ASCII.lowercased)
        // Those who list all buckets are allowed to by `*` and by `arn:aws:s3:::*`.
        let isOfAll = request.resource == "*" && action.starts(with: "s3:".utf8)
        resource = ARNParts(Array((isOfAll ? PolicyRequest.resource(bucket: "*") : request.resource).utf8))
    }
}

/// One statement.
struct PolicyStatement: Sendable {
    var isAllow: Bool
    /// Nil where policies have none: those of identities.
    var principals: PolicyPrincipals?
    /// In lower case.
    var actions: [PolicyPattern]
    var excludesActions: Bool
    /// Nil where policies have none: those of trust.
    var resources: [ARNPattern]?
    var excludesResources: Bool
    var conditions: [PolicyCondition]

    /// How the statement fits a question; nil when it is not about it. Identity policies fit whoever they belong to.
    func match(_ question: PolicyQuestion) -> PrincipalMatch? {
        let request = question.request
        let named = actions.contains { $0.matches(question.action[...], in: EmptyContext()) }
        guard named != excludesActions else { return nil }
        var match = PrincipalMatch.exact
        if let principals {
            guard let found = principals.match(request.subject, home: request.resourceAccount) else { return nil }
            match = found
        }
        let context = request.context
        if let resources {
            let named = resources.contains { $0.matches(question.resource, in: context) }
            guard named != excludesResources else { return nil }
        }
        return conditions.allSatisfy { $0.holds(in: context) } ? match : nil
    }
}
