// Why this file exists: a training step reads hundreds of small objects, and a request for each costs more than its
// bytes. One signed request reads many, in order, each with its own status. It is Cairn's own operation, under a
// sub-resource whose prefix AWS does not use. See: docs/BATCH.md
import ObjectCore

struct BatchRead: S3Operation {
    static let name: StaticString = "BatchRead"
    static let route = Route(.post, .bucket, .cairnBatch)
    static let permissions: [Action] = ["s3:GetObject", "s3:GetObjectVersion"]
    static let logName: StaticString = "REST.POST.BATCH_READ"
    static let documentMaximum: Int? = BatchItems.documentMaximum
    static let isReadOnly = true
    static let tellsThePast = true

    let items: [(keyText: String, item: Result<BatchItem, S3Error>)]

    static func action(for request: VerifiedRequest) -> Action { ObjectRead.action(for: request) }

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        items = try BatchItems.decode(document)
    }

    func perform(in context: OperationContext) async throws(S3Error) -> BatchStream {
        let bucket = try context.bucket()
        // Each item is asked about by itself.
        context.authorized?.settleEach()
        return BatchStream(
            store: context.store, authorizer: context.authorizer, request: context.request,
            place: AccessPlace(bucket: bucket, access: try context.service.access(of: bucket)), now: context.now,
            run: context.run, keyring: context.service.configuration.keyring, items: items)
    }

    func encode(_ output: BatchStream, into response: inout HTTPResponse) {
        response.add("content-type", "application/x-tar")
        response.add("x-cairn-batch-items", String(items.count))
        response.body = .stream { writer in try await output.write(to: writer) }
    }
}
