// Why this file exists: the three headers by which a writer locks what it writes, read in one way for PUT, form
// uploads, copies and uploads in parts, and told in one way by GET and HEAD.
// See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
import ObjectCore

extension ObjectAttributes {
    /// `x-amz-object-lock-*`.
    mutating func decodeLock(_ request: VerifiedRequest) throws(S3Error) {
        let mode = request.header("x-amz-object-lock-mode")
        let until = request.header("x-amz-object-lock-retain-until-date")
        switch (mode, until) {
        case (nil, nil): break
        case (let mode?, let until?):
            guard let known = RetentionMode(rawValue: mode) else {
                throw .invalidArgument("Unknown wormMode directive.", name: "x-amz-object-lock-mode", value: mode)
            }
            guard let time = HTTPDate.parseISO8601(until) else {
                throw .invalidArgument(
                    "The retain until date must be provided in ISO 8601 format",
                    name: "x-amz-object-lock-retain-until-date", value: until)
            }
            retention = Retention(mode: known.mode, until: time)
        default:
            throw .invalidArgument(
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                name: mode == nil ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date", value: "")
        }
        guard let hold = request.header("x-amz-object-lock-legal-hold") else { return }
        guard let state = LegalHoldState(rawValue: hold) else {
            throw .invalidArgument(
                "Legal Hold must be either of 'ON' or 'OFF'", name: "x-amz-object-lock-legal-hold", value: hold)
        }
        isOnLegalHold = state == .on
        hasLegalHoldStatus = true
    }
}

extension OperationContext {
    /// Holds a write to what its lock headers need: a bucket with Object Lock, an end to come, permissions of their
    /// own.
    func checkLock(_ attributes: ObjectAttributes, on bucket: Bucket) throws(S3Error) {
        guard attributes.retention != nil || attributes.hasLegalHoldStatus else { return }
        guard bucket.hasObjectLock else { throw S3Error.lacksObjectLock }
        if let retention = attributes.retention {
            try checkFuture(retention)
            try check("s3:PutObjectRetention", on: bucket)
        }
        if attributes.hasLegalHoldStatus { try check("s3:PutObjectLegalHold", on: bucket) }
    }

    /// - Throws: InvalidArgument when the retention has ended already, by the store's clock.
    func checkFuture(_ retention: Retention) throws(S3Error) {
        guard retention.until > store.clockReading.now else {
            throw .invalidArgument(
                "The retain until date must be in the future!", name: "x-amz-object-lock-retain-until-date",
                value: HTTPDate.iso8601(retention.until))
        }
    }

    /// Whether governance retention may be overridden: it was asked for, and is allowed. Without the permission the
    /// header says nothing, and the lock itself refuses.
    func bypassesGovernance(on bucket: Bucket, key: ObjectKey? = nil) -> Bool {
        guard bucket.hasObjectLock,
            request.header("x-amz-bypass-governance-retention")?.lowercased() == "true"
        else { return false }
        return isAllowed("s3:BypassGovernanceRetention", on: bucket, key: key)
    }
}

extension RequestConditions.Facts {
    /// What a body asks for about retention.
    init(locking retention: Retention?) {
        self.init()
        guard let retention else { return }
        lockMode = RetentionMode(retention.mode).rawValue
        retainUntil = retention.until.seconds
    }
}

extension HTTPResponse {
    /// The locks of a version, as far as the reader may know them.
    mutating func addLock(_ attributes: ObjectAttributes, _ shown: ShownLocks) {
        if shown.retention, let retention = attributes.retention {
            add("x-amz-object-lock-mode", RetentionMode(retention.mode).rawValue)
            add("x-amz-object-lock-retain-until-date", HTTPDate.iso8601(retention.until))
        }
        if shown.legalHold, attributes.hasLegalHoldStatus {
            add(
                "x-amz-object-lock-legal-hold",
                (attributes.isOnLegalHold ? LegalHoldState.on : LegalHoldState.off).rawValue)
        }
    }
}

/// Which locks a reader has the permission to see.
struct ShownLocks {
    var retention = false
    var legalHold = false

    init(_ attributes: ObjectAttributes, in context: OperationContext, bucket: Bucket) {
        guard bucket.hasObjectLock else { return }
        let version = AccessTarget.version(attributes)
        retention =
            attributes.retention != nil && context.isAllowed("s3:GetObjectRetention", on: bucket, target: version)
        legalHold =
            attributes.hasLegalHoldStatus && context.isAllowed("s3:GetObjectLegalHold", on: bucket, target: version)
    }
}

extension S3Error {
    /// What AWS answers to anything about locks on a bucket without Object Lock.
    static let lacksObjectLock = S3Error(.invalidRequest, "Bucket is missing Object Lock Configuration")
}
