// Why this file exists: a version is destroyed for good and for a reason: because somebody has the right that its
// content is gone. More than a deletion: it is refused where the content would stay readable, it leaves a tombstone in
// the journal, and collection gives the room back at once, however little of it there is.
// Invariants: the tombstone and the destruction are one commit; a version that a snapshot shows is never said to be
// erased; bytes of an erased version that nobody else refers to are in no segment after the next collection, not even
// as a copy that a crash or an upload that was given up had left.

/// One version to erase.
public struct EraseRequest: Sendable {
    /// The longest reason, in bytes of UTF-8. It stays in the journal for ever.
    public static let reasonLengthMaximum = 1024

    public var key: ObjectKey
    public var version: VersionID
    /// The journal position that made the version. It tells one null version from the next.
    public var index: Int64
    public var reason: String
    /// Whether nothing is changed, and only told what would come of it.
    public var isDryRun: Bool

    public init(key: ObjectKey, version: VersionID, index: Int64, reason: String, isDryRun: Bool = false) {
        self.key = key
        self.version = version
        self.index = index
        self.reason = reason
        self.isDryRun = isDryRun
    }
}

/// What came of an erasure.
public enum EraseOutcome: Sendable, Hashable {
    /// It is gone; the position is that of the tombstone in the journal.
    case erased(position: Int64)
    /// It would be erased: nothing was changed.
    case possible
    /// Snapshots of these names show it, so it stays.
    case shown(by: [String])
}

extension ObjectStore {
    /// Erases one version. Governance retention is not overridden: who may, takes it off first, which is an entry of
    /// its own.
    /// - Throws: ``StoreError/noSuchVersion``, ``StoreError/objectLocked(_:)``, ``StoreError/isThePast(_:)``,
    ///   ``StoreError/invalidArgument(_:)`` for a delete marker, which has no content, and for a reason that is empty
    ///   or too long.
    public func erase(
        _ request: EraseRequest, in bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> EraseOutcome {
        guard !request.reason.isEmpty, request.reason.utf8.count <= EraseRequest.reasonLengthMaximum else {
            throw .invalidArgument("a reason of 1 to \(EraseRequest.reasonLengthMaximum) bytes is needed")
        }
        let catalog = catalog
        let result = try await committer.commit(runs: origin.runs) { change throws(StoreError) in
            try change.erase(request, in: try change.bucket(bucket, accounts: catalog), origin, accounts: catalog)
        }
        return try result.get()
    }
}

extension Change {
    /// What only refuses is returned, so that its entry is committed; what fails is thrown.
    fileprivate mutating func erase(
        _ request: EraseRequest, in bucket: Bucket, _ origin: ChangeOrigin, accounts: some AccountNumbers
    ) throws(StoreError) -> Result<EraseOutcome, StoreError> {
        let showing = try snapshots(showing: request.index, of: request.key, in: bucket.id)
        guard showing.isEmpty else { return .success(.shown(by: showing)) }
        let found = try version(request.version, of: request.key, in: bucket.id, accounts: accounts)
        guard let target = found, target.index == request.index else { return .failure(.noSuchVersion) }
        guard !target.isDeleteMarker else {
            return .failure(.invalidArgument("a delete marker has no content to erase"))
        }
        let members = bucket.members(key: request.key) + [("version", .integer(target.index))]
        do throws(StoreError) {
            try target.checkUnlocked(at: trusted, bypassesGovernance: false)
        } catch {
            if case .objectLocked(let why) = error, !request.isDryRun {
                try journal(.refused, origin, members + [("reason", .text(why))])
            }
            return .failure(error)
        }
        guard !request.isDryRun else { return .success(.possible) }
        for entry in target.manifest.entries { try noteErased(entry.id) }
        // What was written beside it, then and now, speaks of the same content.
        for annotation in try allAnnotations(of: target) {
            for entry in annotation.manifest.entries { try noteErased(entry.id) }
        }
        if target.packed != nil { try eraseFormer(of: target.index) }
        try destroy(target, in: bucket, until: nextPosition, accounts: accounts)
        // In a bucket that never kept versions too: what the row was before its tags changed is kept for snapshots.
        try forgetReplaced(target.index, of: target.key, in: bucket.id)
        // Nothing may be left that has the key: then its name goes as well, and this entry is the last to have it.
        let opening = try openingToErase(of: request.key, in: bucket)
        let position = try journal(
            .versionErased, origin,
            members + [("reason", .text(request.reason))]
                + (opening.map { [(Commitment.erasedMember, .text(Hex.encode($0.commitment)))] } ?? []))
        if let opening { try erase(opening, of: request.key, in: bucket) }
        try announce(.removedDelete, version: target, in: bucket, position: position, origin: origin)
        return .success(.erased(position: position))
    }

