// Why this file exists: the bytes of journal entries may go when their time is over. Here they go, in the same transaction
// as the entry that tells which; which may go is decided by who asks (Lineage/Audit/JournalPruning).
//
// Invariant: position, time and leaf hash of an entry stay for ever, so the tree is what it was.

extension ObjectStore {
    /// Takes the bytes of entries away and journals which.
    /// - Parameters:
    ///   - pruned: of entries that have their bytes.
    ///   - before: all of them are older.
    ///   - retention: for how long entries are kept, in milliseconds.
    /// - Throws: ``StoreError/invalidArgument(_:)``, changing nothing, when one of them is younger than `retention` by the
    ///   time that can be trusted, is not older than `before`, or has no bytes.
    package func prune(
        _ pruned: PrunedRanges, before: Timestamp, retention: Int64, origin: ChangeOrigin
    ) async throws(StoreError) {
        try await committer.commit { change throws(StoreError) in
            guard before.milliseconds <= change.trusted.milliseconds - retention else {
                throw .invalidArgument("journal entries are kept for longer than that")
            }
            for range in pruned.ranges {
                let there = try change.first(
                    "SELECT COUNT(*) FROM journal WHERE position >= $1 AND position <= $2 AND at < $3 AND length(entry) > 0",
                    [.integer(range.lowerBound), .integer(range.upperBound), .integer(before.milliseconds)]
                ) { row throws(StoreError) in row.integer(0) }
                guard there == Int64(range.count) else {
                    throw .invalidArgument("entries \(range) of the journal may not be pruned")
                }
            }
            try change.journal(
                .journalPruned, origin,
                [
                    (PrunedRanges.member, pruned.value), ("before", .integer(before.milliseconds)),
                    ("retention", .integer(retention)), ("count", .integer(pruned.count)),
                ])
            for range in pruned.ranges {
                try change.execute(
                    "UPDATE journal SET entry = substr(entry, 1, 0) WHERE position >= $1 AND position <= $2",
                    [.integer(range.lowerBound), .integer(range.upperBound)])
            }
        }
    }

    /// The last position whose entry is older than `time`; 0 when none is. Times never fall from entry to entry.
    package func journalPosition(before time: Timestamp) throws(StoreError) -> Int64 {
        var low: Int64 = 0
        var high = try journalSize()
        while low < high {
            let middle = low + (high - low + 1) / 2
            let at = try database.read { transaction throws(StoreError) in
                try transaction.first("SELECT at FROM journal WHERE position = $1", [.integer(middle)]) {
                    row throws(StoreError) in row.integer(0)
                }
            }
            guard let at else { throw .corrupt("the journal has no entry \(middle)") }
            if at < time.milliseconds { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
