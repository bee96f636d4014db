// Why this file exists: the one question "may this principal do this?", answered from everything that has a say: who owns
// the thing, access control lists, the policy of the bucket, policies of users and sessions, the public access block.
// Operations are made from an AuthorizedRequest, which is made in this file only, so that no handler can be reached
// without the question.
// Invariant: an explicit deny wins, and without a yes the answer is no. Where the answer depends on the version, the
// request is let in unsettled, and no answer leaves before somebody asked about the version itself.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
import ObjectCore
private import Synchronization

/// A request that may be carried out.
public struct AuthorizedRequest: Sendable {
    public let request: VerifiedRequest
    public let action: Action
    /// The account that owns the bucket, or nil where there is none (yet).
    public let bucketOwner: String?
    /// What is still to be asked about the version, upload or deletion; nil when everything is settled.
    private let pending: PendingJudgement?

    fileprivate init(_ request: VerifiedRequest, action: Action, bucketOwner: String?, isSettled: Bool) {
        self.request = request
        self.action = action
        self.bucketOwner = bucketOwner
        pending = isSettled ? nil : PendingJudgement()
    }

    /// Whether nothing is left to be asked.
    var isSettled: Bool { pending?.isSettled ?? true }

    /// Asks about the target that the operation found.
    /// - Throws: AccessDenied.
    func settle(_ question: AccessQuestion, by authorizer: Authorizer) throws(S3Error) {
        try authorizer.check(question)
        pending?.settle()
    }

    /// For a request about many things, each of which was asked about by itself.
    func settleEach() { pending?.settle() }
}

private final class PendingJudgement: Sendable {
    private let settled = Atomic<Bool>(false)
    var isSettled: Bool { settled.load(ordering: .relaxed) }
    func settle() { settled.store(true, ordering: .relaxed) }
}

/// Decides what principals may do.
public struct Authorizer: Sendable {
    private let source: any PolicySource

    /// - Parameter source: knows users, sessions and their policies.
    public init(source: any PolicySource) { self.source = source }

    /// Lets the request pass, or not.
    /// - Throws: AccessDenied.
    func authorize(_ question: AccessQuestion) throws(S3Error) -> AuthorizedRequest {
        let isSettled = isTargetIndifferent(question) || !question.action.isJudgedOnTarget
        if isSettled { try check(question) }
        return AuthorizedRequest(
            question.request, action: question.action, bucketOwner: question.place?.bucket.owner, isSettled: isSettled)
    }

    // With lists off and no policy anywhere, the bucket's owner may do all and nobody else anything.
    private func isTargetIndifferent(_ question: AccessQuestion) -> Bool {
        guard let place = question.place, place.access.isPlain else { return false }
        return question.principal.identity?.hasAccountRights ?? true
    }

    /// - Throws: AccessDenied.
    func check(_ question: AccessQuestion) throws(S3Error) {
        guard verdict(on: question) == .allow else { throw S3Error(.accessDenied) }
    }

    /// What everything that has a say comes to.
    func verdict(on question: AccessQuestion) -> PolicyVerdict {
        let identity = question.principal.identity
        let hasAccountRights = identity?.hasAccountRights ?? false
        guard let place = question.place else { return serviceVerdict(on: question) }
        let isOwn = identity?.accountID == place.bucket.owner
        if hasAccountRights, isOwn, place.access.isPlain { return .allow }
        let lists = question.askLists(in: place)
        if place.access.policy == nil, identity == nil || hasAccountRights {
            let isOwner = identity?.accountID == lists.owner && !lists.excludesOwner
            return isOwner || lists.grant > .none ? .allow : .implicitDeny
        }
        return policyVerdict(on: question, in: place, lists)
    }

    private func policyVerdict(
        on question: AccessQuestion, in place: AccessPlace, _ lists: AccessListAnswer
    ) -> PolicyVerdict {
        let access = place.access
        var set = PolicySet()
        let request = ask(question, of: lists.excludesOwner ? nil : lists.owner, in: place, filling: &set)
        set.resource = access.policy?.document
        set.ownerKeepsPolicy = access.policy?.ownerKeepsPolicy ?? true
        let isForeign = question.principal.accountID != place.bucket.owner
        let isRestricted =
            isForeign && access.blocks(.restrictPublicBuckets) && access.policy?.document.isPublic ?? false
        guard !lists.policyCanAllow || isRestricted, set.resource != nil else {
            return set.verdict(on: request, grant: lists.grant)
        }
        // The policy may deny here, and not allow.
        if set.verdict(on: request, grant: lists.grant) == .explicitDeny { return .explicitDeny }
        set.resource = nil
        return set.verdict(on: request, grant: lists.grant)
    }

    private func serviceVerdict(on question: AccessQuestion) -> PolicyVerdict {
        guard let identity = question.principal.identity else { return .implicitDeny }
        if identity.hasAccountRights { return .allow }
        var set = PolicySet()
        let request = ask(question, of: nil, in: nil, filling: &set)
        return set.verdict(on: request)
    }

    /// The question in the words of policies.
    /// - Parameter owner: the account that needs no grant; nil for none, or for the caller's own by nature.
    private func ask(
        _ question: AccessQuestion, of owner: String?, in place: AccessPlace?, filling set: inout PolicySet
    ) -> PolicyRequest {
        var subject = PolicySubject.anonymous
        if let identity = question.principal.identity {
            let standing = source.standing(of: identity)
            subject = standing.subject
            set.identity = standing.identity
            set.restrictions = standing.restrictions
        }
        var resource = "*"
        if let name = place?.bucket.name ?? question.bucketName {
            resource =
                question.key.map { PolicyRequest.resource(bucket: name, key: $0.description) }
                ?? PolicyRequest.resource(bucket: name)
        }
        let account = place.map { source.account($0.bucket.owner) }
        let conditions = RequestConditions(
            question.request, subject: subject, resourceAccount: account, now: question.now,
            facts: question.allFacts)
        var asked: PolicyAccount?
        if place != nil { asked = owner.map(source.account) ?? Authorizer.nobody }
        return PolicyRequest(
            subject: subject, action: question.action, resource: resource, resourceAccount: asked,
            context: conditions)
    }

    /// Owns what its owner was left out of.
    private static let nobody = PolicyAccount(number: "", canonicalID: "")
}

extension AccessQuestion {
    /// The facts that were given, and those that target and request tell.
    fileprivate var allFacts: RequestConditions.Facts {
        var facts = facts
        switch target {
        case .version(let object), .deletion(let object?):
            let tags = object.tags
            facts.existingTags = { tags }
        case .any, .newObject, .deletion(nil), .upload: break
        }
        if facts.requestTags == nil { facts.requestTags = try? ObjectAttributes.tags(of: request) }
        return facts
    }
}
