// Why this file exists: the open uploads of a bucket, in the order of keys and then of initiation.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
import ObjectCore

struct ListMultipartUploads: S3Operation {
    static let name: StaticString = "ListMultipartUploads"
    static let route = Route(.get, .bucket, .uploads)
    static let permissions: [Action] = ["s3:ListBucketMultipartUploads"]
    static let logName: StaticString = "REST.GET.UPLOADS"

    struct Output {
        var bucket: String
        var page: ListingPage<MultipartUpload>
        var owners: [ShownOwner]
        var initiators: [ShownOwner]
    }

    let parameters: ListingParameters
    let keyMarker: String
    let uploadMarkerText: String
    let uploadMarker: UploadID?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        parameters = try ListingParameters(request, pageName: "max-uploads")
        keyMarker = request.query("key-marker") ?? ""
        uploadMarkerText = request.query("upload-id-marker") ?? ""
        // Without a key marker the upload marker means nothing. See the API reference.
        guard !uploadMarkerText.isEmpty, !keyMarker.isEmpty else {
            uploadMarker = nil
            return
        }
        guard let marker = UploadID(text: uploadMarkerText) else {
            throw .invalidArgument("Invalid uploadId marker", name: "upload-id-marker", value: uploadMarkerText)
        }
        uploadMarker = marker
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let query = parameters.query(after: Array(keyMarker.utf8))
        let page: ListingPage<MultipartUpload>
        if query.limit > 0 {
            page = try context.looked { () throws(StoreError) in
                try context.store.listUploads(query, uploadMarker: uploadMarker, in: bucket)
            }
        } else {
            page = ListingPage()
        }
        var shown = ShownOwners()
        var initiators = ShownOwners()
        return Output(
            bucket: bucket.name, page: page,
            owners: page.items.map { shown.owner($0.attributes.owner, in: context) },
            initiators: page.items.map { initiators.account($0.initiator ?? $0.attributes.owner, in: context) })
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        let page = output.page
        var writer = XMLWriter()
        writer.element("ListMultipartUploadsResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Bucket", output.bucket)
            parameters.write("KeyMarker", keyMarker.utf8, into: &writer)
            writer.leaf("UploadIdMarker", uploadMarkerText)
            if page.isTruncated, let last = page.last {
                parameters.write("NextKeyMarker", last, into: &writer)
                if let item = page.items.last, item.key.bytes == last {
                    writer.leaf("NextUploadIdMarker", item.id.description)
                }
            }
            parameters.write("Prefix", parameters.prefix.utf8, into: &writer)
            parameters.writeForm(into: &writer)
            writer.leaf("MaxUploads", parameters.pageSize)
            writer.leaf("IsTruncated", page.isTruncated)
            for (position, upload) in page.items.enumerated() {
                writer.element("Upload") { writer in
                    parameters.write("Key", upload.key.bytes, into: &writer)
                    writer.leaf("UploadId", upload.id.description)
                    writer.owner(output.initiators[position], as: "Initiator")
                    writer.owner(output.owners[position])
                    writer.leaf("StorageClass", upload.attributes.storageClass)
                    writer.leaf("Initiated", HTTPDate.iso8601(upload.initiated))
                    if let algorithm = upload.checksumAlgorithm {
                        writer.leaf("ChecksumAlgorithm", algorithm.s3Name)
                        writer.leaf("ChecksumType", ChecksumHeaders.name(of: upload.checksumKind))
                    }
                }
            }
            parameters.write(commonPrefixes: page.commonPrefixes, into: &writer)
        }
        response.setXML(writer)
    }
}
