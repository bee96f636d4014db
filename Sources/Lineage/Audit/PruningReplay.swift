// Why this file exists: an entry whose bytes are gone is either one that was pruned after its time, or one that somebody
// took away. The journal tells which were pruned, in entries of its own; this holds these against what is missing.
import ObjectCore

/// Which entries are without bytes, and which the journal says are.
struct PruningReplay {
    /// Positions in order, coalesced; and the time of the last entry before them that is there.
    private var missing: [(range: ClosedRange<Int64>, after: Int64)] = []
    /// By which index it is told, and before which time they are said to be.
    private var told: [(by: Int64, range: ClosedRange<Int64>, before: Int64)] = []
    private var before: Int64?

    /// Takes the index of an entry without bytes; they come in order.
    /// - Parameter time: of the last entry before it that is there.
    mutating func take(pruned index: Int64, after time: Int64) {
        let position = index + 1
        if let last = missing.last, last.range.upperBound + 1 == position {
            missing[missing.count - 1].range = last.range.lowerBound...position
        } else {
            missing.append((position...position, time))
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
        for range in ranges.ranges { told.append((index, range, before)) }
        self.before = max(self.before ?? before, before)
    }

    /// Compares, and tells how many entries were pruned.
    mutating func finish(size: Int64, _ report: inout AuditReport) {
        report.pruned = missing.reduce(0) { $0 + Int64($1.range.count) }
        report.prunedBefore = before
        told.sort { $0.range.lowerBound < $1.range.lowerBound }
        // Both are in order and without overlaps, so one pass finds every difference.
        var position: Int64 = 0
        var places = (missing: 0, told: 0)
        while places.missing < missing.count || places.told < told.count {
            let gone = places.missing < missing.count ? missing[places.missing] : nil
            let known = places.told < told.count ? told[places.told] : nil
            let start = max(position, min(gone?.range.lowerBound ?? .max, known?.range.lowerBound ?? .max))
            let isGone = gone.map { $0.range.contains(start) } ?? false
            let isTold = known.map { $0.range.contains(start) } ?? false
            var end = size
            for range in [gone?.range, known?.range].compactMap(\.self) {
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
            // Times never fall, so what lies behind an entry is not older than it.
            if isGone, isTold, let gone, let known, gone.after >= known.before {
                report.report(
                    "journal index \(start - 1): the entry was pruned and is younger than that of index \(known.by) says"
                )
            }
            position = max(end, start) + 1
            while places.missing < missing.count, missing[places.missing].range.upperBound < position {
                places.missing += 1
            }
            while places.told < told.count, told[places.told].range.upperBound < position { places.told += 1 }
        }
    }
}
