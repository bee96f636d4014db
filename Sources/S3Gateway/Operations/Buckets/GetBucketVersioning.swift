// Why this file exists: whether a bucket keeps versions. A bucket that never did answers an empty document.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
import ObjectCore

struct GetBucketVersioning: S3Operation {
    static let name: StaticString = "GetBucketVersioning"
    static let route = Route(.get, .bucket, .versioning)
    static let permissions: [Action] = ["s3:GetBucketVersioning"]
    static let logName: StaticString = "REST.GET.VERSIONING"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> VersioningState {
        try context.bucket().versioning
    }

    func encode(_ output: VersioningState, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("VersioningConfiguration", namespace: XMLWriter.s3Namespace) { writer in
            switch output {
            case .never: break
            case .enabled: writer.leaf("Status", "Enabled")
            case .suspended: writer.leaf("Status", "Suspended")
            }
        }
        response.setXML(writer)
    }
}
