// Why this file exists: whether tags of the bucket decide who may use it: they do not.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html

struct GetBucketAbac: FixedConfiguration {
    static let name: StaticString = "GetBucketAbac"
    static let route = Route(.get, .bucket, .abac)
    static let permissions: [Action] = ["s3:GetBucketAbac"]
    static let logName: StaticString = "REST.GET.ABAC"

    static func write(into writer: inout XMLWriter) {
        writer.element("AbacStatus", namespace: XMLWriter.s3Namespace) { writer in
            writer.leaf("Status", "Disabled")
        }
    }
}
