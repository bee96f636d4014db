// Why this file exists: all inventories of a bucket, in pages of a hundred, as on AWS.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html
import ObjectCore

struct ListBucketInventoryConfigurations: S3Operation {
    static let name: StaticString = "ListBucketInventoryConfigurations"
    static let route = Route(.get, .bucket, .inventory)
    static let permissions: [Action] = ["s3:GetInventoryConfiguration"]
    static let logName: StaticString = "REST.GET.INVENTORY"
    private static let pageLength = 100

    struct Output {
        var configurations: [InventoryConfiguration]
        var isTruncated: Bool
    }

    /// The last id of the page before.
    private let after: String
    private let token: String?

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        token = request.request.query("continuation-token").flatMap { $0.isEmpty ? nil : $0 }
        after =
            try token.map { text throws(S3Error) in
                String(decoding: try ContinuationToken.decode(text), as: UTF8.self)
            } ?? ""
    }

    func perform(in context: OperationContext) async throws(S3Error) -> Output {
        let bucket = try context.bucket()
        let prefix = InventoryConfiguration.settingPrefix
        let settings = (context.store.allBucketSettings(of: bucket) ?? [:])
            .filter { $0.key.hasPrefix(prefix) && prefix + after < $0.key }
            .sorted { $0.key < $1.key }
        var output = Output(configurations: [], isTruncated: settings.count > Self.pageLength)
        for setting in settings.prefix(Self.pageLength) {
            output.configurations.append(try InventoryConfiguration(setting.value))
        }
        return output
    }

    func encode(_ output: Output, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("ListInventoryConfigurationsResult", namespace: XMLWriter.s3Namespace) { writer in
            if let token { writer.leaf("ContinuationToken", token) }
            for configuration in output.configurations {
                writer.element("InventoryConfiguration") { configuration.write(into: &$0) }
            }
            writer.leaf("IsTruncated", output.isTruncated)
            if output.isTruncated, let last = output.configurations.last {
                writer.leaf("NextContinuationToken", ContinuationToken.encode(Array(last.id.utf8)))
            }
        }
        response.setXML(writer)
    }
}
