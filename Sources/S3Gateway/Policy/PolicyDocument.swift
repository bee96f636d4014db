// Why this file exists: a policy is read and checked once, when it is set, and compiled into what requests are asked
// against.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

/// Why a policy is refused: `MalformedPolicy` for buckets, `MalformedPolicyDocument` for identities.
public struct PolicyError: Error, Sendable, Hashable {
    public let message: String
    public init(_ message: String) { self.message = message }
}

/// A policy, ready to be asked.
public struct PolicyDocument: Sendable {
    /// What a policy belongs to, which decides what it must and must not say.
    public enum Kind: Sendable, Hashable {
        /// Names principals; every resource is the bucket of this name or in it.
        case bucket(String)
        /// Belongs to a user, group or role and names no principal.
        case identity
        /// Narrows a session; as an identity's.
        case session
        /// Says who may assume a role; names principals and no resource.
        case roleTrust
    }

    /// The most bytes of a bucket policy.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    public static let bucketPolicyBytesMax = 20_480
    /// The most bytes of any other policy that is read here; IAM's own quotas are smaller.
    public static let policyBytesMax = 64 << 10
    /// The most statements of one policy.
    public static let statementsMax = 1000

    /// A document that denies everything: what an unreadable one counts as, because what it was meant to forbid is not
    /// known.
    public static let denyingAll = PolicyDocument(
        statements: [
            PolicyStatement(
                isAllow: false, principals: PolicyPrincipals(listed: [.everyone], isExclusion: false),
                actions: [PolicyPattern([.anyRun])], excludesActions: false, resources: nil,
                excludesResources: false, conditions: [])
        ])

    let statements: [PolicyStatement]

    /// Reads a policy.
    /// - Throws: what is wrong with it, in words.
    public init(_ bytes: [UInt8], as kind: Kind) throws(PolicyError) {
        statements = try PolicyReader(kind).statements(bytes)
    }

    init(statements: [PolicyStatement]) { self.statements = statements }

    /// Whether a statement says no.
    func denies(_ question: PolicyQuestion) -> Bool {
        statements.contains { !$0.isAllow && $0.match(question) != nil }
    }

    /// How exactly the statements that say yes name the caller; nil when none says yes.
    func allows(_ question: PolicyQuestion) -> PrincipalMatch? {
        var best: PrincipalMatch?
        for statement in statements where statement.isAllow {
            guard let match = statement.match(question) else { continue }
            if match == .exact { return .exact }
            best = max(best ?? match, match)
        }
        return best
    }
}
