// Why this file exists: whether transfers are accelerated: never, which is told by an empty document.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html

struct GetBucketAccelerateConfiguration: FixedConfiguration {
    static let name: StaticString = "GetBucketAccelerateConfiguration"
    static let route = Route(.get, .bucket, .accelerate)
    static let permissions: [Action] = ["s3:GetAccelerateConfiguration"]
    static let logName: StaticString = "REST.GET.ACCELERATE"

    static func write(into writer: inout XMLWriter) {
        writer.element("AccelerateConfiguration", namespace: XMLWriter.s3Namespace) { _ in }
    }
}
