// Why this file exists: switching versions on, or suspending them; they cannot be switched off again.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
import ObjectCore

struct PutBucketVersioning: S3Operation {
    static let name: StaticString = "PutBucketVersioning"
    static let route = Route(.put, .bucket, .versioning)
    static let permissions: [Action] = ["s3:PutBucketVersioning"]
    static let logName: StaticString = "REST.PUT.VERSIONING"
    static let documentMaximum: Int? = 64 * 1024

    let state: VersioningState

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        state = try VersioningDocument.state(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        guard !(bucket.hasObjectLock && state == .suspended) else {
            throw S3Error(
                .invalidBucketState,
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
        }
        let replication = context.store.bucketSetting(ReplicationConfiguration.settingName, of: bucket)
        guard state == .enabled || replication == nil else {
            throw S3Error(
                .invalidBucketState,
                "A replication configuration is present on this bucket, so the versioning state cannot be changed.")
        }
        try await context.stored { () async throws(StoreError) in
            try await context.store.setVersioning(state, of: bucket, origin: context.origin)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
