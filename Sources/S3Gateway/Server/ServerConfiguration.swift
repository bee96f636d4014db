// Why this file exists: everything about the server that somebody may want to set, with its default and its
// consequence.

/// How long the server waits for a peer. A wait ends up to one ``ServerConfiguration/timerResolution`` late.
public struct ServerTimeouts: Sendable {
    /// From the first byte of a head to its last; then 408. Against clients that drip a head. Default 10 s.
    public var head = Duration.seconds(10)
    /// A connection without a request under way; then it is closed. Default 75 s.
    public var idle = Duration.seconds(75)
    /// A request body of which nothing arrives; then its reading fails with `timedOut`. Default 60 s.
    public var body = Duration.seconds(60)
    /// A response of which the peer takes nothing; then the connection is closed. Default 60 s.
    public var write = Duration.seconds(60)
    /// A TLS handshake from beginning to end. Default 10 s.
    public var handshake = Duration.seconds(10)
    /// The rest of an unread body, altogether; then the connection is closed. Default 5 s.
    public var drain = Duration.seconds(5)
    /// After the last answer of a connection whose peer still sends: silence of the peer; then the connection is
    /// closed, whether the peer has read the answer or not. Default 5 s.
    public var lingerSilence = Duration.seconds(5)
    /// The same, altogether. Clients that read an answer only after they have sent all of a body get so long.
    /// Default 30 s.
    public var linger = Duration.seconds(30)

    public init() {}
}

/// The settings of an ``HTTPServer``.
public struct ServerConfiguration: Sendable {
    /// Event loops, each a thread; 0 means one for each processor that is online. Default 0.
    public var loops = 0
    /// Open connections over all listeners; further ones wait in the kernel's backlog. Default 20,000.
    public var maximumConnections = 20_000
    /// Connections that the kernel completes before they are accepted, for each listener; the kernel bounds it by
    /// net.core.somaxconn. Default 4,096.
    public var backlog = 4_096
    public var limits = RequestLimits()
    public var timeouts = ServerTimeouts()
    /// How often timeouts are looked at. A shorter one costs a wake-up of each loop. Default 1 s.
    public var timerResolution = Duration.seconds(1)
    /// Threads for reads of files that are not in the page cache, over all loops. Default 4.
    public var blockingThreads = 4
    /// Such reads that may wait for a thread; beyond, the loop itself reads and waits. Default 1,024.
    public var maximumBlockingQueue = 1_024

    public init() {}
}
