// Why this file exists: an annotation goes for good; annotations have no versions of their own.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectAnnotation.html
import ObjectCore

struct DeleteObjectAnnotation: S3Operation {
    static let name: StaticString = "DeleteObjectAnnotation"
    static let route = Route(.delete, .object, .annotation)
    static let permissions: [Action] = ["s3:DeleteObjectAnnotation", "s3:BypassGovernanceRetention"]
    static let logName: StaticString = "REST.DELETE.OBJECT_ANNOTATION"

    struct Output {
        var version: ObjectVersion
        var bucket: Bucket
    }

    let version: VersionID?
    let name: String
    let etag: String?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        name = try AnnotationName.decode(authorized.request)
        etag = authorized.request.header("x-amz-object-if-match").map { EntityTags.unquoted($0) }
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let key = try context.key()
        let judged = try context.judged(version, in: bucket, facts: RequestConditions.Facts())
        let bypasses = context.bypassesGovernance(on: bucket)
        let changed = try await context.changed(version) { () async throws(StoreError) in
            try await context.store.removeAnnotation(
                name, of: key, version: version, expecting: judged, ifMatch: etag, in: bucket,
                bypassesGovernance: bypasses,
                origin: context.origin)
        }
        return Output(version: changed, bucket: bucket)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.status = 204
        response.addAnnotatedVersion(output.version, bucket: output.bucket)
    }
}
