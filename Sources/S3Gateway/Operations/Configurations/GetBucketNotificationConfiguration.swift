// Why this file exists: who is told of changes: nobody, which is told by an empty document.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html

struct GetBucketNotificationConfiguration: FixedConfiguration {
    static let name: StaticString = "GetBucketNotificationConfiguration"
    static let route = Route(.get, .bucket, .notification)
    static let permissions: [Action] = ["s3:GetBucketNotification"]
    static let logName: StaticString = "REST.GET.NOTIFICATION"

    static func write(into writer: inout XMLWriter) {
        writer.element("NotificationConfiguration", namespace: XMLWriter.s3Namespace) { _ in }
    }
}
