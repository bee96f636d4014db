// Why this file exists: the end of an upload in parts: the named parts become the object in one commit, without being
// read again. Sent a second time, it answers as the first did.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
import ObjectCore

struct CompleteMultipartUpload: S3Operation {
    static let name: StaticString = "CompleteMultipartUpload"
    static let route = Route(.post, .object, .uploadId)
    static let permissions: [Action] = ["s3:PutObject"]
    static let logName: StaticString = "REST.POST.UPLOAD"
    /// 10,000 parts with checksums come to less than half of it.
    static let documentMaximum: Int? = 8 << 20
    static let checksumHeadersDescribeBody = false

    struct Output {
        var version: ObjectVersion
        var bucket: Bucket
        var location: String
        var expiration: String?
    }

    let id: UploadID
    let parts: [CompletedPart]
    let checksum: Checksum?
    /// `x-amz-checksum-type`, which must repeat what the upload was begun with.
    let kind: Checksum.Kind?
    let size: Int64?
    let conditions: WriteConditions
    let encryption: EncryptionHeaders

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        id = try request.uploadID()
        conditions = try WriteConditions(writing: request)
        encryption = try EncryptionHeaders(writing: request)
        checksum = try CompleteMultipartUpload.checksum(request)
        kind = try ChecksumHeaders.kind(request)
        size = try request.header("x-amz-mp-object-size").map { text throws(S3Error) in
            guard let size = ASCII.decimal(text.utf8) else {
                throw .invalidArgument("The size is not a number.", name: "x-amz-mp-object-size", value: text)
            }
            return size
        }
        parts = try CompleteMultipartUpload.parts(document)
    }

    // Without a type, the text tells: a composite checksum has its number of parts behind a dash.
    private static func checksum(_ request: VerifiedRequest) throws(S3Error) -> Checksum? {
        if let kind = try ChecksumHeaders.kind(request) { return try ChecksumHeaders.given(request, kind: kind) }
        let text = ChecksumName.all.lazy.compactMap { request.header($0.header) }.first
        return try ChecksumHeaders.given(request, kind: text?.contains("-") == true ? .composite : .fullObject)
    }

    private static func parts(_ document: [UInt8]) throws(S3Error) -> [CompletedPart] {
        let root = try XMLReader.read(document, root: "CompleteMultipartUpload")
        let elements = root.children("Part")
        guard !elements.isEmpty, elements.count <= UploadLimits.partsMaximum else { throw S3Error(.malformedXML) }
        var parts: [CompletedPart] = []
        parts.reserveCapacity(elements.count)
        for element in elements {
            guard let text = element.child("PartNumber")?.trimmedText, let number = ASCII.decimal(text.utf8),
                (1...Int64(UploadLimits.partsMaximum)).contains(number), let etag = element.child("ETag")?.trimmedText
            else { throw S3Error(.malformedXML) }
            if let last = parts.last {
                guard last.number <= Int(number) else { throw S3Error(.invalidPartOrder) }
                // A part that was sent twice may be listed twice; the later one is meant.
                if last.number == Int(number) { parts.removeLast() }
            }
            var checksums: [Checksum] = []
            for name in ChecksumName.all {
                guard let text = element.child(name.element.description)?.trimmedText else { continue }
                guard let checksum = ChecksumHeaders.decode(text, algorithm: name.algorithm, kind: .fullObject) else {
                    throw S3Error(.invalidRequest, "Value for \(name.element) of part \(number) is invalid.")
                }
                checksums.append(checksum)
            }
            parts.append(
                CompletedPart(number: Int(number), etag: EntityTags.unquoted(etag), checksums: checksums))
        }
        return parts
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let key = try context.key()
        try context.checkCompletion(of: id, in: bucket, encryption)
        try checkKind(of: key, in: bucket, context)
        let version: ObjectVersion
        do {
            version = try await context.store.completeUpload(
                id, of: key, in: bucket, parts: parts, checksum: checksum, expectedSize: size, conditions: conditions,
                origin: context.origin)
        } catch {
            throw S3Error(error, bucket: bucket.name, key: key).adding("UploadId", id.description)
        }
        context.note(version)
        try await context.declare(context.declaredOrigins(version.attributes), of: version)
        return Output(
            version: version, bucket: bucket, location: context.location(of: key),
            expiration: try context.expiration(of: version, in: bucket))
    }

    private func checkKind(of key: ObjectKey, in bucket: Bucket, _ context: OperationContext) throws(S3Error) {
        guard let kind, let upload = try? context.store.upload(id, of: key, in: bucket),
            upload.checksumAlgorithm != nil, upload.checksumKind != kind
        else { return }
        throw S3Error(
            .invalidRequest,
            "The upload was created using the \(ChecksumHeaders.name(of: upload.checksumKind)) checksum mode. The "
                + "complete request must use the same checksum mode.")
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addWrittenVersion(output.version)
        response.addEncryption(output.version.encryption, customerKey: encryption.customerKey)
        if let expiration = output.expiration { response.add("x-amz-expiration", expiration) }
        var writer = XMLWriter()
        writer.element("CompleteMultipartUploadResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Location", output.location)
            writer.leaf("Bucket", output.bucket.name)
            writer.leaf("Key", bytes: output.version.key.bytes)
            writer.leaf("ETag", EntityTags.quoted(output.version.etag))
            writer.checksums(output.version.attributes.checksums, partCount: output.version.parts.count)
        }
        response.setXML(writer)
    }
}

extension OperationContext {
    /// The address of an object of this request's bucket, as the client would write it.
    func location(of key: ObjectKey) -> String {
        let scheme = request.isSecure ? "https" : "http"
        let path = PercentCoding.encoded(key.bytes, keepingSlash: true)
        let host = request.header("host") ?? ""
        let bucket = request.resource.bucket ?? ""
        return request.isVirtualHost ? "\(scheme)://\(host)/\(path)" : "\(scheme)://\(host)/\(bucket)/\(path)"
    }
}
