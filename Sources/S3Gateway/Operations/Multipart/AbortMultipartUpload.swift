// Why this file exists: giving an upload up; its parts become garbage.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
import ObjectCore

struct AbortMultipartUpload: S3Operation {
    static let name: StaticString = "AbortMultipartUpload"
    static let route = Route(.delete, .object, .uploadId)
    static let permissions: [Action] = ["s3:AbortMultipartUpload"]
    static let logName: StaticString = "REST.DELETE.UPLOAD"

    let id: UploadID

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        id = try authorized.request.uploadID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        let key = try context.key()
        if context.isUnsettled { _ = try context.upload(id, in: bucket) }
        try await context.stored { () async throws(StoreError) in
            try await context.store.abortUpload(id, of: key, in: bucket, origin: context.origin)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
