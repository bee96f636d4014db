// Why this file exists: removing an empty bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
import ObjectCore

struct DeleteBucket: S3Operation {
    static let name: StaticString = "DeleteBucket"
    static let route = Route(.delete, .bucket)
    static let permissions: [Action] = ["s3:DeleteBucket"]
    static let logName: StaticString = "REST.DELETE.BUCKET"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        try await context.stored { () async throws(StoreError) in
            try await context.store.deleteBucket(bucket.name, origin: context.origin)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
