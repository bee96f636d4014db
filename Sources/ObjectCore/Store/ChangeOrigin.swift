// Why this file exists: every change of the store is journalled with who asked for it and from where.

/// Who asked for a change, as the journal records it.
public struct ChangeOrigin: Sendable, Hashable {
    /// Canonical id of the account; empty for a program that embeds the store.
    public var account: String
    public var accessKey: String
    /// The peer's address, or an empty text.
    public var remoteAddress: String
    public var requestID: String
    /// The run that the change belongs to, or nil where nobody keeps runs.
    public var run: RunID?
    /// Whether an object came with POST, from a browser's form: events tell it from one that was put.
    public var isPost: Bool

    public init(
        account: String = "", accessKey: String = "", remoteAddress: String = "", requestID: String = "",
        run: RunID? = nil, isPost: Bool = false
    ) {
        self.account = account
        self.accessKey = accessKey
        self.remoteAddress = remoteAddress
        self.requestID = requestID
        self.run = run
        self.isPost = isPost
    }

    /// The run, as commits take it.
    var runs: [RunID] { run.map { [$0] } ?? [] }

    /// A program that uses the store without a gateway.
    public static let embedded = ChangeOrigin()
}
