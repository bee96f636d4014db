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
        /// `s3:prefix` where no query parameter tells it: the key that is not there, when listing decides whether that is
        /// told.
        var prefix: String?
        /// LocationConstraint of the body of CreateBucket.
        var locationConstraint: String?
        /// The region that the service is in.
        var region: String?
        /// Whether the permission that is asked for is that of writing objects; nil leaves it to the method.
        var createsObject: Bool?

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

    func values(of key: ConditionKey) -> [String]? {
        if key.name.hasPrefix("s3:") { return serviceValues(of: key) }
        return globalValues(of: key) ?? subject.further[key.name]
    }

    private static func one(_ value: String?) -> [String]? { value.map { [$0] } }

    private static func truth(_ value: Bool) -> [String] { [value ? "true" : "false"] }

    // Keys of tags under `aws:` have no case; those of objects have.
    private static func value(of tags: [NameValue]?, _ member: String?, ignoringCase: Bool) -> [String]? {
        guard let member, let tags else { return nil }
        if let exact = tags.first(where: { $0.name == member }) { return [exact.value] }
        guard ignoringCase else { return nil }
        let wanted = ASCII.lowercased(member)
        return one(tags.first { ASCII.lowercased($0.name) == wanted }?.value)
    }
}

// MARK: Keys of every service
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html

extension RequestConditions {
    private func globalValues(of key: ConditionKey) -> [String]? {
        switch key.name {
        case "aws:currenttime": [WireDate.extended(now)]
        case "aws:epochtime": [String(now)]
        case "aws:referer": RequestConditions.one(request.header("referer"))
        case "aws:requestedregion": RequestConditions.one(facts.region)
        case "aws:requesttag":
            RequestConditions.value(of: facts.requestTags, key.member, ignoringCase: true)
        case "aws:resourceaccount": RequestConditions.one(resourceAccount?.number)
        case "aws:securetransport": RequestConditions.truth(request.isSecure)
        case "aws:sourceip": [request.remoteAddress]
        case "aws:tagkeys": facts.requestTags?.map(\.name)
        case "aws:useragent": RequestConditions.one(request.header("user-agent"))
        case "aws:viaawsservice": RequestConditions.truth(false)
        default: principalValues(of: key)
        }
    }

    private func principalValues(of key: ConditionKey) -> [String]? {
        switch key.name {
        case "aws:multifactorauthpresent":
            subject.tokenIssued == nil ? nil : subject.further[key.name] ?? RequestConditions.truth(false)
        case "aws:principalaccount": RequestConditions.one(subject.account?.number)
        case "aws:principalarn": RequestConditions.one(subject.principalARN)
        case "aws:principalisawsservice":
            if case .service = subject.kind { RequestConditions.truth(true) } else { RequestConditions.truth(false) }
        case "aws:principalservicename":
            if case .service(let name) = subject.kind { [name] } else { nil }
        case "aws:principaltag": RequestConditions.value(of: subject.tags, key.member, ignoringCase: true)
        case "aws:principaltype": RequestConditions.one(subject.principalType)
        case "aws:sourceidentity": RequestConditions.one(subject.sourceIdentity)
        case "aws:tokenissuetime": RequestConditions.one(subject.tokenIssued.map(WireDate.extended))
        case "aws:userid": RequestConditions.one(subject.kind == .anonymous ? "anonymous" : subject.userID.nonEmpty)
        case "aws:username":
            if case .user(let name, _) = subject.kind { [name] } else { nil }
        default: nil
        }
    }
}

