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
    /// The unique id of the user that it belongs to; nil for a key of the account itself.
    public var holder: String?
    /// Whether it may be used for the time being.
    public var isActive: Bool

    public init(
        id: String, secret: String, account: String, displayName: String, created: Timestamp, isRevoked: Bool,
        holder: String? = nil, isActive: Bool = true
    ) {
        self.id = id
        self.secret = secret
        self.account = account
        self.displayName = displayName
        self.created = created
        self.isRevoked = isRevoked
        self.holder = holder
        self.isActive = isActive
    }
}

extension AccessKey: CustomStringConvertible {
    /// Without the secret.
    public var description: String { "\(id) (\(displayName))" }
}
