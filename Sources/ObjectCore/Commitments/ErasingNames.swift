// Why this file exists: a name is erased from the journal by destroying the salt of its commitment. Entries, hashes,
// proofs and checkpoints stay what they are, and nobody can tell any more whom they speak of.
// Invariants: the name of a key goes only when no row of the store has the key any more; what is destroyed is journalled
// in the same commit, by its commitments and never by the name; the text leaves the database's files with the next
// collection, which makes the file anew.

/// What is to be erased from the journal.
public struct NameErasure: Sendable {
    /// A name as it is: a key, a canonical id, an access key, an address.
    public var kind: CommitmentKind
    public var value: [UInt8]
    /// The UUID of the bucket from whose entries it is erased; nil for those of all buckets, and of runs.
    public var bucketUUID: [UInt8]?
    /// Stays in the journal for ever, see ``EraseRequest/reasonLengthMaximum``.
    public var reason: String
    public var isDryRun: Bool

    public init(
        kind: CommitmentKind, value: [UInt8], bucketUUID: [UInt8]?, reason: String, isDryRun: Bool = false
    ) {
        self.kind = kind
        self.value = value
        self.bucketUUID = bucketUUID
        self.reason = reason
        self.isDryRun = isDryRun
    }
}

/// What came of it.
public struct NameErasureReport: Sendable, Codable, Equatable {
    /// How many commitments to the name can no longer be opened, or could not after a run that is not dry.
    public var commitments: Int
    /// UUIDs of the buckets whose entries have them, as entries write them, in ascending order.
    public var buckets: [String]
    /// Whether entries of runs have one.
    public var hasRuns: Bool
    /// Of the entry that says so; nil after a dry run, and when there was nothing to erase.
    public var position: Int64?
}

extension ObjectStore {
    /// Set while the files of the database may have text of names that were erased.
    static let erasedNamesCounter = "names.erased"

    /// Destroys the salts of a name.
    /// - Throws: ``StoreError/invalidArgument(_:)`` for a reason that is empty or too long, and for a key that a version,
    ///   an open upload or a snapshot still has; ``StoreError/noSuchBucket(_:)`` for a key without a bucket.
    public func eraseName(
        _ erasure: NameErasure, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) -> NameErasureReport {
        guard !erasure.reason.isEmpty, erasure.reason.utf8.count <= EraseRequest.reasonLengthMaximum else {
            throw .invalidArgument("a reason of 1 to \(EraseRequest.reasonLengthMaximum) bytes is needed")
        }
        if erasure.kind == .key {
            guard erasure.bucketUUID != nil else { throw .invalidArgument("a key is erased from one bucket") }
        }
        let bucket = catalog.buckets().first { $0.uuid == erasure.bucketUUID }
        return try await committer.commit(runs: origin.runs) { change throws(StoreError) in
            try change.erase(erasure, of: bucket, origin)
        }
    }

    /// Makes the database's file anew when names were erased since the last time, so that nothing of them is left in its
    /// pages or its log. Commits wait meanwhile. Where there is no room for that, the next collection tries again.
    func rewriteAfterErasure() async throws(StoreError) {
        let mark = try database.read { transaction throws(StoreError) in
            try ObjectStore.erasedNamesMark(transaction)
        }
        guard let mark else { return }
        let database = database
        do throws(StoreError) {
            let isDone = try await onWorker { () throws(StoreError) in
                try database.rewrite()
                return try database.discardLog()
            }
            // Somebody who reads for long keeps the log: then all of this is done again.
            guard isDone else { return }
        } catch {
            guard case .outOfSpace = error else { throw error }
            return
        }
        try await committer.commit { change throws(StoreError) in
            // One that was erased meanwhile has set it anew.
            _ = try change.execute(
                "DELETE FROM counters WHERE name = $1 AND value = $2",
                [.text(ObjectStore.erasedNamesCounter), .integer(mark)])
        }
    }

    /// Nil when every name that was erased is out of the database's files.
    static func erasedNamesMark(_ transaction: any Transaction) throws(StoreError) -> Int64? {
        try transaction.first("SELECT value FROM counters WHERE name = $1", [.text(erasedNamesCounter)]) {
            row throws(StoreError) in row.integer(0)
        }
    }
}

extension Change {
    /// Commitments that one entry names: each takes 67 bytes.
    private static let commitmentsInEntry = 800

    fileprivate mutating func erase(
        _ erasure: NameErasure, of bucket: Bucket?, _ origin: ChangeOrigin
    ) throws(StoreError) -> NameErasureReport {
        if erasure.kind == .key, let bucket, let keeper = try keeper(of: erasure.value, in: bucket.id) {
            throw .invalidArgument("\(keeper) still has the key: delete that first")
        }
        let found = try openings(of: erasure)
        var report = NameErasureReport(
            commitments: found.count, buckets: Set(found.map(\.scope)).filter { !$0.isEmpty }.map { Hex.encode($0) },
            hasRuns: found.contains { $0.scope.isEmpty })
        report.buckets.sort()
        guard !erasure.isDryRun, !found.isEmpty else { return report }
        var rest = found.map(\.commitment)[...]
        while !rest.isEmpty {
            var members: [(String, CanonicalJSON)] = [
                ("reason", .text(erasure.reason)),
                ("erased", .array(rest.prefix(Change.commitmentsInEntry).map { .text(Hex.encode($0)) })),
            ]
            if let uuid = erasure.bucketUUID { members.append(("bucketId", .text(Hex.encode(uuid)))) }
            report.position = try journal(.namesErased, origin, members)
            rest = rest.dropFirst(Change.commitmentsInEntry)
        }
        for opening in found { try destroy(opening) }
        if erasure.kind == .key, let bucket { try forgetRows(of: erasure.value, in: bucket.id) }
        // Whose the run was is known by its commitment from here on.
        if erasure.kind == .account, let runs = found.first(where: { $0.scope.isEmpty }) {
            try execute(
                "UPDATE run_accounts SET account = $2 WHERE account = $1",
                [.text(String(decoding: erasure.value, as: UTF8.self)), .text(Hex.encode(runs.commitment))])
        }
        return report
    }

