// Why this file exists: a text is put beside a version. It is sealed as the object is.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAnnotation.html
import ObjectCore

struct PutObjectAnnotation: S3Operation {
    static let name: StaticString = "PutObjectAnnotation"
    static let route = Route(.put, .object, .annotation)
    static let permissions: [Action] = ["s3:PutObjectAnnotation"]
    static let logName: StaticString = "REST.PUT.OBJECT_ANNOTATION"
    static let documentMaximum: Int? = Annotation.lengthMaximum

    struct Output {
        var annotation: Annotation
        var version: ObjectVersion
        var bucket: Bucket
    }

    let version: VersionID?
    let name: String
    let text: [UInt8]
    let etag: String?
    let algorithm: DigestAlgorithm

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        version = try request.versionID()
        name = try AnnotationName.decode(request)
        guard !document.isEmpty else { throw S3Error(.invalidRequest, "An annotation must not be empty.") }
        guard String(validating: document, as: UTF8.self) != nil else { throw S3Error(.unsupportedMediaType) }
        text = document
        etag = request.header("x-amz-object-if-match").map { EntityTags.unquoted($0) }
        let requested = try ChecksumHeaders.requestedAlgorithm(request)
        algorithm =
            try ChecksumHeaders.given(request)?.algorithm ?? requested ?? PutObject.defaultChecksum
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let key = try context.key()
        let target = try context.readableVersion(key, version: version, in: bucket)
        let dataKey = try context.newDataKey(besides: target)
        let staged = try await stage(dataKey, in: context)
        let outcome = try await context.stored { () async throws(StoreError) in
            // The very version that was judged, and whose encryption was followed.
            try await context.store.annotate(
                key, version: version, expecting: target.index, with: staged, ifMatch: etag, in: bucket,
                origin: context.origin)
        }
        return Output(annotation: outcome.annotation, version: outcome.version, bucket: bucket)
    }

    private func stage(_ key: DataKey?, in context: OperationContext) async throws(S3Error) -> StagedAnnotation {
        let writer = context.store.stage(digests: [algorithm], expectedLength: Int64(text.count), key: key)
        let content = try await context.stored { () async throws(StoreError) in
            try await writer.write(text)
            return try await writer.finish()
        }
        return StagedAnnotation(
            name: name, content: content,
            checksums: ContentIntake.checksum(algorithm, of: content).map { [$0] } ?? [])
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.add("etag", EntityTags.quoted(output.annotation.etag))
        response.addAnnotatedVersion(output.version, bucket: output.bucket)
        response.addChecksums(output.annotation.checksums, partCount: 0)
        response.addEncryption(output.annotation.encryption, customerKey: nil)
        var writer = XMLWriter()
        writer.element("PutObjectAnnotationResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Key", bytes: output.version.key.bytes)
            writer.leaf("AnnotationName", output.annotation.name)
        }
        response.setXML(writer)
    }
}

extension OperationContext {
    /// A new key for what is kept beside a version; nil when the version is plain.
    /// - Throws: InvalidRequest for a customer's key, which nobody would have when the text is to be listed.
    func newDataKey(besides version: ObjectVersion) throws(S3Error) -> DataKey? {
        guard let encryption = version.encryption else { return nil }
        let request: EncryptionRequest
        switch encryption.scheme {
        case .master: request = .master
        case .named:
            request = .named(
                encryption.keyName, context: encryption.context, usesBucketKey: encryption.usesBucketKey)
        case .customer:
            throw S3Error(.invalidRequest, "Objects that are encrypted with SSE-C cannot have annotations.")
        }
        return try looked { () throws(StoreError) in try service.configuration.keyring.newDataKey(request) }
    }

    /// The key of an annotation's text; nil when it is plain.
    func dataKey(of annotation: Annotation) throws(S3Error) -> DataKey? {
        try looked { () throws(StoreError) in
            try annotation.encryption.map { encryption throws(StoreError) in
                try service.configuration.keyring.dataKey(of: encryption)
            }
        }
    }
}
