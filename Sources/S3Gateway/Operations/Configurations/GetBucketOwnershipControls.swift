// Why this file exists: who owns objects in a bucket.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
import ObjectCore

struct GetBucketOwnershipControls: S3Operation {
    static let name: StaticString = "GetBucketOwnershipControls"
    static let route = Route(.get, .bucket, .ownershipControls)
    static let permissions: [Action] = ["s3:GetBucketOwnershipControls"]
    static let logName: StaticString = "REST.GET.OWNERSHIP_CONTROLS"

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> ObjectOwnership {
        let bucket = try context.bucket()
        let ownership = try context.service.access(of: bucket).ownership
        guard ownership != .none else {
            throw S3Error(.ownershipControlsNotFound, fields: ["BucketName": bucket.name])
        }
        return ownership
    }

    func encode(_ output: ObjectOwnership, into response: inout HTTPResponse) {
        OwnershipControlsDocument.write(output, into: &response)
    }
}
