// Why this file exists: an entry whose bytes are gone is either one that was pruned after its time, or one that somebody
// took away. The journal tells which were pruned, in entries of its own; this holds these against what is missing.
import ObjectCore

/// Which entries are without bytes, and which the journal says are.
struct PruningReplay {
    /// Positions, coalesced and in order.
    private var missing: [ClosedRange<Int64>] = []
    private var told: [(by: Int64, range: ClosedRange<Int64>)] = []
    private var before: Int64?

    /// Takes the indices of entries without bytes, in order.
    mutating func take(pruned indices: [Int64]) {
        for position in indices.lazy.map({ $0 + 1 }) {
            if let last = missing.last, last.upperBound + 1 == position {
                missing[missing.count - 1] = last.lowerBound...position
            } else {
                missing.append(position...position)
            }
        }
    }

    /// Takes an entry that tells what was pruned; passes over any other.
    mutating func take(_ entry: CanonicalJSON, index: Int64, _ report: inout AuditReport) {
        guard entry["kind"]?.text == JournalKind.journalPruned.rawValue else { return }
        guard let ranges = PrunedRanges(entry), let at = entry["at"]?.integer, let before = entry["before"]?.integer,
            let keptFor = entry["retention"]?.integer, keptFor >= 0, before <= at - keptFor,
            ranges.ranges.allSatisfy({ $0.upperBound <= index })
        else {
            report.report("journal index \(index): it does not say what was pruned, or not what may be")
            return
        }
        for range in ranges.ranges { told.append((index, range)) }
        self.before = max(self.before ?? before, before)
    }

    /// Compares, and tells how many entries were pruned.
    mutating func finish(size: Int64, _ report: inout AuditReport) {
        report.pruned = missing.reduce(0) { $0 + Int64($1.count) }
        report.prunedBefore = before
        told.sort { $0.range.lowerBound < $1.range.lowerBound }
        // Both are in order and without overlaps, so one pass finds every difference.
        var position: Int64 = 0
        var places = (missing: 0, told: 0)
        while places.missing < missing.count || places.told < told.count {
            let gone = places.missing < missing.count ? missing[places.missing] : nil
            let known = places.told < told.count ? told[places.told] : nil
            let start = max(position, min(gone?.lowerBound ?? .max, known?.range.lowerBound ?? .max))
            let isGone = gone.map { $0.contains(start) } ?? false
            let isTold = known.map { $0.range.contains(start) } ?? false
            var end = size
            for range in [gone, known?.range].compactMap(\.self) {
                end = min(end, range.contains(start) ? range.upperBound : range.lowerBound - 1)
            }
            if isGone, !isTold {
                report.report(
                    "journal index \(start - 1): the entry has no bytes, and the journal does not say that it was pruned"
                )
            } else if isTold, !isGone, let known {
                report.report(
                    "journal index \(start - 1): the entry is there, but that of index \(known.by) says that it was pruned"
                )
            }
            position = max(end, start) + 1
            while places.missing < missing.count, missing[places.missing].upperBound < position { places.missing += 1 }
            while places.told < told.count, told[places.told].range.upperBound < position { places.told += 1 }
        }
    }
}
