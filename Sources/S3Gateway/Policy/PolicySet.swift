// Why this file exists: several policies decide about one request, and how they go together is a rule of its own.
// Invariants: an explicit deny wins over everything; without an allow nothing is allowed; what narrows a session narrows
// it whatever the bucket says, except for a bucket that names that very session.
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

/// All policies that have a say in a request.
public struct PolicySet: Sendable {
    /// Those of the user and its groups, or of the role. The account itself needs none.
    public var identity: [PolicyDocument]
    /// The bucket's, or a role's trust policy; nil for none. What cannot be read is ``PolicyDocument/denyingAll``.
    public var resource: PolicyDocument?
    /// Those of the session: each layer must allow, by at least one of its documents.
    public var restrictions: [[PolicyDocument]]
    /// Whether the account that owns the bucket may read, replace and remove the bucket's policy whatever that says.
    /// Given up by `x-amz-confirm-remove-self-bucket-access`.
    public var ownerKeepsPolicy = true

    /// What an owner can always do, so that no policy locks everybody out.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    private static let ownersOwn: Set<Action> = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]

    public init(
        identity: [PolicyDocument] = [], resource: PolicyDocument? = nil, restrictions: [[PolicyDocument]] = []
    ) {
        self.identity = identity
        self.resource = resource
        self.restrictions = restrictions
    }

    /// What the policies come to for a request.
    /// - Parameters:
    ///   - grant: what the resource's access control list gives, which counts like an allow of its policy.
    ///   - request: what is asked.
    public func verdict(on request: PolicyRequest, grant: ResourceGrant = .none) -> PolicyVerdict {
        let question = PolicyQuestion(request)
        let subject = request.subject
        let isRoot = subject.kind == .root
        let isOwn: Bool
        if let account = subject.account {
            isOwn = request.resourceAccount == nil || request.resourceAccount == account
        } else {
            isOwn = false
        }
        let policyCannotDeny =
            ownerKeepsPolicy && isRoot && isOwn && PolicySet.ownersOwn.contains(request.action)
        if identity.contains(where: { $0.denies(question) }) { return .explicitDeny }
        if restrictions.contains(where: { $0.contains { $0.denies(question) } }) { return .explicitDeny }
        if !policyCannotDeny, let resource, resource.denies(question) { return .explicitDeny }

        var given = resource?.allows(question)
        if let granted = PrincipalMatch(grant) { given = max(given ?? granted, granted) }
        guard subject.account != nil else { return given == nil ? .implicitDeny : .allow }
        // The session itself is named: nothing else is asked.
        if isOwn, given == .exact, !subject.isActedFor { return .allow }
        guard restrictions.allSatisfy({ $0.contains { $0.allows(question) != nil } }) else { return .implicitDeny }
        let ownAllow = isRoot || identity.contains { $0.allows(question) != nil }
        if isOwn {
            return ownAllow || given == .role ? .allow : .implicitDeny
        }
        return ownAllow && given != nil ? .allow : .implicitDeny
    }
}

extension PrincipalMatch {
    fileprivate init?(_ grant: ResourceGrant) {
        switch grant {
        case .none: return nil
        case .account: self = .account
        case .everyone: self = .role
        }
    }
}
