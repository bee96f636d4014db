// Why this file exists: the region of a bucket, in its historical form: us-east-1 is an empty element.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
import ObjectCore

struct GetBucketLocation: S3Operation {
    static let name: StaticString = "GetBucketLocation"
    static let route = Route(.get, .bucket, .location)
    static let permissions: [Action] = ["s3:GetBucketLocation"]
    static let logName: StaticString = "REST.GET.LOCATION"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> Bucket { try context.bucket() }

    func encode(_ output: Bucket, into response: inout HTTPResponse) {
        var writer = XMLWriter()
        writer.element("LocationConstraint", namespace: XMLWriter.s3Namespace) { writer in
            if output.region != CreateBucket.classicRegion { writer.text(output.region) }
        }
        response.setXML(writer)
    }
}
