// Why this file exists: until when a version may not be destroyed. Longer is always allowed; shorter is for those who
// may bypass governance, and for nobody under compliance. The store decides, inside the commit.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
import ObjectCore

struct PutObjectRetention: S3Operation {
    static let name: StaticString = "PutObjectRetention"
    static let route = Route(.put, .object, .retention)
    static let permissions: [Action] = ["s3:PutObjectRetention", "s3:BypassGovernanceRetention"]
    static let logName: StaticString = "REST.PUT.OBJECT_LOCK_RETENTION"
    static let documentMaximum: Int? = ObjectLockDocument.lengthMaximum

    let version: VersionID?
    let retention: Retention?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        retention = try RetentionDocument.retention(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> TaggedVersion {
        let bucket = try context.bucket()
        guard bucket.hasObjectLock else { throw S3Error.lacksObjectLock }
        if let retention { try context.checkFuture(retention) }
        let key = try context.key()
        let judged = try context.judged(version, in: bucket, facts: RequestConditions.Facts(locking: retention))
        let bypasses = context.bypassesGovernance(on: bucket)
        let changed = try await context.changed(version) { () async throws(StoreError) in
            try await context.store.setRetention(
                retention, of: key, version: version, expecting: judged, in: bucket, bypassesGovernance: bypasses,
                origin: context.origin)
        }
        return TaggedVersion(version: changed, bucket: bucket)
    }

    func encode(_ output: TaggedVersion, into response: inout HTTPResponse) {
        response.addVersion(output.version, bucket: output.bucket)
    }
}

extension OperationContext {
    /// The version that a change in place is about, when it decides whether the change is allowed: the store is to leave
    /// another one alone that takes its place meanwhile. Nil when any may be changed.
    func judged(
        _ version: VersionID?, in bucket: Bucket, facts: RequestConditions.Facts
    ) throws(S3Error) -> Int64? {
        guard isUnsettled else { return nil }
        return try readableVersion(key(), version: version, in: bucket, facts: facts).index
    }

    /// Calls the store to change a version in place. A delete marker that was named is no version to change.
    func changed(
        _ version: VersionID?, _ work: () async throws(StoreError) -> ObjectVersion
    ) async throws(S3Error) -> ObjectVersion {
        do {
            return try await work()
        } catch .isDeleteMarker where version != nil {
            throw S3Error(
                .methodNotAllowed, fields: ["Method": request.method.rawValue, "ResourceType": "DeleteMarker"],
                headers: ["x-amz-delete-marker": "true", "allow": "DELETE"])
        } catch {
            throw S3Error(error, bucket: request.resource.bucket, key: request.resource.key)
        }
    }
}
