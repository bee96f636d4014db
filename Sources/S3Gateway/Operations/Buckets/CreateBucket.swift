// Why this file exists: making a bucket. Making one's own bucket again succeeds in us-east-1 and is refused elsewhere,
// as AWS does. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
import ObjectCore

struct CreateBucket: S3Operation {
    static let name: StaticString = "CreateBucket"
    static let route = Route(.put, .bucket)
    static let permissions: [Action] = [.createBucket, "s3:TagResource"]
    static let logName: StaticString = "REST.PUT.BUCKET"
    static let documentMaximum: Int? = 64 * 1024
    static let needsBucket = false

    /// The region without a location constraint.
    static let classicRegion = "us-east-1"

    /// The longest name of a region, in bytes; AWS's longest has 16.
    static let regionNameMax = 64

    // What a region may be called by whoever makes a bucket: the names of AWS and of other makers of stores have this
    // form.
    private static func isRegionName(_ text: String) -> Bool {
        text.utf8.count <= regionNameMax
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    let bucket: String
    let location: String?
    let tags: [NameValue]
    let hasObjectLock: Bool
    let accessControl: AccessControlHeaders
    let ownership: ObjectOwnership?

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        let request = authorized.request
        bucket = request.resource.bucket ?? ""
        guard BucketName.isValid(bucket) else { throw S3Error(.invalidBucketName, fields: ["BucketName": bucket]) }
        accessControl = try AccessControlHeaders(request)
        ownership = try request.header("x-amz-object-ownership").map { text throws(S3Error) in
            try ObjectOwnership(requested: text, name: "x-amz-object-ownership")
        }
        switch request.header("x-amz-bucket-object-lock-enabled")?.lowercased() {
        case nil, "false": hasObjectLock = false
        case "true": hasObjectLock = true
        case .some(let other):
            throw .invalidArgument(
                "The value must be true or false.", name: "x-amz-bucket-object-lock-enabled", value: other)
        }
        let wanted = try CreateBucketDocument(document)
        location = wanted.location
        tags = wanted.tags
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let region = context.service.configuration.region
        // `EU` is the oldest name of eu-west-1 and still sent.
        let wanted = location == "EU" ? "eu-west-1" : location ?? region
        guard wanted == region || context.service.configuration.takesAnyRegion && CreateBucket.isRegionName(wanted)
        else {
            throw S3Error(
                .illegalLocationConstraint,
                "The \(wanted) location constraint is incompatible for the region specific endpoint this request was "
                    + "sent to.")
        }
        try checkTags(in: context)
        let grants = try context.grants(accessControl, owner: context.account, bucketOwner: nil)
        let ownership = ownership ?? context.service.configuration.objectOwnership
        guard ownership != .bucketOwnerEnforced || grants == nil else {
            throw S3Error(.invalidBucketAclWithObjectOwnership)
        }
        var settings: [String: [UInt8]] = [:]
        if ownership != .bucketOwnerEnforced { settings[BucketSettingName.ownership.rawValue] = ownership.setting }
        if let grants { settings[BucketSettingName.acl.rawValue] = AccessGrant.encode(grants) }
        if !tags.isEmpty { settings[BucketSettingName.tagging.rawValue] = TaggingDocument.document(tags) }
        do {
            _ = try await context.store.createBucket(
                bucket, owner: context.account, region: wanted, hasObjectLock: hasObjectLock, settings: settings,
                origin: context.origin)
        } catch .bucketExists(_, isOwn: true)
            where wanted == CreateBucket.classicRegion && (!hasObjectLock || context.bucketOrNil?.hasObjectLock == true)
        {
            return try await remake(in: context)
        } catch {
            throw S3Error(error, bucket: bucket)
        }
        return NoOutput()
    }

    // Policies may ask for the tags that are sent, and the question before the document was read did not know them.
    private func checkTags(in context: OperationContext) throws(S3Error) {
        guard !tags.isEmpty else { return }
        var facts = RequestConditions.Facts()
        facts.requestTags = tags
        for action in CreateBucket.permissions { try context.checkWithoutBucket(action, facts: facts) }
    }

    // The list is the one thing of a bucket that making it again in us-east-1 changes.
    private func remake(in context: OperationContext) async throws(S3Error) -> NoOutput {
        guard let bucket = context.bucketOrNil else { throw S3Error(.operationAborted) }
        guard bucket.region == CreateBucket.classicRegion else {
            throw S3Error(.bucketAlreadyOwnedByYou, fields: ["BucketName": bucket.name])
        }
        let access = try context.service.access(of: bucket)
        let hasTags =
            tags.isEmpty
            || context.store.bucketSetting(BucketSettingName.tagging.rawValue, of: bucket)
                == TaggingDocument.document(tags)
        guard hasTags, ownership == nil || ownership == access.ownership else {
            throw S3Error(.bucketAlreadyOwnedByYou, fields: ["BucketName": bucket.name])
        }
        let grants = try context.grants(accessControl, owner: bucket.owner, bucketOwner: nil)
        guard !access.listsAreOff else {
            guard grants == nil else { throw S3Error(.invalidBucketAclWithObjectOwnership) }
            return NoOutput()
        }
        try context.checkBlock(grants, access)
        try await context.set(.acl, to: grants.map(AccessGrant.encode))
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {
        response.add("location", "/" + bucket)
    }
}
