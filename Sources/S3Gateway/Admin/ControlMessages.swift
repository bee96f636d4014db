// Why this file exists: what goes over the control socket, as types that both ends share. The socket is between two
// copies of one program on one machine, so the form may change with the version; it is not an interface for others.
public import ObjectCore

/// An access key as the control socket tells it.
public struct ControlKey: Sendable, Codable, Equatable {
    public var id: String
    /// Only in the answer to a creation.
    public var secret: String?
    public var account: String
    public var displayName: String
    /// Milliseconds since 1970.
    public var created: Int64
    public var isRevoked: Bool
    /// The unique id of the user that it belongs to; nil for a key of the account itself.
    public var user: String?
    /// Switched off for the time being.
    public var isInactive: Bool?

    /// Tells of a key; with its secret only where it was just made.
    public init(_ key: AccessKey, withSecret: Bool) {
        id = key.id
        secret = withSecret ? key.secret : nil
        account = key.account
        displayName = key.displayName
        created = key.created.milliseconds
        isRevoked = key.isRevoked
        user = key.holder
        isInactive = key.isActive ? nil : true
    }
}

/// Asks for a key.
public struct ControlKeyRequest: Sendable, Codable {
    /// The account that the key joins; nil for a new account.
    public var account: String?
    public var displayName: String

    public init(account: String?, displayName: String) {
        self.account = account
        self.displayName = displayName
    }
}

/// One line of the answer to a request for maintenance, and the form of every error. Exactly one field is set.
public struct ControlLine: Sendable, Codable {
    /// Done and total, in bytes or rows.
    public var progress: [Int64]?
    public var check: CheckReport?
    public var collection: CollectionReport?
    public var lifecycle: LifecycleReport?
    public var error: OperatorError?

    public init(progress: [Int64]) { self.progress = progress }
    public init(error: OperatorError) { self.error = error }
    public init(_ report: MaintenanceReport) {
        switch report {
        case .collection(let report): collection = report
        case .check(let report): check = report
        case .lifecycle(let report): lifecycle = report
        }
    }

    /// The report, when this is the line that brings it.
    public var report: MaintenanceReport? {
        if let check { return .check(check) }
        if let collection { return .collection(collection) }
        if let lifecycle { return .lifecycle(lifecycle) }
        return nil
    }
}
