// Why this file exists: choosing the bucket that access to this one is logged into. Both must belong to one account, and
// who chooses must be allowed to write there himself: logs are no way around a permission.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
import ObjectCore

struct PutBucketLogging: S3Operation {
    static let name: StaticString = "PutBucketLogging"
    static let route = Route(.put, .bucket, .logging)
    static let permissions: [Action] = ["s3:PutBucketLogging"]
    static let logName: StaticString = "REST.PUT.LOGGING_STATUS"
    static let documentMaximum: Int? = LoggingConfiguration.lengthMaximum

    /// Nil switches logging off.
    let configuration: LoggingConfiguration?

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        configuration = try LoggingConfiguration.read(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        guard let configuration else {
            try await context.set(.logging, to: nil)
            return NoOutput()
        }
        let bucket = try context.bucket()
        guard let target = try? context.store.bucket(configuration.targetBucket) else {
            throw PutBucketLogging.refusal("The target bucket for logging does not exist", configuration)
        }
        guard target.owner == bucket.owner else {
            throw PutBucketLogging.refusal(
                "The owner for the bucket to be logged and the target bucket must be the same.", configuration)
        }
        let isLocked = try context.looked { () throws(StoreError) in try context.store.defaultRetention(of: target) }
        guard isLocked == nil else {
            throw PutBucketLogging.refusal("The target bucket must not have a default retention", configuration)
        }
        let key = try context.looked { () throws(StoreError) in try ObjectKey(configuration.targetPrefix + "log") }
        try context.check("s3:PutObject", on: target, key: key)
        let ownership = context.store.bucketSetting("ownership", of: target)
        guard configuration.grants.isEmpty || (ownership != nil && ownership != Array("BucketOwnerEnforced".utf8))
        else {
            throw .invalidArgument(
                "Target grants are not supported for a target bucket with the bucket owner enforced setting",
                name: "TargetGrants", value: target.name)
        }
        try await context.set(.logging, to: configuration.document)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}

    private static func refusal(_ message: String, _ configuration: LoggingConfiguration) -> S3Error {
        S3Error(
            .invalidTargetBucketForLogging, message, fields: ["TargetBucket": configuration.targetBucket])
    }
}
