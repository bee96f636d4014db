// Why this file exists: one inventory of a bucket, as it was asked for.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html
import ObjectCore

struct GetBucketInventoryConfiguration: S3Operation {
    static let name: StaticString = "GetBucketInventoryConfiguration"
    static let route = Route(.get, .bucket, .inventory, needs: .configurationID)
    static let permissions: [Action] = ["s3:GetInventoryConfiguration"]
    static let logName: StaticString = "REST.GET.INVENTORY"

    let id: String

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        id = try request.request.inventoryID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> [UInt8] {
        let bucket = try context.bucket()
        guard let document = context.store.bucketSetting(InventoryConfiguration.settingName(id), of: bucket) else {
            throw S3Error(.noSuchConfiguration)
        }
        return document
    }

    func encode(_ output: [UInt8], into response: inout HTTPResponse) {
        response.add("content-type", "application/xml")
        response.body = .bytes(output)
    }
}
