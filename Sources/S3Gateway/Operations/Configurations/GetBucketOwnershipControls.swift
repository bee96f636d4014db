// Why this file exists: who owns objects: always the owner of the bucket, as in a new bucket on AWS.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html

struct GetBucketOwnershipControls: FixedConfiguration {
    static let name: StaticString = "GetBucketOwnershipControls"
    static let route = Route(.get, .bucket, .ownershipControls)
    static let permissions: [Action] = ["s3:GetBucketOwnershipControls"]
    static let logName: StaticString = "REST.GET.OWNERSHIP_CONTROLS"

    static func write(into writer: inout XMLWriter) {
        writer.element("OwnershipControls", namespace: XMLWriter.s3Namespace) { writer in
            writer.element("Rule") { $0.leaf("ObjectOwnership", "BucketOwnerEnforced") }
        }
    }
}
