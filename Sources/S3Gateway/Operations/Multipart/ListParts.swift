// Why this file exists: the parts of an open upload, by pages.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
import ObjectCore

struct ListParts: S3Operation {
    static let name: StaticString = "ListParts"
    static let route = Route(.get, .object, .uploadId)
    static let permissions: [Action] = ["s3:ListMultipartUploadParts"]
    static let logName: StaticString = "REST.GET.UPLOAD"

    static let pageMaximum = 1000

    struct Output {
        var bucket: String
        var upload: MultipartUpload
        var parts: [UploadedPart]
        var isTruncated: Bool
        var owner: ShownOwner
        var initiator: ShownOwner
    }

    let id: UploadID
    let pageSize: Int
    let marker: Int
    let encodesURL: Bool

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        id = try request.uploadID()
        pageSize = min(
            try request.number(
                "max-parts", in: 0...Int(Int32.max),
                message: "Argument max-parts must be an integer between 0 and 2147483647") ?? ListParts.pageMaximum,
            ListParts.pageMaximum)
        marker =
            try request.number(
                "part-number-marker", in: 0...Int(Int32.max),
                message: "Argument part-number-marker must be an integer between 0 and 2147483647") ?? 0
        encodesURL = request.query("encoding-type") == "url"
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let upload = try context.upload(id, in: bucket)
        var parts: [UploadedPart] = []
        var isTruncated = false
        if pageSize > 0 {
            (parts, isTruncated) = try context.looked { () throws(StoreError) in
                try context.store.parts(of: upload, after: marker, limit: pageSize)
            }
        }
        return Output(
            bucket: bucket.name, upload: upload, parts: parts, isTruncated: isTruncated,
            owner: try context.shownOwner(of: upload.attributes, in: bucket),
            initiator: context.shownOwner(upload.initiator ?? upload.attributes.owner))
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        let upload = output.upload
        var writer = XMLWriter()
        writer.element("ListPartsResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Bucket", output.bucket)
            if encodesURL {
                writer.leaf("Key", PercentCoding.encoded(upload.key.bytes, keepingSlash: true))
                writer.leaf("EncodingType", "url")
            } else {
                writer.leaf("Key", bytes: upload.key.bytes)
            }
            writer.leaf("UploadId", upload.id.description)
            writer.owner(output.initiator, as: "Initiator")
            writer.owner(output.owner)
            writer.leaf("StorageClass", upload.attributes.storageClass)
            writer.leaf("PartNumberMarker", marker)
            writer.leaf("NextPartNumberMarker", output.parts.last?.number ?? 0)
            writer.leaf("MaxParts", pageSize)
            writer.leaf("IsTruncated", output.isTruncated)
            if let algorithm = upload.checksumAlgorithm {
                writer.leaf("ChecksumAlgorithm", algorithm.s3Name)
                writer.leaf("ChecksumType", ChecksumHeaders.name(of: upload.checksumKind))
            }
            for part in output.parts {
                writer.element("Part") { writer in
                    writer.leaf("PartNumber", part.number)
                    writer.leaf("LastModified", HTTPDate.iso8601(part.modified))
                    writer.leaf("ETag", EntityTags.quoted(part.etag))
                    writer.leaf("Size", part.size)
                    writer.checksums(part.checksums, partCount: 1, withKind: false)
                }
            }
        }
        response.setXML(writer)
    }
}
