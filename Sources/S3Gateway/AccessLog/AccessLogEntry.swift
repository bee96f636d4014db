// Why this file exists: everything that an access log can say about one request, as values, so that the formats are
// pure functions of it and the event loop only fills it in. Invariant: an entry holds no secret beyond what the
// request target carries, and the target is only ever printed through RequestTargetRedaction.
public import ObjectCore

/// One finished request, as the access log sees it. Fields that do not apply are nil and print as `-` or `null`.
public struct AccessLogEntry: Sendable {
    /// Canonical id of the account that owns the bucket.
    public var bucketOwner: String?
    public var bucket: String?
    /// When the request's head was complete.
    public var time: Timestamp
    /// The peer's address, of the socket itself.
    public var remoteAddress: String
    /// Canonical id of the account that signed; nil for an anonymous request.
    public var requester: String?
    /// The access key that signed. JSON only: the S3 format has no field for it.
    public var accessKey: String?
    public var requestID: String
    /// The S3 operation's name, such as `GetObject`; nil when no operation was reached.
    public var operation: String?
    public var method: String
    /// The object key as bytes, percent-decoded once.
    public var key: [UInt8]?
    /// Path and query exactly as they were sent, with their signatures: redacted when printed.
    public var requestTarget: [UInt8]
    public var status: Int
    /// The S3 error code, such as `NoSuchKey`.
    public var errorCode: String?
    /// Body bytes of the response that the socket took.
    public var bytesSent: Int64
    /// Body bytes of the request. JSON only.
    public var bytesReceived: Int64
    /// Size of the object in bytes, whatever part of it was asked for.
    public var objectSize: Int64?
    /// From the first byte of the head to the last byte of the response, in nanoseconds.
    public var totalNanoseconds: Int64
    /// From the complete head to the first byte of the response, in nanoseconds.
    public var turnaroundNanoseconds: Int64
    public var referer: String?
    public var userAgent: String?
    /// The version id that the request named or the response carried.
    public var versionID: String?
    /// `x-amz-id-2`.
    public var hostID: String?
    /// `SigV4` or `SigV2`.
    public var signatureVersion: String?
    /// OpenSSL's name of the TLS cipher suite; nil over plain HTTP.
    public var cipherSuite: String?
    /// `AuthHeader`, `QueryString`, or nil for an anonymous request.
    public var authenticationType: String?
    public var hostHeader: String?
    /// `TLSv1.2` or `TLSv1.3`; nil over plain HTTP.
    public var tlsVersion: String?
    /// Whether the request was allowed by an ACL and nothing else.
    public var requiredACL: Bool

    public init(
        time: Timestamp, remoteAddress: String, requestID: String, method: String, requestTarget: [UInt8], status: Int
    ) {
        self.time = time
        self.remoteAddress = remoteAddress
        self.requestID = requestID
        self.method = method
        self.requestTarget = requestTarget
        self.status = status
        bytesSent = 0
        bytesReceived = 0
        totalNanoseconds = 0
        turnaroundNanoseconds = 0
        requiredACL = false
    }

    /// About how many bytes the entry keeps in memory, for the queue's limit.
    var approximateBytes: Int {
        256 + requestTarget.count + (key?.count ?? 0) + (userAgent?.utf8.count ?? 0) + (referer?.utf8.count ?? 0)
            + (hostHeader?.utf8.count ?? 0)
    }
}