    /// The names of the snapshots in which a version is the newest of its key, oldest first.
    private func snapshots(
        showing index: Int64, of key: ObjectKey, in bucket: BucketID
    ) throws(StoreError) -> [String] {
        var later: [(position: Int64, name: String)] = []
        try query(
            "SELECT position, name FROM snapshots WHERE bucket = $1 AND position >= $2 ORDER BY position",
            [.integer(bucket.value), .integer(index)]
        ) { row throws(StoreError) in
            later.append((row.integer(0), row.text(1)))
            return true
        }
        var names: [String] = []
        for snapshot in later {
            let newest = try first(
                PastQuery.newest,
                [.integer(bucket.value), .bytes(key.bytes), .integer(-snapshot.position), .integer(snapshot.position)]
            ) { row throws(StoreError) in -row.integer(0) }
            if newest == index { names.append(snapshot.name) }
        }
        return names
    }

    // MARK: What collection must not leave

    private mutating func noteErased(_ chunk: ChunkID) throws(StoreError) {
        try execute(
            "INSERT INTO erased_chunks (chunk) VALUES ($1) ON CONFLICT (chunk) DO NOTHING", [.integer(chunk.value)])
    }

    /// A chunk's row was removed: when it was part of an erased version, its segment must go, and what it lists is
    /// erased as well.
    mutating func passErasure(
        of chunk: ChunkID, digest: [UInt8], in segment: Int64, to children: [ChunkID]
    ) throws(StoreError) {
        let isErased = try first("SELECT 1 FROM erased_chunks WHERE chunk = $1", [.integer(chunk.value)]) {
            row throws(StoreError) in true
        }
        guard isErased == true else { return }
        try execute("DELETE FROM erased_chunks WHERE chunk = $1", [.integer(chunk.value)])
        try noteErased(segment: segment)
        try noteErased(digest: digest)
        for child in children { try noteErased(child) }
    }

    /// A segment with erased bytes is removed.
    mutating func forgetErased(segment: Int64) throws(StoreError) {
        try execute("DELETE FROM erased_segments WHERE segment = $1", [.integer(segment)])
    }
}

extension ObjectStore {
    /// Whether the bytes of a version are there: it exists, or a snapshot shows it.
    public func hasContent(of key: ObjectKey, index: Int64, in bucket: Bucket) throws(StoreError) -> Bool {
        try database.read { transaction throws(StoreError) in
            try transaction.first(
                PastQuery.carrier, [.integer(bucket.id.value), .bytes(key.bytes), .integer(-index)]
            ) { row throws(StoreError) in true } ?? false
        }
    }

    /// Segments that hold bytes of erased versions, whatever else they hold.
    func erasedSegments() throws(StoreError) -> Set<Int64> {
        try database.read { transaction throws(StoreError) in
            var segments: Set<Int64> = []
            try transaction.query("SELECT segment FROM erased_segments", []) { row throws(StoreError) in
                segments.insert(row.integer(0))
                return true
            }
            return segments
        }
    }
}
