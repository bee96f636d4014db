// Why this file exists: what users and roles of an account need to ask lineage, in the words of policies. The account
// itself and its runs need nothing beside the signature. What changes an object is asked of S3's authorizer besides, as if
// it were asked for object by object: lineage is no way round the policy of a bucket.
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

    /// Whether S3 would let the caller put a version under legal hold, or take it off.
    func mayHold(_ version: ObjectVersion, in bucket: Bucket, isOn: Bool, _ call: LineageCall) throws(S3Error) -> Bool {
        guard let request = call.request else { return false }
        let access = try bucketAccess.access(of: bucket, settings: store.allBucketSettings(of: bucket)) {
            BucketPolicy(of: bucket, in: store) { BucketPolicy.document($0, of: bucket) }
        }
        var question = AccessQuestion(
            request: request, action: "s3:PutObjectLegalHold", place: AccessPlace(bucket: bucket, access: access),
            now: call.now.seconds)
        question.key = version.key
        question.target = .version(version.attributes)
        question.facts.legalHold = (isOn ? LegalHoldState.on : .off).rawValue
        question.facts.versionID = version.versionID.description
        question.facts.region = region
        return authorizer.verdict(on: question) == .allow
    }
}
