// Why this file exists: the text of one annotation.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAnnotation.html
import ObjectCore

struct GetObjectAnnotation: S3Operation {
    static let name: StaticString = "GetObjectAnnotation"
    static let route = Route(.get, .object, .annotation, needs: .annotationName)
    static let permissions: [Action] = ["s3:GetObjectAnnotation"]
    static let logName: StaticString = "REST.GET.OBJECT_ANNOTATION"

    static let tellsThePast = true

    struct Output {
        var annotation: Annotation
        var text: [UInt8]
        var version: ObjectVersion
        var bucket: Bucket
    }

    let version: VersionID?
    let name: String
    let wantsChecksum: Bool

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        version = try authorized.request.versionID()
        name = try AnnotationName.decode(authorized.request)
        wantsChecksum = authorized.request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED"
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let target = try context.readableVersion(context.key(), version: version, in: bucket)
        let found = try context.looked { () throws(StoreError) in
            try context.store.annotation(name, of: target, asOf: bucket.asOf)
        }
        guard let found else { throw S3Error(.noSuchAnnotation, fields: ["AnnotationName": name]) }
        let key = try context.dataKey(of: found)
        let text = try await context.stored { () async throws(StoreError) in
            try await context.store.text(of: found, key: key)
        }
        return Output(annotation: found, text: text, version: target, bucket: bucket)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.add("last-modified", HTTPDate.text(output.annotation.modified))
        response.add("etag", EntityTags.quoted(output.annotation.etag))
        response.add("content-type", "application/octet-stream")
        response.addAnnotatedVersion(output.version, bucket: output.bucket)
        response.addEncryption(output.annotation.encryption, customerKey: nil)
        if wantsChecksum { response.addChecksums(output.annotation.checksums, partCount: 0) }
        response.body = .bytes(output.text)
    }
}
