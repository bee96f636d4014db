// Why this file exists: a row of `versions` that is no more, as the past still knows it (docs/FORMAT.md, "The past").

/// What became of a row that left `versions`. The raw values are on disk: never renumber.
enum PastState: Int64, Sendable {
    /// The version was destroyed, and its bytes with it.
    case destroyed = 0
    /// The version was destroyed for its bucket; a snapshot shows it, so its bytes are kept.
    case held = 1
    /// Tags, locks or the like were set: the version went on with another record.
    case replaced = 2
}

/// A version as it was until a change of it.
public struct PastVersion: Sendable {
    public var version: ObjectVersion
    /// The journal position of the change that ended this state.
    public var until: Int64
    /// Whether the version is gone from its bucket and its bytes are kept for a snapshot.
    public var isHeld: Bool
    /// Whether only its record was replaced.
    public var isReplaced: Bool
}

extension ObjectVersion {
    /// What is kept of a version that is destroyed: enough to list it as it was. Metadata, tags and bytes go.
    var remains: ObjectVersion {
        var attributes = ObjectAttributes()
        attributes.owner = self.attributes.owner
        attributes.storageClass = self.attributes.storageClass
        attributes.checksums = self.attributes.checksums
        return ObjectVersion(
            bucket: bucket, key: key, index: index, isNull: isNull, isDeleteMarker: isDeleteMarker, size: size,
            modified: modified, etag: etag, sha256: sha256, attributes: attributes, parts: [], manifest: Manifest())
    }
}
