// Why this file exists: the condition keys of S3, answered from a verified request. Nothing is computed before a policy
// asks for it, and what only the store knows is asked for by closures.
// See: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
import ObjectCore

/// The context of a request.
struct RequestConditions: PolicyContext {
    /// What an operation knows beyond the head of the request.
    struct Facts: Sendable {
        /// Tags that the request gives to the object, from a header, a form or a body; nil when it gives none.
        var requestTags: [NameValue]?
        /// Tags of the version that the request is about; nil when there is no such version.
        var existingTags: (@Sendable () -> [NameValue]?)?
        /// Mode, end and hold that the body of PutObjectRetention and PutObjectLegalHold asks for; headers are read by
        /// themselves.
        var lockMode: String?
        /// In seconds since 1970.
        var retainUntil: Int64?
        var legalHold: String?
        /// The version that is asked about where no query parameter tells it: an entry of DeleteObjects, the source of a
        /// copy.
        var versionID: String?
        /// LocationConstraint of the body of CreateBucket.
        var locationConstraint: String?

        init() {}
    }

    let request: VerifiedRequest
    let subject: PolicySubject
    /// The account that the resource belongs to.
    let resourceAccount: PolicyAccount?
    /// When the request was taken up, in seconds since 1970.
    let now: Int64
    var facts: Facts

    init(
        _ request: VerifiedRequest, subject: PolicySubject, resourceAccount: PolicyAccount?, now: Int64,
        facts: Facts = Facts()
    ) {
        self.request = request
        self.subject = subject
        self.resourceAccount = resourceAccount
        self.now = now
        self.facts = facts
    }

    func values(of key: ConditionKey) -> [String]? { nil }
}
