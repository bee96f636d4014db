// Why this file exists: whether entries of the journal have commitments in the place of a bucket's keys and of whoever
// asked.
import ObjectCore

struct GetBucketCommitments: S3Operation {
    static let name: StaticString = "GetBucketCommitments"
    static let route = Route(.get, .bucket, .cairnCommitments)
    static let permissions: [Action] = ["cairn:GetBucketCommitments"]
    static let logName: StaticString = "REST.GET.COMMITMENTS"
    static let isReadOnly = true

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> Bool {
        context.store.hasCommitments(try context.bucket())
    }

    func encode(_ output: Bool, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("CommitmentsConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Status", output ? CommitmentsDocument.enabled : CommitmentsDocument.disabled)
        }
        response.add("content-type", "application/xml")
        response.body = .bytes(writer.bytes)
    }
}
