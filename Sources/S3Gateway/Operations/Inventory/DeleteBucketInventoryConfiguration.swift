// Why this file exists: no more reports of an inventory. Those that were delivered stay.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html
import ObjectCore

struct DeleteBucketInventoryConfiguration: S3Operation {
    static let name: StaticString = "DeleteBucketInventoryConfiguration"
    static let route = Route(.delete, .bucket, .inventory)
    static let permissions: [Action] = ["s3:PutInventoryConfiguration"]
    static let logName: StaticString = "REST.DELETE.INVENTORY"

    let id: String

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        id = try request.request.inventoryID()
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        let name = InventoryConfiguration.settingName(id)
        guard context.store.bucketSetting(name, of: bucket) != nil else { throw S3Error(.noSuchConfiguration) }
        try await context.set(named: name, to: nil)
        // One that is made under this id later is due at once.
        try await context.stored { () async throws(StoreError) in
            try await context.store.setMark(InventorySchedule.mark(of: id, bucket: bucket), to: nil)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) { response.status = 204 }
}
