// Why this file exists: a bucket asks that the journal does not name persons: keys and whoever asked enter as salted
// commitments. It is Cairn's own operation, under a sub-resource whose prefix AWS does not use.
// See: docs/LINEAGE.md, "Names that can be erased"
import ObjectCore

struct PutBucketCommitments: S3Operation {
    static let name: StaticString = "PutBucketCommitments"
    static let route = Route(.put, .bucket, .cairnCommitments)
    static let permissions: [Action] = ["cairn:PutBucketCommitments"]
    static let logName: StaticString = "REST.PUT.COMMITMENTS"
    static let documentMaximum: Int? = 64 * 1024

    private let isOn: Bool

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        guard !document.isEmpty else { throw S3Error(.missingRequestBody) }
        switch try XMLReader.read(document, root: CommitmentsDocument.root).child("Status")?.trimmedText {
        case CommitmentsDocument.enabled: isOn = true
        case CommitmentsDocument.disabled: isOn = false
        default: throw S3Error(.malformedXML)
        }
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        // What is so already is not journalled again.
        guard try context.store.hasCommitments(context.bucket()) != isOn else { return NoOutput() }
        try await context.set(named: ObjectStore.commitmentsSetting, to: isOn ? [1] : nil)
        return NoOutput()
    }

    // Said where it is switched, as it cannot be made up for afterwards.
    func encode(_ output: NoOutput, into response: inout HTTPResponse) {
        response.add("x-cairn-note", "entries of the journal from before stay as they are")
    }
}

/// The document by which it is asked for and told.
enum CommitmentsDocument {
    static let root = "CommitmentsConfiguration"
    static let enabled = "Enabled"
    static let disabled = "Disabled"
}
