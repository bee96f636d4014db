// Why this file exists: which annotations a version has.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectAnnotations.html
import ObjectCore

struct ListObjectAnnotations: S3Operation {
    static let name: StaticString = "ListObjectAnnotations"
    static let route = Route(.get, .object, .annotation)
    static let permissions: [Action] = ["s3:ListObjectAnnotations"]
    static let logName: StaticString = "REST.GET.OBJECT_ANNOTATIONS"

    static let tellsThePast = true

    struct Output {
        var annotations: [Annotation]
        var isTruncated: Bool
        var version: ObjectVersion
        var bucket: Bucket
    }

    let version: VersionID?
    let prefix: String
    let token: String?
    let after: String
    let limit: Int

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        version = try request.versionID()
        prefix = try AnnotationName.prefix(request)
        token = request.query("continuation-token")
        after =
            try token.map { text throws(S3Error) in String(decoding: try ContinuationToken.decode(text), as: UTF8.self)
            }
            ?? ""
        limit =
            try request.number(
                "max-annotation-results", in: 1...Annotation.countMaximum,
                message: "max-annotation-results must be between 1 and \(Annotation.countMaximum)")
            ?? Annotation.countMaximum
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let target = try context.readableVersion(context.key(), version: version, in: bucket)
        let page = try context.looked { () throws(StoreError) in
            try context.store.annotations(of: target, prefix: prefix, after: after, limit: limit, asOf: bucket.asOf)
        }
        return Output(
            annotations: page.annotations, isTruncated: page.isTruncated, version: target, bucket: bucket)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addAnnotatedVersion(output.version, bucket: output.bucket)
        var writer = XMLWriter()
        writer.element("ListObjectAnnotationsResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Bucket", output.bucket.name)
            writer.leaf("Key", bytes: output.version.key.bytes)
            if !prefix.isEmpty { writer.leaf("AnnotationPrefix", prefix) }
            writer.leaf("MaxAnnotationResults", limit)
            writer.leaf("AnnotationCount", output.annotations.count)
            if let token { writer.leaf("ContinuationToken", token) }
            if output.isTruncated, let last = output.annotations.last {
                writer.leaf("NextContinuationToken", ContinuationToken.encode(Array(last.name.utf8)))
            }
            writer.element("Annotations") { writer in
                for annotation in output.annotations { write(annotation, into: &writer) }
            }
        }
        response.setXML(writer)
    }

    private func write(_ annotation: Annotation, into writer: inout XMLWriter) {
        writer.element("AnnotationEntry") { writer in
            writer.leaf("AnnotationName", annotation.name)
            writer.leaf("LastModified", HTTPDate.iso8601(annotation.modified))
            writer.leaf("ETag", EntityTags.quoted(annotation.etag))
            for checksum in annotation.checksums { writer.leaf("ChecksumAlgorithm", checksum.algorithm.s3Name) }
            writer.leaf("Size", annotation.size)
        }
    }
}
