// Why this file exists: how much of a store has a known origin, which versions have none, and when was what.
public import ObjectCore

extension LineageGraph {
    /// How much of what is stored has a known origin: kept up to date, not computed.
    public func completeness() throws(LineageError) -> Completeness {
        let facts = try ask { transaction throws(StoreError) in try GraphFacts(transaction) }
        func share(_ origin: VersionOrigin) -> Completeness.Share {
            var share = Completeness.Share()
            share.versions = facts[GraphFact.versions + String(origin.rawValue)]
            share.bytes = facts[GraphFact.bytes + String(origin.rawValue)]
            return share
        }
        var answer = Completeness()
        answer.known = share(.known)
        answer.implicit = share(.implicit)
        answer.unknown = share(.unknown)
        for part in [answer.known, answer.implicit, answer.unknown] {
            answer.total.versions += part.versions
            answer.total.bytes += part.bytes
        }
        return answer
    }

    /// Existing versions without a known origin, oldest first, behind the node `after`.
    /// - Parameters:
    ///   - includesImplicit: those of implicit runs too.
    ///   - limit: the most that are returned.
    ///   - after: only what comes after it.
    public func orphans(
        includesImplicit: Bool = false, after: GraphNodeID? = nil, limit: Int = 1000
    ) throws(LineageError) -> [GraphNodeID] {
        let origin = includesImplicit ? VersionOrigin.implicit : .unknown
        return try ask { transaction throws(StoreError) in
            var nodes: [GraphNodeID] = []
            for number in 0...origin.rawValue {
                try transaction.query(
                    """
                    SELECT node FROM graph_versions WHERE origin = $1 AND node > $2 AND removal = 0 AND flags & 2 = 0
                    ORDER BY node LIMIT $3
                    """,
                    [.integer(number), .integer(after.map { Int64($0.value) } ?? -1), .integer(Int64(max(limit, 0)))]
                ) { row throws(StoreError) in
                    nodes.append(GraphNodeID(row: row.integer(0)))
                    return true
                }
            }
            return Array(nodes.sorted().prefix(max(limit, 0)))
        }
    }

    /// The last journal position that is not later than `time`; 0 when all are.
    public func position(at time: Timestamp) throws(LineageError) -> Int64 {
        // The journal's times never fall, so the place is halved until it is found.
        var low: Int64 = 0
        var high = store.journalPosition
        while low < high {
            let middle = high - (high - low) / 2
            let entry: JournalEntry?
            do throws(StoreError) { entry = try store.journalEntry(at: middle) } catch { throw .store(error) }
            if let entry, entry.at <= time { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
