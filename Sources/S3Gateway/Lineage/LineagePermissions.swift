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
    /// Erasing a version, asked about the object, beside `s3:DeleteObjectVersion`.
    static let erase: Action = "cairn:Erase"
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

    /// Lets the caller do something to a version as S3 would: policies of users, sessions and the bucket have their say.
    func check(
        _ action: Action, on bucket: Bucket, key: ObjectKey, version: VersionID?, target: AccessTarget = .any,
        legalHold: LegalHoldState? = nil, _ call: LineageCall
    ) throws(LineageRefusal) {
        guard let request = call.request else { throw LineageRefusal(403, "AccessDenied", "sign the request") }
        do throws(S3Error) {
            let access = try bucketAccess.access(of: bucket, settings: store.allBucketSettings(of: bucket)) {
                BucketPolicy(of: bucket, in: store)
            }
            var question = AccessQuestion(
                request: request, action: action, place: AccessPlace(bucket: bucket, access: access),
                now: call.now.seconds)
            question.key = key
            question.target = target
            question.facts.legalHold = legalHold?.rawValue
            question.facts.versionID = version?.description
            question.facts.region = region
            guard Authorizer(source: policies).verdict(on: question) == .allow else {
                throw S3Error(.accessDenied, "You may not do \(action) on this object.")
            }
        } catch {
            throw LineageRefusal(error)
        }
    }
}
