// Why this file exists: asking for an inventory of a bucket. Whether reports may be put where they go is the destination's
// to say, in its policy, and is asked for each report.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
import ObjectCore

struct PutBucketInventoryConfiguration: S3Operation {
    static let name: StaticString = "PutBucketInventoryConfiguration"
    static let route = Route(.put, .bucket, .inventory)
    static let permissions: [Action] = ["s3:PutInventoryConfiguration"]
    static let logName: StaticString = "REST.PUT.INVENTORY"
    static let documentMaximum: Int? = InventoryConfiguration.lengthMaximum

    let configuration: InventoryConfiguration

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        configuration = try InventoryConfiguration(document)
        let id = try request.request.inventoryID()
        guard id == configuration.id else {
            throw .invalidArgument("The id of the request and of its document differ.", name: "id", value: id)
        }
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        guard let target = try? context.store.bucket(configuration.destination.bucket), target.snapshot == nil else {
            throw S3Error(
                .invalidS3DestinationBucket, fields: ["DestinationBucket": configuration.destination.bucket])
        }
        let name = InventoryConfiguration.settingName(configuration.id)
        let settings = context.store.allBucketSettings(of: bucket) ?? [:]
        let count = settings.keys.count { $0.hasPrefix(InventoryConfiguration.settingPrefix) }
        guard settings[name] != nil || count < InventoryConfiguration.countMaximum else {
            throw S3Error(.tooManyConfigurations)
        }
        try await context.set(named: name, to: configuration.document)
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}

extension VerifiedRequest {
    /// The configuration that the query names.
    func inventoryID() throws(S3Error) -> String {
        let id = query("id") ?? ""
        guard InventoryConfiguration.isID(id) else {
            throw .invalidArgument("The ID is not valid.", name: "id", value: id)
        }
        return id
    }
}
