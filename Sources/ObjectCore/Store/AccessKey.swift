// Why this file exists: a key pair that signs requests, and the account that it acts for.

/// An access key.
public struct AccessKey: Sendable {
    /// 20 upper-case characters, as AWS's.
    public var id: String
    /// 40 characters. Never printed except at creation.
    public var secret: String
    /// Canonical id of the account that it acts for: 64 hexadecimal digits.
    public var account: String
    public var displayName: String
    public var created: Timestamp
    public var isRevoked: Bool

    public init(
        id: String, secret: String, account: String, displayName: String, created: Timestamp, isRevoked: Bool
    ) {
        self.id = id
        self.secret = secret
        self.account = account
        self.displayName = displayName
        self.created = created
        self.isRevoked = isRevoked
    }
}

extension AccessKey: CustomStringConvertible {
    /// Without the secret.
    public var description: String { "\(id) (\(displayName))" }
}
