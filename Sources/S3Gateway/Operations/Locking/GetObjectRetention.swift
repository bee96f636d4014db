// Why this file exists: until when a version may not be destroyed.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
import ObjectCore

struct GetObjectRetention: S3Operation {
    static let name: StaticString = "GetObjectRetention"
    static let route = Route(.get, .object, .retention)
    static let permissions: [Action] = ["s3:GetObjectRetention"]
    static let logName: StaticString = "REST.GET.OBJECT_LOCK_RETENTION"
    static let tellsThePast = true

    let version: VersionID?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Retention {
        let bucket = try context.bucket()
        guard bucket.hasObjectLock else { throw S3Error.lacksObjectLock }
        let found = try context.readableVersion(context.key(), version: version, in: bucket)
        guard let retention = found.attributes.retention else { throw S3Error(.noSuchObjectLockConfiguration) }
        return retention
    }

    func encode(_ output: Retention, into response: inout HTTPResponse) {
        RetentionDocument.write(output, into: &response)
    }
}
