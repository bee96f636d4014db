// Why this file exists: operations ask for permissions through these few calls, so that every question carries the same
// facts: the bucket's settings, the time, the target.
import ObjectCore

extension OperationContext {
    /// Asks whether the operation may be carried out, and keeps the proof.
    mutating func authorize(
        _ action: Action, facts: RequestConditions.Facts = RequestConditions.Facts()
    ) throws(S3Error) -> AuthorizedRequest {
        var question = AccessQuestion(
            request: request, action: action, place: action == .createBucket ? nil : try place(bucketOrNil),
            now: now.seconds)
        question.bucketName = request.resource.bucket
        question.key = request.resource.key
        question.facts = completed(facts, for: action)
        let authorized = try authorizer.authorize(question)
        self.authorized = authorized
        return authorized
    }

    private func place(_ bucket: Bucket?) throws(S3Error) -> AccessPlace? {
        guard let bucket else { return nil }
        return AccessPlace(bucket: bucket, access: try service.access(of: bucket))
    }

    private func question(
        _ action: Action, on bucket: Bucket, key: ObjectKey?, target: AccessTarget, facts: RequestConditions.Facts
    ) throws(S3Error) -> AccessQuestion {
        var question = AccessQuestion(
            request: request, action: action, place: try place(bucket), now: now.seconds)
        question.key = key
        question.target = target
        question.facts = completed(facts, for: action)
        return question
    }

    private func completed(_ facts: RequestConditions.Facts, for action: Action) -> RequestConditions.Facts {
        var facts = facts
        facts.region = service.configuration.region
        facts.createsObject = action == .putObject
        return facts
    }

    /// Whether the permission of the operation depends on something that was not asked about yet.
    var isUnsettled: Bool { !(authorized?.isSettled ?? false) }

    /// Asks about what the operation found, unless the answer was clear before.
    func settle(
        _ target: AccessTarget, in bucket: Bucket, key: ObjectKey? = nil,
        facts: RequestConditions.Facts = RequestConditions.Facts()
    ) throws(S3Error) {
        guard let authorized else { throw S3Error(.accessDenied) }
        guard !authorized.isSettled else { return }
        let question = try question(
            authorized.action, on: bucket, key: key ?? request.resource.key, target: target, facts: facts)
        try authorized.settle(question, by: authorizer)
    }

    /// Asks for one more permission, on the request's key or on `key`.
    /// - Throws: AccessDenied.
    func check(
        _ action: Action, on bucket: Bucket, key: ObjectKey? = nil, target: AccessTarget = .newObject,
        facts: RequestConditions.Facts = RequestConditions.Facts()
    ) throws(S3Error) {
        try authorizer.check(
            question(action, on: bucket, key: key ?? request.resource.key, target: target, facts: facts))
    }

    /// Asks for one more permission on a bucket that is still to be made.
    /// - Throws: AccessDenied.
    func checkWithoutBucket(_ action: Action, facts: RequestConditions.Facts) throws(S3Error) {
        var question = AccessQuestion(request: request, action: action, place: nil, now: now.seconds)
        question.bucketName = request.resource.bucket
        question.facts = completed(facts, for: action)
        try authorizer.check(question)
    }

    /// What comes of asking for one more permission to write the request's object.
    func verdict(_ action: Action, on bucket: Bucket) throws(S3Error) -> PolicyVerdict {
        authorizer.verdict(
            on: try question(
                action, on: bucket, key: request.resource.key, target: .newObject, facts: RequestConditions.Facts()))
    }

    /// Whether one more permission is granted.
    func isAllowed(
        _ action: Action, on bucket: Bucket, key: ObjectKey? = nil, target: AccessTarget = .newObject
    ) -> Bool {
        do throws(S3Error) {
            try check(action, on: bucket, key: key, target: target)
            return true
        } catch {
            return false
        }
    }

    /// Tags in a write need a permission of their own.
    func checkTagging(_ tags: [NameValue], on bucket: Bucket) throws(S3Error) {
        guard !tags.isEmpty else { return }
        var facts = RequestConditions.Facts()
        facts.requestTags = tags
        try check("s3:PutObjectTagging", on: bucket, facts: facts)
    }

    /// How many tags there are is told to those alone who may read them.
    func hideTags(of version: inout ObjectVersion, named: VersionID?, in bucket: Bucket) {
        guard !version.attributes.tags.isEmpty else { return }
        let action: Action = named == nil ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging"
        if !isAllowed(action, on: bucket, target: .version(version.attributes)) { version.attributes.tags = [] }
    }

    /// What is told of something that is not there: only who may list the bucket learns that.
    /// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax, Permissions
    /// - Parameter refusal: NoSuchKey or the like.
    func missing(_ refusal: S3Error, key: ObjectKey, in bucket: Bucket, for action: Action) -> S3Error {
        do throws(S3Error) {
            var facts = RequestConditions.Facts()
            facts.prefix = key.description
            let listing = try question(.listBucket, on: bucket, key: nil, target: .any, facts: facts)
            let asked = try question(
                action, on: bucket, key: key, target: .any, facts: RequestConditions.Facts())
            guard authorizer.verdict(on: listing) == .allow, authorizer.verdict(on: asked) != .explicitDeny else {
                return S3Error(.accessDenied)
            }
            return refusal
        } catch {
            return error
        }
    }

    /// Asks whether a key may be deleted. A grant to write reaches as far as the grantee's own objects, so for those who
    /// have no more than that the current version is looked at.
    func checkDeletion(of key: ObjectKey, version: VersionID?, in bucket: Bucket) throws(S3Error) {
        var facts = RequestConditions.Facts()
        facts.versionID = version?.description
        guard version == nil else {
            return try check("s3:DeleteObjectVersion", on: bucket, key: key, target: .any, facts: facts)
        }
        if isAllowed(.deleteObject, on: bucket, key: key, target: .deletion(nil)) { return }
        var current: ObjectVersion?
        do throws(StoreError) {
            current = try store.object(key, in: bucket)
        } catch .noSuchKey, .isDeleteMarker {
            current = nil
        } catch {
            // Whose it is cannot be told, so it is nobody's to delete.
            throw S3Error(error, bucket: bucket.name, key: key)
        }
        try check(.deleteObject, on: bucket, key: key, target: .deletion(current?.attributes), facts: facts)
    }
}