    private func openings(of erasure: NameErasure) throws(StoreError) -> [Opening] {
        var found: [Opening] = []
        let take = { (row: any SQLRow) throws(StoreError) -> Bool in
            if let opening = OpeningRows.opening(row) { found.append(opening) }
            return true
        }
        if let uuid = erasure.bucketUUID {
            try query(OpeningRows.find, OpeningRows.key(erasure.kind, erasure.value, uuid), take)
        } else {
            try query(
                """
                SELECT bucket, kind, value, salt, commitment, position FROM openings WHERE kind = $1 AND value = $2
                """, [.text(erasure.kind.rawValue), .bytes(erasure.value)], take)
        }
        return found
    }

    private mutating func destroy(_ opening: Opening) throws(StoreError) {
        try execute(
            "DELETE FROM openings WHERE bucket = $1 AND kind = $2 AND value = $3",
            OpeningRows.key(opening.kind, opening.value, opening.scope))
        try execute(
            """
            INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(ObjectStore.erasedNamesCounter), .integer(nextPosition)])
    }

    // MARK: Keys

    /// What still has a key, in words; nil when nothing has. What is only remembered of destroyed versions does not
    /// count: it goes with the name.
    private func keeper(of key: [UInt8], in bucket: BucketID) throws(StoreError) -> String? {
        let place: [SQLValue] = [.integer(bucket.value), .bytes(key)]
        let isThere = { (_: any SQLRow) throws(StoreError) in true }
        if try first("SELECT 1 FROM versions WHERE bucket = $1 AND key = $2 LIMIT 1", place, isThere) != nil {
            return "a version or delete marker"
        }
        if try first("SELECT 1 FROM uploads WHERE bucket = $1 AND key = $2 LIMIT 1", place, isThere) != nil {
            return "an open upload"
        }
        let held = try first(
            "SELECT 1 FROM past_versions WHERE bucket = $1 AND key = $2 AND state = 1 LIMIT 1", place, isThere)
        return held == nil ? nil : "a snapshot"
    }

    /// What is remembered of destroyed versions goes with their key, but for those of which the entry that destroyed them
    /// has the key in plain: they hide nothing, and that entry says that they are remembered.
    private mutating func forgetRows(of key: [UInt8], in bucket: BucketID) throws(StoreError) {
        let place: [SQLValue] = [.integer(bucket.value), .bytes(key)]
        // Of each version, which entry destroyed it, beside its earlier records.
        var endings: [Int64: Int64?] = [:]
        try query("SELECT position, until, state FROM past_versions WHERE bucket = $1 AND key = $2", place) {
            row throws(StoreError) in
            let isEnding = PastState(rawValue: row.integer(2)) != .replaced
            if isEnding { endings[row.integer(0)] = row.integer(1) }
            if endings[row.integer(0)] == nil { endings[row.integer(0)] = .some(nil) }
            return true
        }
        for (version, ending) in endings {
            if let ending, try !hidesKey(at: ending) { continue }
            try execute(
                "DELETE FROM past_versions WHERE bucket = $1 AND key = $2 AND position = $3",
                place + [.integer(version)])
        }
        try execute("DELETE FROM archive_pending WHERE bucket = $1 AND key = $2", place)
    }

    /// Whether the entry at a position has a commitment in the place of its key, erases one, or does not say.
    private func hidesKey(at position: Int64) throws(StoreError) -> Bool {
        let entry = try first("SELECT entry FROM journal WHERE position = $1", [.integer(position)]) {
            row throws(StoreError) in CanonicalJSON(row.bytes(0))
        }
        guard let entry = entry ?? nil else { return true }
        return entry["keyCommitment"] != nil || entry[Commitment.erasedMember] != nil
    }

    /// The opening of a key that nothing has any more, once a version of it was destroyed; nil while something has it.
    func openingToErase(of key: ObjectKey, in bucket: Bucket) throws(StoreError) -> Opening? {
        let opening =
            try first(OpeningRows.find, OpeningRows.key(.key, key.bytes, bucket.uuid)) { row throws(StoreError) in
                OpeningRows.opening(row)
            } ?? nil
        guard let opening, try keeper(of: key.bytes, in: bucket.id) == nil else { return nil }
        return opening
    }

    /// Destroys it, and what is remembered under the key.
    mutating func erase(_ opening: Opening, of key: ObjectKey, in bucket: Bucket) throws(StoreError) {
        try destroy(opening)
        try forgetRows(of: key.bytes, in: bucket.id)
    }
}
