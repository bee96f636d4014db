// Why this file exists: the parameters that all listings share, and their traps: an empty delimiter is none, a page
// of no keys is a legal question, and `encoding-type=url` changes how every name in the answer is written.
import ObjectCore

/// What a listing asks, whichever operation asks it.
struct ListingParameters: Sendable {
    /// The most entries on a page; larger wishes are cut to it, as on AWS.
    static let pageMaximum = 1000

    let prefix: String
    /// Nil when there is none, or an empty one.
    let delimiter: String?
    /// As the client asked, cut to ``pageMaximum``.
    let pageSize: Int
    let encodesURL: Bool
    /// Whether the state of restores is told: `x-amz-optional-object-attributes: RestoreStatus`.
    let tellsRestores: Bool

    /// - Parameter pageName: `max-keys` or `max-uploads`.
    init(_ request: VerifiedRequest, pageName: String = "max-keys") throws(S3Error) {
        prefix = request.query("prefix") ?? ""
        tellsRestores = try ListingParameters.tellsRestores(request)
        let delimiter = request.query("delimiter") ?? ""
        self.delimiter = delimiter.isEmpty ? nil : delimiter
        if let text = request.query(pageName), !text.isEmpty {
            guard let number = ASCII.decimal(text.utf8), number <= Int64(Int32.max) else {
                throw .invalidArgument(
                    "Argument \(pageName) must be an integer between 0 and 2147483647", name: pageName, value: text)
            }
            pageSize = min(Int(number), ListingParameters.pageMaximum)
        } else {
            pageSize = ListingParameters.pageMaximum
        }
        switch request.query("encoding-type") {
        case nil, "": encodesURL = false
        case "url": encodesURL = true
        case .some(let other):
            throw .invalidArgument("Invalid Encoding Method specified in Request", name: "encoding-type", value: other)
        }
    }

    private static func tellsRestores(_ request: VerifiedRequest) throws(S3Error) -> Bool {
        guard let text = request.header("x-amz-optional-object-attributes") else { return false }
        for name in text.split(separator: ",") {
            guard ASCII.trimmed(Array(name.utf8)[...]).elementsEqual("RestoreStatus".utf8) else {
                throw .invalidArgument(
                    "Invalid attribute name specified.", name: "x-amz-optional-object-attributes", value: text)
            }
        }
        return !text.isEmpty
    }

    /// Listing the past shows versions that are current no more.
    static func action(for request: VerifiedRequest) -> Action {
        request.namesVersion ? "s3:ListBucketVersions" : "s3:ListBucket"
    }

    /// The question to the store.
    func query(after: [UInt8]) -> ListingQuery {
        var query = ListingQuery()
        query.prefix = Array(prefix.utf8)
        query.delimiter = Array((delimiter ?? "").utf8)
        query.after = after
        query.limit = pageSize
        query.tellsRestores = tellsRestores
        return query
    }

    /// Writes a name as the client wants it.
    func write(_ name: StaticString, _ text: some Sequence<UInt8>, into writer: inout XMLWriter) {
        if encodesURL {
            writer.leaf(name, PercentCoding.encoded(text, keepingSlash: true))
        } else {
            writer.leaf(name, bytes: Array(text))
        }
    }

    /// `<CommonPrefixes>`, one element for each.
    func write(commonPrefixes: [[UInt8]], into writer: inout XMLWriter) {
        for prefix in commonPrefixes {
            writer.element("CommonPrefixes") { write("Prefix", prefix, into: &$0) }
        }
    }

    /// `<Delimiter>` and `<EncodingType>` where they were asked for.
    func writeForm(into writer: inout XMLWriter) {
        if let delimiter { write("Delimiter", delimiter.utf8, into: &writer) }
        if encodesURL { writer.leaf("EncodingType", "url") }
    }

    /// `<Contents>` or `<Version>`, without what only one of them has.
    /// - Parameter now: a restore that is over by then is told no more.
    func write(_ object: ListedObject, owner: ShownOwner?, now: Timestamp, into writer: inout XMLWriter) {
        writer.leaf("LastModified", HTTPDate.iso8601(object.modified))
        writer.leaf("ETag", EntityTags.quoted(object.etag))
        if let checksum = object.checksum {
            writer.leaf("ChecksumAlgorithm", checksum.algorithm.s3Name)
            writer.leaf("ChecksumType", ChecksumHeaders.name(of: checksum.kind))
        }
        writer.leaf("Size", object.size)
        writer.leaf("StorageClass", object.storageClass)
        if let owner { writer.owner(owner) }
        guard let until = object.restoredUntil, until > now else { return }
        writer.element("RestoreStatus") { writer in
            writer.leaf("IsRestoreInProgress", false)
            writer.leaf("RestoreExpiryDate", HTTPDate.iso8601(until))
        }
    }
}

/// Names of the accounts on one page; nearly always there is one.
struct ShownOwners {
    private var known: [ShownOwner] = []
    /// The bucket's owner, where it owns whatever others wrote.
    private var overall: String??

    /// The owner of an object of the request's bucket that `account` wrote.
    mutating func owner(_ account: String, in context: OperationContext) -> ShownOwner {
        if overall == nil { overall = .some(context.ownerOfAll()) }
        if let overall, let owner = overall { return self.account(owner, in: context) }
        return self.account(account.isEmpty ? context.bucketOrNil?.owner ?? "" : account, in: context)
    }

    mutating func account(_ account: String, in context: OperationContext) -> ShownOwner {
        if let owner = known.first(where: { $0.id == account }) { return owner }
        let owner = context.shownOwner(account)
        known.append(owner)
        return owner
    }
}
