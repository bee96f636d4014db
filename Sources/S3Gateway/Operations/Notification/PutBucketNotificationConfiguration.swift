// Why this file exists: setting who is told of what happens in a bucket. A destination is the name of a webhook that the
// operator configured; each is sent a test event in the same commit.
// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
import ObjectCore

struct PutBucketNotificationConfiguration: S3Operation {
    static let name: StaticString = "PutBucketNotificationConfiguration"
    static let route = Route(.put, .bucket, .notification)
    static let permissions: [Action] = ["s3:PutBucketNotification"]
    static let logName: StaticString = "REST.PUT.NOTIFICATION"
    static let documentMaximum: Int? = NotificationDocument.lengthMaximum

    let configuration: NotificationConfiguration
    /// What the header leaves out is the test event; a destination that nobody serves is refused all the same.
    let sendsTest: Bool

    init(decoding authorized: AuthorizedRequest, document: [UInt8]) throws(S3Error) {
        configuration = try NotificationDocument.read(document)
        sendsTest = authorized.request.header("x-amz-skip-destination-validation")?.lowercased() != "true"
    }

    func perform(in context: OperationContext) async throws(S3Error) -> NoOutput {
        let bucket = try context.bucket()
        for name in configuration.destinations
        where !context.service.configuration.eventDestinations.contains(name) {
            let arn = configuration.rules.first { $0.destination == name }?.arn ?? "EventBridgeConfiguration"
            throw S3Error(
                .invalidArgument, "Unable to validate the following destination configurations",
                fields: ["ArgumentName1": arn, "ArgumentValue1": "no webhook \(name) is configured"])
        }
        let configuration = configuration
        let sendsTest = sendsTest
        try await context.stored { () async throws(StoreError) in
            try await context.store.setNotification(
                configuration, of: bucket, sendsTest: sendsTest, origin: context.origin)
        }
        return NoOutput()
    }

    func encode(_ output: NoOutput, into response: inout HTTPResponse) {}
}
