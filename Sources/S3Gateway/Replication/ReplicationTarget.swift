// Why this file exists: another S3 endpoint as the operator configured it. Buckets name it; where it is and with which key
// it is used is nobody's business but the operator's.

/// An endpoint that objects are copied to.
public struct ReplicationTarget: Sendable {
    public var name: String
    /// Without a path of its own.
    public var url: EndpointURL
    /// Signs what is sent.
    public var signer: RequestSigner

    public init(name: String, url: EndpointURL, signer: RequestSigner) {
        self.name = name
        self.url = url
        self.signer = signer
    }
}
