// Why this file exists: whether a bucket has Object Lock, and its default retention.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
import ObjectCore

struct GetObjectLockConfiguration: S3Operation {
    static let name: StaticString = "GetObjectLockConfiguration"
    static let route = Route(.get, .bucket, .objectLock)
    static let permissions: [Action] = ["s3:GetBucketObjectLockConfiguration"]
    static let logName: StaticString = "REST.GET.OBJECT_LOCK"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> DefaultRetention? {
        let bucket = try context.bucket()
        guard bucket.hasObjectLock else {
            throw S3Error(.objectLockConfigurationNotFound, fields: ["BucketName": bucket.name])
        }
        return try context.looked { () throws(StoreError) in try context.store.defaultRetention(of: bucket) }
    }

    func encode(_ output: DefaultRetention?, into response: inout HTTPResponse) {
        ObjectLockDocument.write(output, into: &response)
    }
}
