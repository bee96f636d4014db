// Why this file exists: the first form of listing, still the default of rclone, s3cmd and s3fs: pages go on by a key,
// and `NextMarker` is told only with a delimiter.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
import ObjectCore

struct ListObjects: S3Operation {
    static let name: StaticString = "ListObjects"
    static let route = Route(.get, .bucket)
    static let permissions: [Action] = ["s3:ListBucket", "s3:ListBucketVersions"]
    static let logName: StaticString = "REST.GET.BUCKET"
    static let tellsThePast = true

    struct Output {
        var bucket: String
        var now: Timestamp
        var page: ListingPage<ListedObject>
        /// One for each item.
        var owners: [ShownOwner]
    }

    let parameters: ListingParameters
    let marker: String

    static func action(for request: VerifiedRequest) -> Action { ListingParameters.action(for: request) }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        parameters = try ListingParameters(authorized.request)
        marker = authorized.request.query("marker") ?? ""
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let page = try context.list(parameters.query(after: Array(marker.utf8)), in: bucket)
        context.noteListed(Array(parameters.prefix.utf8), in: bucket)
        var shown = ShownOwners()
        return Output(
            bucket: bucket.name, now: context.now, page: page,
            owners: page.items.map { shown.owner($0.owner, in: context) })
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        let page = output.page
        var writer = XMLWriter()
        writer.element("ListBucketResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Name", output.bucket)
            parameters.write("Prefix", parameters.prefix.utf8, into: &writer)
            parameters.write("Marker", marker.utf8, into: &writer)
            if page.isTruncated, parameters.delimiter != nil, let last = page.last {
                parameters.write("NextMarker", last, into: &writer)
            }
            writer.leaf("MaxKeys", parameters.pageSize)
            parameters.writeForm(into: &writer)
            writer.leaf("IsTruncated", page.isTruncated)
            for (object, owner) in zip(page.items, output.owners) {
                writer.element("Contents") { writer in
                    parameters.write("Key", object.key.bytes, into: &writer)
                    parameters.write(object, owner: owner, now: output.now, into: &writer)
                }
            }
            parameters.write(commonPrefixes: page.commonPrefixes, into: &writer)
        }
        response.setXML(writer)
    }
}
