// Why this file exists: the listing that clients of today use: pages go on by an opaque token, and owners are told
// only when asked for.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
import ObjectCore

struct ListObjectsV2: S3Operation {
    static let name: StaticString = "ListObjectsV2"
    static let route = Route(.get, .bucket, needs: .listTypeTwo)
    static let permissions: [Action] = ["s3:ListBucket", "s3:ListBucketVersions"]
    static let logName: StaticString = "REST.GET.BUCKET"
    static let tellsThePast = true

    struct Output {
        var bucket: String
        var now: Timestamp
        var page: ListingPage<ListedObject>
        /// One for each item, when owners were asked for.
        var owners: [ShownOwner]
    }

    let parameters: ListingParameters
    let startAfter: String?
    let token: String?
    let after: [UInt8]
    let fetchesOwner: Bool

    static func action(for request: VerifiedRequest) -> Action { ListingParameters.action(for: request) }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        parameters = try ListingParameters(request)
        startAfter = request.query("start-after")
        token = request.query("continuation-token")
        // An empty token is none, but is told back.
        if let token, !token.isEmpty {
            after = try ContinuationToken.decode(token)
        } else {
            after = Array((startAfter ?? "").utf8)
        }
        fetchesOwner = request.query("fetch-owner")?.lowercased() == "true"
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let page = try context.list(parameters.query(after: after), in: bucket)
        context.noteListed(Array(parameters.prefix.utf8), in: bucket)
        var owners: [ShownOwner] = []
        if fetchesOwner {
            var shown = ShownOwners()
            owners = page.items.map { shown.owner($0.owner, in: context) }
        }
        return Output(bucket: bucket.name, now: context.now, page: page, owners: owners)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        let page = output.page
        var writer = XMLWriter()
        writer.element("ListBucketResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Name", output.bucket)
            parameters.write("Prefix", parameters.prefix.utf8, into: &writer)
            if let token { writer.leaf("ContinuationToken", token) }
            if let startAfter { parameters.write("StartAfter", startAfter.utf8, into: &writer) }
            writer.leaf("KeyCount", page.items.count + page.commonPrefixes.count)
            writer.leaf("MaxKeys", parameters.pageSize)
            parameters.writeForm(into: &writer)
            writer.leaf("IsTruncated", page.isTruncated)
            if page.isTruncated, let last = page.last {
                writer.leaf("NextContinuationToken", ContinuationToken.encode(last))
            }
            for (position, object) in page.items.enumerated() {
                writer.element("Contents") { writer in
                    parameters.write("Key", object.key.bytes, into: &writer)
                    parameters.write(
                        object, owner: fetchesOwner ? output.owners[position] : nil, now: output.now, into: &writer)
                }
            }
            parameters.write(commonPrefixes: page.commonPrefixes, into: &writer)
        }
        response.setXML(writer)
    }
}

extension OperationContext {
    /// A page of current objects; a page of nothing is answered without asking the store.
    func list(_ query: ListingQuery, in bucket: Bucket) throws(S3Error) -> ListingPage<ListedObject> {
        guard query.limit > 0 else { return ListingPage() }
        return try looked { () throws(StoreError) in try store.list(query, in: bucket) }
    }
}
