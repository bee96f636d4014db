// Why this file exists: what a deletion asks and what came of it.

/// One object or version to delete.
public struct DeleteRequest: Sendable {
    public var key: ObjectKey
    /// Nil deletes the current object (in a versioned bucket: puts a delete marker on top).
    public var version: VersionID?
    public var conditions: WriteConditions
    /// Whether governance retention is overridden; the permission was checked by the caller.
    public var bypassesGovernance: Bool
    /// Whether another store's marker is copied: it is not copied on.
    public var isReplica = false

    public init(
        key: ObjectKey, version: VersionID? = nil, conditions: WriteConditions = WriteConditions(),
        bypassesGovernance: Bool = false
    ) {
        self.key = key
        self.version = version
        self.conditions = conditions
        self.bypassesGovernance = bypassesGovernance
    }
}

/// What a deletion did.
public struct DeleteOutcome: Sendable {
    /// The version that was destroyed, when one was named or the bucket keeps none.
    public var deletedVersion: VersionID?
    /// Whether what was destroyed was a delete marker.
    public var deletedMarker = false
    /// The delete marker that was put on top.
    public var createdMarker: VersionID?

    public init() {}
}
