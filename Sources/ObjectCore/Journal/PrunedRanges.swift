// Why this file exists: which entries lost their bytes is written into the journal itself, as ranges of positions, so that
// the log binds it like everything else.

/// Positions of entries that were pruned, as an entry tells them: pairs of first and last, flat, ascending.
package struct PrunedRanges: Sendable, Equatable {
    /// More do not fit into one entry.
    package static let countMaximum = 1500
    static let member = "pruned"

    package let ranges: [ClosedRange<Int64>]

    /// - Parameter positions: ascending; those behind the last range that fits are left out.
    package init(_ positions: some Sequence<Int64>) {
        var ranges: [ClosedRange<Int64>] = []
        for position in positions {
            if let last = ranges.last, last.upperBound + 1 == position {
                ranges[ranges.count - 1] = last.lowerBound...position
            } else if ranges.count < PrunedRanges.countMaximum {
                ranges.append(position...position)
            } else {
                break
            }
        }
        self.ranges = ranges
    }

    /// Reads an entry; nil when it has no such ranges, or they are not in order.
    package init?(_ entry: CanonicalJSON) {
        guard case .array(let values)? = entry[PrunedRanges.member], values.count % 2 == 0 else { return nil }
        var ranges: [ClosedRange<Int64>] = []
        for place in stride(from: 0, to: values.count, by: 2) {
            guard let first = values[place].integer, let last = values[place + 1].integer, first >= 1, first <= last,
                ranges.last.map({ $0.upperBound < first }) ?? true
            else { return nil }
            ranges.append(first...last)
        }
        self.ranges = ranges
    }

    var value: CanonicalJSON {
        .array(ranges.flatMap { [.integer($0.lowerBound), .integer($0.upperBound)] })
    }

    /// How many entries they are.
    package var count: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }
}
