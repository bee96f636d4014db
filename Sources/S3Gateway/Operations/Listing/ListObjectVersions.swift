// Why this file exists: all versions and delete markers, newest first within a key. Versions and markers stand in one
// sequence, as AWS writes them. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
import ObjectCore

struct ListObjectVersions: S3Operation {
    static let name: StaticString = "ListObjectVersions"
    static let route = Route(.get, .bucket, .versions)
    static let permissions: [Action] = ["s3:ListBucketVersions"]
    static let logName: StaticString = "REST.GET.BUCKETVERSIONS"
    static let tellsThePast = true

    struct Output {
        var bucket: String
        var now: Timestamp
        var page: ListingPage<ListedVersion>
        var owners: [ShownOwner]
    }

    let parameters: ListingParameters
    let keyMarker: String
    let versionMarkerText: String
    let versionMarker: VersionID?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        parameters = try ListingParameters(request)
        keyMarker = request.query("key-marker") ?? ""
        versionMarkerText = request.query("version-id-marker") ?? ""
        guard !versionMarkerText.isEmpty else {
            versionMarker = nil
            return
        }
        guard !keyMarker.isEmpty else {
            throw .invalidArgument(
                "A version-id marker cannot be specified without a key marker.", name: "version-id-marker",
                value: versionMarkerText)
        }
        guard let marker = VersionID(versionMarkerText) else {
            throw .invalidArgument(
                "Invalid version id specified", name: "version-id-marker", value: versionMarkerText)
        }
        versionMarker = marker
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let query = parameters.query(after: Array(keyMarker.utf8))
        let page: ListingPage<ListedVersion>
        if query.limit > 0 {
            page = try context.looked { () throws(StoreError) in
                try context.store.listVersions(query, versionMarker: versionMarker, in: bucket)
            }
        } else {
            page = ListingPage()
        }
        context.noteListed(Array(parameters.prefix.utf8), in: bucket)
        var shown = ShownOwners()
        return Output(
            bucket: bucket.name, now: context.now, page: page,
            owners: page.items.map { shown.owner($0.object.owner, in: context) })
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        let page = output.page
        var writer = XMLWriter()
        writer.element("ListVersionsResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Name", output.bucket)
            parameters.write("Prefix", parameters.prefix.utf8, into: &writer)
            parameters.write("KeyMarker", keyMarker.utf8, into: &writer)
            writer.leaf("VersionIdMarker", versionMarkerText)
            if page.isTruncated, let last = page.last {
                parameters.write("NextKeyMarker", last, into: &writer)
                // A common prefix that ends the page has no version.
                if let item = page.items.last, item.object.key.bytes == last {
                    writer.leaf("NextVersionIdMarker", item.object.versionID.description)
                }
            }
            writer.leaf("MaxKeys", parameters.pageSize)
            parameters.writeForm(into: &writer)
            writer.leaf("IsTruncated", page.isTruncated)
            for (item, owner) in zip(page.items, output.owners) {
                writer.element(item.isDeleteMarker ? "DeleteMarker" : "Version") { writer in
                    parameters.write("Key", item.object.key.bytes, into: &writer)
                    writer.leaf("VersionId", item.object.versionID.description)
                    writer.leaf("IsLatest", item.isLatest)
                    if item.isDeleteMarker {
                        writer.leaf("LastModified", HTTPDate.iso8601(item.object.modified))
                        writer.owner(owner)
                    } else {
                        parameters.write(item.object, owner: owner, now: output.now, into: &writer)
                    }
                }
            }
            parameters.write(commonPrefixes: page.commonPrefixes, into: &writer)
        }
        response.setXML(writer)
    }
}
