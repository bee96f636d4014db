// Why this file exists: the beginning of an upload in parts; it fixes what the object will be, and which checksum its
// parts carry. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
import ObjectCore

struct CreateMultipartUpload: S3Operation {
    static let name: StaticString = "CreateMultipartUpload"
    static let route = Route(.post, .object, .uploads)
    static let permissions: [Action] = [
        "s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
        "s3:ReplicateObject",
    ]
    static let logName: StaticString = "REST.POST.UPLOADS"

    struct Output {
        var upload: MultipartUpload
        var bucket: String
    }

    let attributes: ObjectAttributes
    let algorithm: DigestAlgorithm?
    let kind: Checksum.Kind
    let encryption: EncryptionHeaders
    let accessControl: AccessControlHeaders

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        attributes = try ObjectAttributes(writing: request)
        encryption = try EncryptionHeaders(writing: request)
        accessControl = try AccessControlHeaders(request)
        algorithm = try ChecksumHeaders.requestedAlgorithm(request)
        let asked = try ChecksumHeaders.kind(request)
        guard let algorithm else {
            guard asked == nil else {
                throw S3Error(
                    .invalidRequest,
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
            }
            kind = .composite
            return
        }
        kind = asked ?? CreateMultipartUpload.defaultKind(of: algorithm)
        guard CreateMultipartUpload.isAllowed(kind, with: algorithm) else {
            throw S3Error(
                .invalidRequest,
                "The \(ChecksumHeaders.name(of: kind)) checksum type cannot be used with the "
                    + "\(algorithm.s3Name.lowercased()) checksum algorithm.")
        }
    }

    // See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html, the table of types.
    private static func defaultKind(of algorithm: DigestAlgorithm) -> Checksum.Kind {
        algorithm == .crc64nvme ? .fullObject : .composite
    }

    private static func isAllowed(_ kind: Checksum.Kind, with algorithm: DigestAlgorithm) -> Bool {
        switch kind {
        case .fullObject: algorithm.isCombinable
        case .composite: algorithm != .crc64nvme
        }
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let key = try context.key()
        try context.checkTagging(attributes.tags, on: bucket)
        try context.checkLock(attributes, on: bucket)
        try context.checkReplica(attributes, on: bucket)
        guard context.request.principal != .anonymous else {
            throw S3Error(
                .accessDenied, "Anonymous users cannot initiate multipart uploads.  Please authenticate.")
        }
        var attributes = attributes
        attributes.own(try context.ownership(of: accessControl, in: bucket))
        let owned = attributes
        // One key for all parts, so that completion need not read them.
        let dataKey = try context.newDataKey(encryption, in: bucket)
        let upload = try await context.stored { () async throws(StoreError) in
            try await context.store.createUpload(
                key, in: bucket, attributes: owned, checksumAlgorithm: algorithm, checksumKind: kind,
                encryption: dataKey?.encryption, initiator: context.account, origin: context.origin)
        }
        return Output(upload: upload, bucket: bucket.name)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addEncryption(output.upload.encryption, encryption)
        if let algorithm {
            response.add("x-amz-checksum-algorithm", algorithm.s3Name)
            response.add("x-amz-checksum-type", ChecksumHeaders.name(of: kind))
        }
        var writer = XMLWriter()
        writer.element("InitiateMultipartUploadResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Bucket", output.bucket)
            writer.leaf("Key", bytes: output.upload.key.bytes)
            writer.leaf("UploadId", output.upload.id.description)
        }
        response.setXML(writer)
    }
}
