// Why this file exists: the buckets of the account that asks, and the snapshots of them, in the order of names, by pages.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
import ObjectCore

struct ListBuckets: S3Operation {
    static let name: StaticString = "ListBuckets"
    static let route = Route(.get, .service)
    static let permissions: [Action] = [.listAllMyBuckets]
    static let logName: StaticString = "REST.GET.SERVICE"

    /// The most buckets on one page; without `max-buckets` all of them are one page, as on AWS.
    static let pageMaximum = 10_000

    struct Output {
        var buckets: [Bucket]
        var owner: ShownOwner
        var continuation: String?
    }

    let prefix: String
    let region: String?
    let pageSize: Int
    let after: String?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        prefix = request.query("prefix") ?? ""
        region = request.query("bucket-region")
        pageSize =
            try request.number(
                "max-buckets", in: 1...ListBuckets.pageMaximum,
                message: "Argument max-buckets must be an integer between 1 and 10000") ?? ListBuckets.pageMaximum
        after = try request.query("continuation-token").map { token throws(S3Error) in
            String(decoding: try ContinuationToken.decode(token), as: UTF8.self)
        }
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let all = context.store.bucketsAndSnapshots(owner: context.account).filter { bucket in
            bucket.name.hasPrefix(prefix) && (region == nil || bucket.region == region)
                && (after.map { $0 < bucket.name } ?? true)
        }
        let page = Array(all.prefix(pageSize))
        let continuation =
            page.count < all.count ? page.last.map { ContinuationToken.encode(Array($0.name.utf8)) } : nil
        return Output(buckets: page, owner: context.shownOwner(context.account), continuation: continuation)
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("ListAllMyBucketsResult", namespace: XMLWriter.s3Namespace) { writer in
            writer.owner(output.owner)
            writer.element("Buckets") { writer in
                for bucket in output.buckets {
                    writer.element("Bucket") { writer in
                        writer.leaf("Name", bucket.name)
                        writer.leaf("CreationDate", HTTPDate.iso8601(bucket.created))
                        writer.leaf("BucketRegion", bucket.region)
                    }
                }
            }
            if !prefix.isEmpty { writer.leaf("Prefix", prefix) }
            if let continuation = output.continuation { writer.leaf("ContinuationToken", continuation) }
        }
        response.setXML(writer)
    }
}
