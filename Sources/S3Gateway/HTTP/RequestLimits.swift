// Why this file exists: every bound on what a client may send before the gateway has decided anything, in one
// place and named, so that no buffer or list of the server grows without one.

/// Bounds on the head and the framing of a request.
public struct RequestLimits: Sendable {
    /// The whole head (request line and fields), in bytes; a longer one is answered 431. Default 65,536.
    public var maximumHeadBytes = 65_536
    /// The request target, in bytes; a longer one is answered 414. A key of 1,024 bytes is 3 KiB when
    /// percent-encoded and a presigned query with a session token 4 KiB and more. Default 16,384.
    public var maximumTargetBytes = 16_384
    /// Header fields; more are answered 431. Default 100.
    public var maximumFields = 100
    /// Bytes of chunk extensions over one whole chunked body; more make the body malformed. Default 16,384.
    public var maximumChunkExtensionBytes = 16_384
    /// Bytes of the trailer section of a chunked body; more make the body malformed. Default 8,192.
    public var maximumTrailerBytes = 8_192
    /// Bytes of a body that the handler left unread which the server still reads to save the connection; with
    /// more outstanding the connection is closed. Default 1 MiB.
    public var maximumDrainedBytes = 1_048_576
    /// Bytes that are read and dropped after the last answer of a connection, so that a client which is still sending
    /// gets to read it; with more the connection is reset. Default 64 MiB.
    public var maximumLingerBytes = 67_108_864

    public init() {}
}
