// Why this file exists: a part made from bytes that are in the store already, all of an object or a range of it.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
import ObjectCore

struct UploadPartCopy: S3Operation {
    static let name: StaticString = "UploadPartCopy"
    static let route = Route(.put, .object, .uploadId, needs: .copySource)
    static let permissions: [Action] = ["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"]
    static let logName: StaticString = "REST.COPY.PART"

    struct Output {
        var part: UploadedPart
        var sourceVersion: VersionID?
        var encryption: ObjectEncryption?
    }

    let id: UploadID
    let number: Int
    let source: CopySource
    let conditions: ReadConditions
    /// Inclusive, as the header gives it.
    let range: ByteRange?
    let rangeText: String
    let encryption: EncryptionHeaders
    let sourceKey: CustomerKeyHeaders?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        id = try request.uploadID()
        number = try request.partNumber()
        source = try CopySource(Array((request.header("x-amz-copy-source") ?? "").utf8)[...])
        conditions = ReadConditions(copySourceOf: request, now: request.signedAt ?? 0)
        encryption = try EncryptionHeaders(writing: request)
        sourceKey = try EncryptionHeaders.copySource(request)
        rangeText = request.header("x-amz-copy-source-range") ?? ""
        guard request.hasHeader("x-amz-copy-source-range") else {
            range = nil
            return
        }
        guard let range = ByteRange(rangeText.utf8), case .closed = range else {
            throw .invalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                    + "zero-based offsets of the first and last bytes to copy",
                name: "x-amz-copy-source-range", value: rangeText)
        }
        self.range = range
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let upload = try context.upload(id, in: bucket)
        let key = try context.dataKey(of: upload, encryption)
        let (version, sourceBucket) = try context.copySource(source)
        let versionKey = try context.dataKey(of: version, sourceKey)
        try conditions.checkCopySource(version)
        let bytes = try bytes(of: version)
        guard bytes.upperBound - bytes.lowerBound <= ContentIntake.lengthMaximum else {
            throw ContentIntake.tooLarge(bytes.upperBound - bytes.lowerBound)
        }
        let part = try await context.stored { () async throws(StoreError) in
            try await context.store.copyPart(
                from: version, range: bytes, number: number, of: upload, sourceKey: versionKey, key: key,
                origin: context.origin)
        }
        return Output(
            part: part, sourceVersion: sourceBucket.versioning == .never ? nil : version.versionID,
            encryption: upload.encryption)
    }

    // Unlike a GET, a copy must get every byte that it names.
    private func bytes(of version: ObjectVersion) throws(S3Error) -> Range<Int64> {
        guard case .closed(let first, let last)? = range else { return 0..<version.size }
        guard last < version.size else {
            throw S3Error(
                .invalidRange, "Range specified is not valid for source object of size: \(version.size)",
                fields: ["RangeRequested": rangeText, "ActualObjectSize": String(version.size)])
        }
        return first..<(last + 1)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        response.addEncryption(output.encryption, encryption)
        if let version = output.sourceVersion { response.add("x-amz-copy-source-version-id", version.description) }
        var writer = XMLWriter()
        writer.element("CopyPartResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("LastModified", HTTPDate.iso8601(output.part.modified))
            writer.leaf("ETag", EntityTags.quoted(output.part.etag))
            writer.checksums(output.part.checksums, partCount: 1, withKind: false)
        }
        response.setXML(writer)
    }
}
