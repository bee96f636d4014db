// Why this file exists: taking all tags off a version.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
import ObjectCore

struct DeleteObjectTagging: S3Operation {
    static let name: StaticString = "DeleteObjectTagging"
    static let route = Route(.delete, .object, .tagging)
    static let permissions: [Action] = ["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"]
    static let logName: StaticString = "REST.DELETE.OBJECT_TAGGING"

    let version: VersionID?

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:DeleteObjectVersionTagging" : "s3:DeleteObjectTagging"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> TaggedVersion {
        let bucket = try context.bucket()
        return TaggedVersion(version: try await context.setTags([], version: version, in: bucket), bucket: bucket)
    }

    func encode(_ output: TaggedVersion, into response: inout HTTPResponse) {
        response.status = 204
        response.addVersion(output.version, bucket: output.bucket)
    }
}
