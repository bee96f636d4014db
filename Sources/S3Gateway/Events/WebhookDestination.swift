// Why this file exists: a destination of events as its operator configured it. What a bucket's configuration calls a
// topic, a queue or a function is the name of one of these.

/// How events are written.
public enum EventFormat: String, Sendable, CaseIterable {
    /// As S3 sends them to SNS, SQS and Lambda: `{"Records":[…]}`.
    case s3
    /// CloudEvents 1.0, structured mode in JSON.
    case cloudevents
    /// As S3 sends them to EventBridge.
    case eventbridge
}

/// A webhook.
public struct WebhookDestination: Sendable {
    public static let nameLengthMaximum = 256

    public var name: String
    public var url: EndpointURL
    public var format: EventFormat
    /// Signs what is sent; nil sends it unsigned.
    public var secret: Secret?

    public init(name: String, url: EndpointURL, format: EventFormat = .s3, secret: Secret? = nil) {
        self.name = name
        self.url = url
        self.format = format
        self.secret = secret
    }
}
