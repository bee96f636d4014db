// Why this file exists: replacing all tags of a version; the bytes and the version stay.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
import ObjectCore

struct PutObjectTagging: S3Operation {
    static let name: StaticString = "PutObjectTagging"
    static let route = Route(.put, .object, .tagging)
    static let permissions: [Action] = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
    static let logName: StaticString = "REST.PUT.OBJECT_TAGGING"
    static let documentMaximum: Int? = TaggingDocument.lengthMaximum

    let version: VersionID?
    let tags: [NameValue]

    static func action(for request: VerifiedRequest) -> Action {
        request.hasQuery("versionId") ? "s3:PutObjectVersionTagging" : "s3:PutObjectTagging"
    }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        tags = try TaggingDocument.tags(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> TaggedVersion {
        let bucket = try context.bucket()
        return TaggedVersion(
            version: try await context.setTags(tags, version: version, in: bucket), bucket: bucket)
    }

    func encode(_ output: TaggedVersion, into response: inout HTTPResponse) {
        response.addVersion(output.version, bucket: output.bucket)
    }
}

/// The version whose tags were told or changed.
struct TaggedVersion {
    var version: ObjectVersion
    var bucket: Bucket
}