extension PolicySubject {
    /// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html, the table of principals.
    fileprivate var principalType: String? {
        switch kind {
        case .anonymous: "Anonymous"
        case .root: "Account"
        case .user: "User"
        case .role: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .webIdentity, .service: nil
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

// MARK: Keys of S3

extension RequestConditions {
    private func serviceValues(of key: ConditionKey) -> [String]? {
        switch key.name {
        case "s3:authtype": RequestConditions.one(request.authenticationKind.policyAuthType)
        case "s3:signatureversion": RequestConditions.one(request.authenticationKind.policySignatureVersion)
        case "s3:signatureage": RequestConditions.one(signatureAge)
        case "s3:resourceaccount": RequestConditions.one(resourceAccount?.number)
        case "s3:locationconstraint": RequestConditions.one(facts.locationConstraint)
        case "s3:versionid": RequestConditions.one(facts.versionID ?? request.query("versionId"))
        case "s3:delimiter", "s3:max-keys", "s3:prefix": listingValue(of: key)
        case "s3:existingobjecttag":
            RequestConditions.value(of: facts.existingTags?() ?? nil, key.member, ignoringCase: false)
        case "s3:requestobjecttag":
            RequestConditions.value(of: facts.requestTags, key.member, ignoringCase: false)
        case "s3:requestobjecttagkeys": facts.requestTags?.map(\.name)
        case "s3:objectcreationoperation": objectCreation
        case "s3:x-amz-copy-source": RequestConditions.one(copySource)
        default: headerValue(of: key) ?? lockValue(of: key)
        }
    }

    private func listingValue(of key: ConditionKey) -> [String]? {
        if key.name == "s3:prefix", let prefix = facts.prefix { return [prefix] }
        guard request.resource.key == nil else { return nil }
        switch key.name {
        case "s3:delimiter": return RequestConditions.one(request.query("delimiter"))
        case "s3:max-keys":
            return RequestConditions.one(request.query("max-keys") ?? request.query("max-uploads"))
        default: return RequestConditions.one(request.query("prefix"))
        }
    }

    private func headerValue(of key: ConditionKey) -> [String]? {
        let value: String? =
            switch key.name {
            case "s3:if-match": request.header("if-match")
            case "s3:if-none-match": request.header("if-none-match")
            case "s3:x-amz-acl": request.header("x-amz-acl") ?? request.formField("acl")
            case "s3:x-amz-content-sha256": request.header("x-amz-content-sha256")
            case "s3:x-amz-grant-full-control": request.header("x-amz-grant-full-control")
            case "s3:x-amz-grant-read": request.header("x-amz-grant-read")
            case "s3:x-amz-grant-read-acp": request.header("x-amz-grant-read-acp")
            case "s3:x-amz-grant-write": request.header("x-amz-grant-write")
            case "s3:x-amz-grant-write-acp": request.header("x-amz-grant-write-acp")
            case "s3:x-amz-metadata-directive": request.header("x-amz-metadata-directive")
            case "s3:x-amz-object-ownership": request.header("x-amz-object-ownership")
            case "s3:x-amz-server-side-encryption": request.header("x-amz-server-side-encryption")
            case "s3:x-amz-server-side-encryption-aws-kms-key-id":
                request.header("x-amz-server-side-encryption-aws-kms-key-id")
            case "s3:x-amz-server-side-encryption-customer-algorithm":
                request.header("x-amz-server-side-encryption-customer-algorithm")
            case "s3:x-amz-storage-class": request.header("x-amz-storage-class")
            case "s3:x-amz-website-redirect-location": request.header("x-amz-website-redirect-location")
            default: nil
            }
        return RequestConditions.one(value)
    }

    private func lockValue(of key: ConditionKey) -> [String]? {
        switch key.name {
        case "s3:object-lock-mode":
            return RequestConditions.one(facts.lockMode ?? request.header("x-amz-object-lock-mode"))
        case "s3:object-lock-legal-hold":
            return RequestConditions.one(facts.legalHold ?? request.header("x-amz-object-lock-legal-hold"))
        case "s3:object-lock-retain-until-date":
            return RequestConditions.one(retainUntil.map(WireDate.extended))
        case "s3:object-lock-remaining-retention-days":
            // Days that have begun count, so that a limit in days is never exceeded by hours.
            return RequestConditions.one(retainUntil.map { String((max(0, $0 &- now) + 86_399) / 86_400) })
        default: return nil
        }
    }

    private var retainUntil: Int64? {
        facts.retainUntil
            ?? request.header("x-amz-object-lock-retain-until-date").flatMap(HTTPDate.parseISO8601)?.seconds
    }

    /// In milliseconds.
    private var signatureAge: String? {
        request.signedAt.map { String(max(0, now &- $0) &* 1000) }
    }

    /// `bucket/key`, decoded, as policies write it.
    private var copySource: String? {
        guard let header = request.header("x-amz-copy-source") else { return nil }
        guard let source = try? CopySource(Array(header.utf8)[...]) else { return header }
        return "\(source.bucket)/\(source.key)"
    }

    /// Whether the request itself makes an object: not the beginning of an upload, nor a part of one.
    private var objectCreation: [String]? {
        guard facts.createsObject ?? (request.method == .put || request.method == .post) else { return nil }
        let isPart = request.hasQuery("partNumber") || request.hasQuery("uploads")
        return RequestConditions.truth(!isPart)
    }
}
