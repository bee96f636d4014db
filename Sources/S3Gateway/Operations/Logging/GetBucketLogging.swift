// Why this file exists: where access to a bucket is logged to; nowhere is told by an empty document.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html

struct GetBucketLogging: StoredDocument {
    static let name: StaticString = "GetBucketLogging"
    static let route = Route(.get, .bucket, .logging)
    static let permissions: [Action] = ["s3:GetBucketLogging"]
    static let logName: StaticString = "REST.GET.LOGGING_STATUS"
    static let setting = BucketSettingName.logging
    static let absence: S3Error.Code? = nil

    static func empty(_ writer: inout XMLWriter) {
        writer.element("BucketLoggingStatus", namespace: XMLWriter.s3Namespace) { _ in }
    }
}
