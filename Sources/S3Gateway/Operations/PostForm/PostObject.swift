// Why this file exists: an upload from a browser's form. Its proof of permission is in the body, in fields before the
// file, so it cannot be authorised before it is read: the form is read up to the file, verified, authorised and
// decoded like a PUT, and only then does the file go on to the store.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
import ObjectCore

struct PostObject: S3Operation {
    static let name: StaticString = "PostObject"
    static let route = Route(.post, .bucket)
    static let permissions: [Action] = [
        "s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
    ]
    static let logName: StaticString = "REST.POST.OBJECT"

    /// How much is read from the connection at once, in bytes.
    static let pieceLength = 256 * 1024
    /// How much may follow the file before the connection is given up, in bytes.
    static let remainderMaximum = 1 << 20

    struct Output {
        var version: ObjectVersion
        var bucket: Bucket
        var location: String
        var expiration: String?
    }

    private let put: PutObject
    private let lengths: ClosedRange<Int64>
    private let checksum: Checksum?
    private let statusField: String?
    private let redirect: String?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let form = authorized.request
        var put = try PutObject(decoding: authorized, document: [])
        if let tagging = form.formField("tagging") {
            put.attributes.tags = try TaggingDocument.tags(Array(tagging.utf8))
        }
        self.put = put
        lengths = form.formLengthRange ?? 0...ContentIntake.lengthMaximum
        checksum = try ChecksumHeaders.given(form)
        statusField = form.formField("success_action_status")
        redirect = form.formField("success_action_redirect") ?? form.formField("redirect")
    }

    static func serve(
        _ request: VerifiedRequest, in context: OperationContext
    ) async throws(S3Error) -> HTTPResponse {
        var reader = try FormReader(request, context: context)
        let (fields, file) = try await reader.fields()
        for field in fields {
            try UnservedHeaders.check(
                name: Array(field.name.lowercased().utf8)[...], value: Array(field.value.utf8)[...],
                takesCustomerKeys: context.service.takesCustomerKeys(request))
        }
        let form = try context.service.authenticator.verify(
            form: fields, fileName: file, of: request, now: context.now.seconds)
        var context = context.replacing(request: form)
        var facts = RequestConditions.Facts()
        if let tagging = form.formField("tagging") { facts.requestTags = try TaggingDocument.tags(Array(tagging.utf8)) }
        let authorized = try context.authorize(permissions[0], facts: facts)
        try context.checkExpectedOwner()
        let operation = try PostObject(decoding: authorized, document: [])
        let output = try await operation.take(reader, in: context)
        var response = HTTPResponse(status: 204)
        context.addRequestIDs(to: &response)
        operation.encode(output, into: &response)
        return response
    }

    private func take(_ reader: FormReader, in context: OperationContext) async throws(S3Error) -> Output {
        var reader = reader
        let bucket = try context.bucket()
        let key = try context.key()
        try context.checkTagging(put.attributes.tags, on: bucket)
        try context.checkLock(put.attributes, on: bucket)
        try context.checkReplica(put.attributes, on: bucket)
        let ownership = try context.ownership(of: put.accessControl, in: bucket)
        let algorithm = checksum?.algorithm ?? put.algorithm ?? PutObject.defaultChecksum
        let writer = context.store.stage(
            digests: [algorithm], key: try context.newDataKey(put.encryption, in: bucket))
        var length: Int64 = 0
        while let piece = try await reader.content() {
            length += Int64(piece.count)
            guard length <= min(lengths.upperBound, ContentIntake.lengthMaximum) else {
                throw S3Error(
                    .entityTooLarge,
                    fields: ["ProposedSize": String(length), "MaxSizeAllowed": String(lengths.upperBound)])
            }
            try await context.stored { () async throws(StoreError) in try await writer.write(piece) }
        }
        guard length >= lengths.lowerBound else {
            throw S3Error(
                .entityTooSmall,
                fields: ["ProposedSize": String(length), "MinSizeAllowed": String(lengths.lowerBound)])
        }
        let content = try await context.stored { () async throws(StoreError) in try await writer.finish() }
        if let checksum, content.digests[checksum.algorithm] != checksum.value {
            throw S3Error.badDigest(checksum.algorithm)
        }
        let intake = ContentIntake(
            content: content, checksum: ContentIntake.checksum(algorithm, of: content))
        let version = try await put.store(intake, as: key, in: bucket, ownership, context: context)
        await reader.drain()
        return Output(
            version: version, bucket: bucket, location: context.location(of: key),
            expiration: try context.expiration(of: version, in: bucket))
    }

    // PostObject has its own way, through ``serve(_:in:)``.
    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        throw S3Error(.malformedPOSTRequest)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addWritten(output.version)
        response.addEncryption(output.version.encryption, put.encryption)
        if let expiration = output.expiration { response.add("x-amz-expiration", expiration) }
        let target = redirectTarget(output)
        response.add("location", target ?? output.location)
        guard target == nil else {
            response.status = 303
            return
        }
        switch statusField {
        case "200": response.status = 200
        case "201":
            response.status = 201
            var writer = XMLWriter()
            writer.element("PostResponse") { writer in
                writer.leaf("Location", output.location)
                writer.leaf("Bucket", output.bucket.name)
                writer.leaf("Key", bytes: output.version.key.bytes)
                writer.leaf("ETag", EntityTags.quoted(output.version.etag))
            }
            response.setXML(writer)
        default: response.status = 204
        }
    }

    // A redirect that is no address counts as absent.
    private func redirectTarget(_ output: Output) -> String? {
        guard let redirect, redirect.hasPrefix("http://") || redirect.hasPrefix("https://") else { return nil }
        let key = PercentCoding.encoded(output.version.key.bytes, keepingSlash: true)
        let separator = redirect.contains("?") ? "&" : "?"
        return "\(redirect)\(separator)bucket=\(output.bucket.name)&key=\(key)&etag=%22\(output.version.etag)%22"
    }
}
