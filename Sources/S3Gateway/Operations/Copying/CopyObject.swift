// Why this file exists: copying an object on the server. No byte moves: the new version refers to the same chunks,
// unless the copy is to be encrypted otherwise than its source.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
import ObjectCore

struct CopyObject: S3Operation {
    static let name: StaticString = "CopyObject"
    static let route = Route(.put, .object, needs: .copySource)
    static let permissions: [Action] = [
        "s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObjectTagging", "s3:GetObjectTagging",
        "s3:GetObjectVersionTagging", "s3:PutObjectAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
        "s3:GetObjectAnnotation", "s3:PutObjectAnnotation",
    ]
    static let logName: StaticString = "REST.COPY.OBJECT"

    /// Whether something of the source is kept or comes from the request.
    enum Directive {
        case copy
        case replace

        init(_ text: String?, name: String) throws(S3Error) {
            switch text {
            case nil, "COPY": self = .copy
            case "REPLACE": self = .replace
            case .some(let other):
                throw .invalidArgument("Unknown \(name) directive.", name: name, value: other)
            }
        }
    }

    struct Output {
        var version: ObjectVersion
        /// Set when the source's bucket keeps versions.
        var sourceVersion: VersionID?
        var expiration: String?
    }

    let source: CopySource
    let sourceConditions: ReadConditions
    let conditions: WriteConditions
    let metadataDirective: Directive
    let taggingDirective: Directive
    /// What the request says: all of it with REPLACE, storage class and redirect in any case.
    let attributes: ObjectAttributes
    let namesStorageClass: Bool
    let checksum: DigestAlgorithm?
    let copiesAnnotations: Bool
    let encryption: EncryptionHeaders
    let sourceKey: CustomerKeyHeaders?
    let accessControl: AccessControlHeaders

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        source = try CopySource(Array((request.header("x-amz-copy-source") ?? "").utf8)[...])
        sourceConditions = ReadConditions(copySourceOf: request, now: request.signedAt ?? 0)
        conditions = try WriteConditions(writing: request)
        metadataDirective = try Directive(
            request.header("x-amz-metadata-directive"), name: "x-amz-metadata-directive")
        taggingDirective = try Directive(request.header("x-amz-tagging-directive"), name: "x-amz-tagging-directive")
        var attributes = ObjectAttributes()
        switch metadataDirective {
        case .copy: try attributes.decodeRedirect(request)
        case .replace: try attributes.decodeHeaders(request)
        }
        if taggingDirective == .replace { attributes.tags = try ObjectAttributes.tags(of: request) ?? [] }
        try attributes.decodeClassAndOwner(request)
        self.attributes = attributes
        namesStorageClass = request.hasHeader("x-amz-storage-class")
        checksum = try ChecksumHeaders.requestedAlgorithm(request)
        copiesAnnotations = try CopyObject.copiesAnnotations(request)
        encryption = try EncryptionHeaders(writing: request)
        sourceKey = try EncryptionHeaders.copySource(request)
        accessControl = try AccessControlHeaders(request)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let (sourceVersion, sourceBucket) = try context.copySource(source)
        let key = try context.key()
        let dataKey = try context.dataKey(of: sourceVersion, sourceKey)
        try sourceConditions.checkCopySource(sourceVersion)
        guard sourceVersion.size <= ContentIntake.lengthMaximum else {
            throw S3Error(
                .invalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy source: "
                    + "\(ContentIntake.lengthMaximum)")
        }
        if sourceBucket.id == bucket.id, source.key == key, source.version == nil {
            guard
                metadataDirective == .replace || namesStorageClass
                    || attributes.headers[.websiteRedirectLocation] != nil || encryption.request != nil
            else {
                throw S3Error(
                    .invalidRequest,
                    "This copy request is illegal because it is trying to copy an object to itself without changing "
                        + "the object's metadata, storage class, website redirect location or encryption attributes.")
            }
        }
        var written = attributes
        if metadataDirective == .copy {
            written.headers = sourceVersion.attributes.headers
            written.headers[.websiteRedirectLocation] = attributes.headers[.websiteRedirectLocation]
            written.userMetadata = sourceVersion.attributes.userMetadata
        }
        if taggingDirective == .copy {
            try context.checkTagsCopied(from: sourceVersion, named: source.version, in: sourceBucket)
            written.tags = sourceVersion.attributes.tags
        }
        try context.checkTagging(written.tags, on: bucket)
        try context.checkLock(written, on: bucket)
        try context.checkReplica(written, on: bucket)
        written.own(try context.ownership(of: accessControl, in: bucket))
        written.checksums = sourceVersion.attributes.checksums
        let asked = try context.encryption(encryption, in: bucket)
        let keyring = context.service.configuration.keyring
        let copied = written
        let annotations =
            copiesAnnotations
            ? try await context.copiedAnnotations(of: sourceVersion, in: sourceBucket, to: bucket, sealed: asked) : []
        let version = try await context.stored { () async throws(StoreError) in
            if try keyring.isAlready(sourceVersion.encryption, asked) {
                return try await context.store.copy(
                    sourceVersion, as: key, in: bucket, attributes: copied, checksum: checksum, key: dataKey,
                    annotations: annotations, conditions: conditions, origin: context.origin)
            }
            return try await context.store.copy(
                sourceVersion, as: key, in: bucket, attributes: copied, from: dataKey,
                to: try asked.map { request throws(StoreError) in try keyring.newDataKey(request) },
                checksum: checksum, annotations: annotations, conditions: conditions, origin: context.origin)
        }
        context.note(version)
        return Output(
            version: version,
            sourceVersion: sourceBucket.versioning == .never ? nil : sourceVersion.versionID,
            expiration: try context.expiration(of: version, in: bucket))
    }

    /// `x-amz-object-annotation-directive`, as a header or, for presigned addresses, in the query.
    private static func copiesAnnotations(_ request: VerifiedRequest) throws(S3Error) -> Bool {
        let name = "x-amz-object-annotation-directive"
        switch request.header("x-amz-object-annotation-directive") ?? request.query(name) {
        case nil, "COPY": return true
        case "EXCLUDE": return false
        case .some(let other): throw .invalidArgument("Unknown annotation directive.", name: name, value: other)
        }
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addWrittenVersion(output.version)
        response.addEncryption(output.version.encryption, encryption)
        if let expiration = output.expiration { response.add("x-amz-expiration", expiration) }
        if let sourceVersion = output.sourceVersion {
            response.add("x-amz-copy-source-version-id", sourceVersion.description)
        }
        var writer = XMLWriter()
        writer.element("CopyObjectResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("LastModified", HTTPDate.iso8601(output.version.modified))
            writer.leaf("ETag", EntityTags.quoted(output.version.etag))
            writer.checksums(output.version.attributes.checksums, partCount: output.version.parts.count)
        }
        response.setXML(writer)
    }
}

extension OperationContext {
    /// The version that a copy reads, and its bucket, when the principal may read it.
    func copySource(_ source: CopySource) throws(S3Error) -> (ObjectVersion, Bucket) {
        let bucket = try otherBucket(source.bucket)
        let found = try judgedVersion(
            source.key, version: source.version, in: bucket,
            for: source.version == nil ? "s3:GetObject" : "s3:GetObjectVersion")
        guard !found.isDeleteMarker else {
            throw S3Error(
                .invalidRequest,
                "The source of a copy request may not specifically refer to a delete marker by version id.")
        }
        return (found, bucket)
    }

    /// Tags are read by a permission of their own.
    func checkTagsCopied(
        from version: ObjectVersion, named: VersionID?, in bucket: Bucket
    ) throws(S3Error) {
        guard !version.attributes.tags.isEmpty else { return }
        try check(
            named == nil ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging", on: bucket, key: version.key,
            target: .version(version.attributes))
    }
}
