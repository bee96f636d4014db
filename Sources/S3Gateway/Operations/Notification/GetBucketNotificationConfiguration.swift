// Why this file exists: who is told of what happens in a bucket; nobody is told by an empty document.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
import ObjectCore

struct GetBucketNotificationConfiguration: S3Operation {
    static let name: StaticString = "GetBucketNotificationConfiguration"
    static let route = Route(.get, .bucket, .notification)
    static let permissions: [Action] = ["s3:GetBucketNotification"]
    static let logName: StaticString = "REST.GET.NOTIFICATION"

    init(decoding request: AuthorizedRequest, document: [UInt8]) throws(S3Error) {}

    func perform(in context: OperationContext) async throws(S3Error) -> NotificationConfiguration {
        let bucket = try context.bucket()
        guard let bytes = context.store.bucketSetting(NotificationConfiguration.settingName, of: bucket) else {
            return NotificationConfiguration()
        }
        return try context.looked { () throws(StoreError) in
            try context.service.decodedNotifications.value(of: bucket.id, from: bytes) { bytes throws(StoreError) in
                try NotificationConfiguration(encoded: bytes)
            }
        }
    }

    func encode(_ output: NotificationConfiguration, into response: inout HTTPResponse) {
        NotificationDocument.write(output, into: &response)
    }
}
