// Why this file exists: whether a bucket was configured to have an accelerated endpoint; never configured is told by an
// empty document. See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html

struct GetBucketAccelerateConfiguration: StoredDocument {
    static let name: StaticString = "GetBucketAccelerateConfiguration"
    static let route = Route(.get, .bucket, .accelerate)
    static let permissions: [Action] = ["s3:GetAccelerateConfiguration"]
    static let logName: StaticString = "REST.GET.ACCELERATE"
    static let setting = BucketSettingName.accelerate
    static let absence: S3Error.Code? = nil

    static func empty(_ writer: inout XMLWriter) {
        writer.element("AccelerateConfiguration", namespace: XMLWriter.s3Namespace) { _ in }
    }
}
