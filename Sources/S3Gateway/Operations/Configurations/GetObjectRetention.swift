// Why this file exists: clients ask for the retention of an object; no bucket has Object Lock yet, and AWS says so
// like this.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
import ObjectCore

struct GetObjectRetention: S3Operation {
    static let name: StaticString = "GetObjectRetention"
    static let route = Route(.get, .object, .retention)
    static let permissions: [Action] = ["s3:GetObjectRetention"]
    static let logName: StaticString = "REST.GET.OBJECT_LOCK_RETENTION"

    let version: VersionID?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        _ = try context.readableVersion(context.key(), version: version, in: bucket)
        throw S3Error(.invalidRequest, "Bucket is missing Object Lock Configuration")
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
