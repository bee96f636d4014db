// Why this file exists: where access to a bucket is logged to: nowhere, which is told by an empty document.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html

struct GetBucketLogging: FixedConfiguration {
    static let name: StaticString = "GetBucketLogging"
    static let route = Route(.get, .bucket, .logging)
    static let permissions: [Action] = ["s3:GetBucketLogging"]
    static let logName: StaticString = "REST.GET.LOGGING_STATUS"

    static func write(into writer: inout XMLWriter) {
        writer.element("BucketLoggingStatus", namespace: XMLWriter.s3Namespace) { _ in }
    }
}
