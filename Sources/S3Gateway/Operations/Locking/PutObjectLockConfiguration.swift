// Why this file exists: switching Object Lock on for a bucket that keeps versions, and choosing what its objects get
// when they come without a retention of their own. It cannot be switched off.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
import ObjectCore

struct PutObjectLockConfiguration: S3Operation {
    static let name: StaticString = "PutObjectLockConfiguration"
    static let route = Route(.put, .bucket, .objectLock)
    static let permissions: [Action] = ["s3:PutBucketObjectLockConfiguration"]
    static let logName: StaticString = "REST.PUT.OBJECT_LOCK"
    static let documentMaximum: Int? = ObjectLockDocument.lengthMaximum

    let retention: DefaultRetention?

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        retention = try ObjectLockDocument.defaultRetention(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        guard bucket.versioning == .enabled else {
            throw S3Error(
                .invalidBucketState,
                "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
        }
        _ = try await context.stored { () async throws(StoreError) in
            try await context.store.setObjectLock(default: retention, of: bucket, origin: context.origin)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
