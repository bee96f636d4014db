// Why this file exists: the tags of a version.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
import ObjectCore

struct GetObjectTagging: S3Operation {
    static let name: StaticString = "GetObjectTagging"
    static let route = Route(.get, .object, .tagging)
    static let permissions: [Action] = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
    static let logName: StaticString = "REST.GET.OBJECT_TAGGING"

    static let tellsThePast = true

    let version: VersionID?

    static func action(for request: VerifiedRequest) -> Action {
        request.namesVersion ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> TaggedVersion {
        let bucket = try context.bucket()
        let found = try context.readableVersion(context.key(), version: version, in: bucket)
        return TaggedVersion(version: found, bucket: bucket)
    }

    func encode(_ output: TaggedVersion, into response: inout HTTPResponse) {
        response.addVersion(output.version, bucket: output.bucket)
        TaggingDocument.write(output.version.attributes.tags, into: &response)
    }
}
