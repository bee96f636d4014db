// Why this file exists: what a server access log says of an exchange, as a plain value, so that a sink can write it in
// S3's format, as JSON, or not at all. See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
public import ObjectCore

/// One line of a server access log. A nil field is written `-`.
public struct AccessLogRecord: Sendable {
    /// Canonical id of the owner of the bucket.
    public var bucketOwner: String?
    public var bucket: String?
    /// When the request was taken up.
    public var time: Timestamp
    public var remoteAddress: String
    /// Canonical id of the account that asked; nil for anonymous.
    public var requester: String?
    public var requestID: String
    /// The end of the id of the host: `x-amz-id-2`.
    public var hostID: String
    /// `REST.PUT.OBJECT`; of IAM and STS the action, `iam:CreateUser`.
    public var operation: String
    /// The operation's name in the API, such as `PutObject`; nil when the request did not get so far.
    public var operationName: String?
    /// The access key that signed. Only the JSON form has a place for it.
    public var accessKey: String?
    /// The key as text.
    public var key: String?
    /// `GET /bucket/key?query HTTP/1.1`
    public var requestURI: String
    public var status: Int
    public var errorCode: String?
    /// Bytes of the body that were sent.
    public var bytesSent: Int64
    /// Bytes of the body that were received. Only the JSON form has a place for it.
    public var bytesReceived: Int64 = 0
    /// The size of the object that the request was about, in bytes.
    public var objectSize: Int64?
    /// From the first byte of the request to the last of the answer, in milliseconds.
    public var totalMilliseconds: Int64
    /// From the complete head to the first byte of the answer, in milliseconds.
    public var turnaroundMilliseconds: Int64
    public var referrer: String?
    public var userAgent: String?
    public var versionID: String?
    /// `SigV4` or `SigV2`.
    public var signatureVersion: String?
    /// The cipher suite, for requests over TLS whose suite is known.
    public var cipherSuite: String?
    /// `AuthHeader` or `QueryString`.
    public var authenticationType: String?
    public var hostHeader: String?
    /// `TLSv1.2` or `TLSv1.3`, for requests over TLS whose version is known.
    public var tlsVersion: String?
    /// Whether the whole answer was taken by the socket.
    public var isComplete: Bool
}

/// Takes the lines of an access log. Called on event loops: it must not block.
public protocol AccessLogSink: Sendable {
    /// Whether lines about this bucket are taken; nil stands for requests that name none. Others are not made at all.
    func wants(bucket: String?) -> Bool
    func record(_ record: AccessLogRecord)
}

extension AccessLogSink {
    public func wants(bucket: String?) -> Bool { true }
}

/// Counts exchanges. Called on event loops: it must not block.
public protocol MetricsSink: Sendable {
    /// - Parameters:
    ///   - operation: the operation's name in the API, or `Unknown` when the request did not get so far.
    ///   - errorCode: the code of the refusal, if it was one.
    ///   - summary: status, sizes and times.
    func count(operation: StaticString, errorCode: String?, summary: ExchangeSummary)
    /// The same of an action of another protocol, such as `iam:CreateUser`.
    func count(action: String, errorCode: String?, summary: ExchangeSummary)
}

extension MetricsSink {
    public func count(action: String, errorCode: String?, summary: ExchangeSummary) {}
}
