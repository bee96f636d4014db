// Why this file exists: the one opener on the reading side: from commitments in entries to the names that they stand for,
// for as long as their salts are there; and the setting by which a bucket asks for commitments.
// Nothing is held in memory, so what was erased is not known any more the moment that its commit is durable.

extension ObjectStore {
    /// The row of `bucket_settings` that is there, with one byte of value 1, when a bucket asks for commitments.
    public static let commitmentsSetting = "commitments"

    /// Whether entries of a bucket have commitments in the place of names from now on. Entries of before stay as they
    /// are, so it is best switched on while the bucket is empty.
    /// - Throws: ``StoreError/noSuchBucket(_:)``.
    public func setCommitments(
        _ isOn: Bool, of bucket: Bucket, origin: ChangeOrigin = .embedded
    ) async throws(StoreError) {
        guard isOn != hasCommitments(bucket) else { return }
        try await setBucketSetting(ObjectStore.commitmentsSetting, to: isOn ? [1] : nil, of: bucket, origin: origin)
    }

    /// Whether a bucket asks for commitments, from memory.
    public func hasCommitments(_ bucket: Bucket) -> Bool {
        bucketSetting(ObjectStore.commitmentsSetting, of: bucket) != nil
    }

    /// What opens each of these commitments; those that were erased, and what is none, are not in the answer.
    public func openings(of commitments: some Sequence<[UInt8]>) throws(StoreError) -> [[UInt8]: Opening] {
        try database.read { transaction throws(StoreError) in
            var found: [[UInt8]: Opening] = [:]
            for commitment in commitments where found[commitment] == nil {
                found[commitment] =
                    try transaction.first(OpeningRows.byCommitment, [.bytes(commitment)]) { row throws(StoreError) in
                        OpeningRows.opening(row)
                    } ?? nil
            }
            return found
        }
    }

    /// The commitment that entries of a scope have for a name now, with what opens it; nil when none has.
    /// - Parameters:
    ///   - kind: what the name names.
    ///   - value: the name.
    ///   - scope: the UUID of a bucket; empty for entries of runs.
    public func opening(
        of kind: CommitmentKind, _ value: [UInt8], in scope: [UInt8]
    ) throws(StoreError) -> Opening? {
        try database.read { transaction throws(StoreError) in
            try transaction.first(OpeningRows.find, OpeningRows.key(kind, value, scope)) { row throws(StoreError) in
                OpeningRows.opening(row)
            } ?? nil
        }
    }

    /// The key that an entry speaks of, opened where it is hidden; nil when it names none or its salt is gone.
    public func key(of entry: CanonicalJSON) throws(StoreError) -> [UInt8]? {
        if let hidden = entry["keyCommitment"]?.text {
            guard let commitment = Hex.decode(hidden) else { return nil }
            return try openings(of: [commitment])[commitment]?.value
        }
        return entry["key"]?.text.map { Array($0.utf8) } ?? entry["keyHex"]?.text.flatMap { Hex.decode($0) }
    }

    /// Shows everything that opens commitments, and the rows that open nothing as nil.
    package func eachOpening(
        _ visit: ([UInt8], Opening?) throws(StoreError) -> Void
    ) throws(StoreError) {
        try database.read { transaction throws(StoreError) in
            try transaction.query(OpeningRows.all, []) { row throws(StoreError) in
                try visit(row.bytes(4), OpeningRows.opening(row))
                return true
            }
        }
    }
}
