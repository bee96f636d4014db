// Why this file exists: what the journal says about a change, and how it is hashed. Every change of the store is
// one entry, written in the same transaction; the entry's position names the change, so a version's identity is the
// position of the entry that created it.

/// The kinds of change. The texts are on disk: never change one.
public enum JournalKind: String, Sendable, CaseIterable {
    case bucketCreated = "bucket.created"
    case bucketDeleted = "bucket.deleted"
    case bucketVersioning = "bucket.versioning"
    case objectPut = "object.put"
    case objectCopied = "object.copied"
    case objectAssembled = "object.assembled"
    /// A version, or the only one, was destroyed.
    case versionDeleted = "version.deleted"
    case markerCreated = "marker.created"
    case tagsSet = "tags.set"
    case uploadCreated = "upload.created"
    case uploadAborted = "upload.aborted"
    case partPut = "part.put"
    case partCopied = "part.copied"
    case keyCreated = "key.created"
    case keyRevoked = "key.revoked"
    case garbageCollected = "garbage.collected"
    /// A configuration of a bucket was set or removed.
    case bucketSettingSet = "bucket.setting"
    /// Object Lock was switched on, or its default retention changed.
    case bucketLocked = "bucket.locked"
    case retentionSet = "retention.set"
    case legalHoldSet = "legalhold.set"
    /// The access control list of a version was replaced.
    case aclSet = "acl.set"
    /// The clock ran ahead, so locks do not expire until it is confirmed.
    case clockHeld = "clock.held"
    case clockConfirmed = "clock.confirmed"
    /// A change of data under a lock was asked for and refused.
    case refused = "refused"
    /// Events of a bucket were given up: they waited too long, found no room, or were damaged.
    case eventsDropped = "events.dropped"
    /// All targets of a version have taken it, or were given up.
    case objectReplicated = "object.replicated"
    /// A rule moved a version to another storage class.
    case objectTransitioned = "object.transitioned"
    /// An archived version became readable for a time.
    case objectRestored = "object.restored"
    /// The bytes of an archived version were packed; what it reads as stays the same.
    case objectPacked = "object.packed"
    case annotationPut = "annotation.put"
    case annotationDeleted = "annotation.deleted"
    /// Temporary credentials were issued.
    case sessionIssued = "session.issued"
    /// Sessions that had ended were forgotten.
    case sessionsCleared = "sessions.cleared"
    /// A user, group, role or policy was made or changed; `record` is the digest of its row.
    case identitySet = "identity.set"
    case identityRemoved = "identity.removed"
    /// A key was made usable or unusable, for the time being.
    case keyStatusSet = "key.status"
    /// A run was first heard of. Entries of a run carry its id in `run`.
    case runStarted = "run.started"
    case runEnded = "run.ended"
    /// What a run has read, examined and listed since the entry of this kind before.
    case runUsed = "run.used"
    /// Part positions of an assembled object that has too many for its own entry.
    case partsListed = "parts.listed"
    /// Somebody said what was made from what.
    case lineageDeclared = "lineage.declared"
    /// The state of a bucket was given a name, under which it can be read until the name is deleted.
    case snapshotCreated = "snapshot.created"
    case snapshotDeleted = "snapshot.deleted"
    /// A version was destroyed because its content had to go; says why, and never what it was.
    case versionErased = "version.erased"
    /// The SHA-256 of a version that had none was computed. It says no more than what the bytes say.
    case objectDigested = "object.digested"
    /// Entries that were kept for their time lost their bytes; says which.
    case journalPruned = "journal.pruned"
    /// What a bucket was like before a journal position is told no more.
    case pastForgotten = "past.forgotten"
    /// The salts of commitments to a name were destroyed; says which commitments, and never the name.
    case namesErased = "names.erased"
}

/// One entry of the journal.
public struct JournalEntry: Sendable {
    /// The longest entry in bytes: C2SP tlog-tiles gives its length two bytes.
    public static let lengthMaximum = 65_535

    /// Counted from 1, without gaps.
    public var position: Int64
    public var at: Timestamp
    /// Canonical JSON (RFC 8785). Empty when the entry was pruned.
    public var bytes: [UInt8]
    /// RFC 6962 leaf hash of `bytes`: SHA-256(0x00 ‖ bytes).
    public var leaf: [UInt8]

    public init(position: Int64, at: Timestamp, bytes: [UInt8], leaf: [UInt8]) {
        self.position = position
        self.at = at
        self.bytes = bytes
        self.leaf = leaf
    }

    /// The leaf hash of an entry. See: RFC 6962 section 2.1.
    public static func leafHash(_ bytes: [UInt8]) -> [UInt8] { Digest.sha256(0, bytes) }

    /// A key as a member of an entry: as text when it is UTF-8, else in hexadecimal.
    static func key(_ key: ObjectKey) -> (String, CanonicalJSON) {
        if let text = String(validating: key.bytes, as: UTF8.self) { return ("key", .text(text)) }
        return ("keyHex", .text(Hex.encode(key.bytes)))
    }
}
