// Why this file exists: which bytes of a version a run has read. A run may read an object in millions of ranges, so the
// set is bounded: what would be one interval too many closes the smallest gap, and the set then says that it covers
// more than was read.

/// Byte ranges, ascending, apart from each other, at most ``countMaximum`` of them.
public struct IntervalSet: Sendable, Hashable {
    /// The most intervals that are kept.
    public static let countMaximum = 64

    public private(set) var ranges: [Range<Int64>] = []
    /// Whether gaps were closed to keep the bound: then some of the bytes may not have been read.
    public private(set) var isApproximate = false

    public init() {}

    public init(_ range: Range<Int64>) { insert(range) }

    public var isEmpty: Bool { ranges.isEmpty }

    /// How many bytes it covers.
    public var byteCount: Int64 { ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) } }

    /// Adds bytes; ranges that touch become one.
    public mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        // Reading on, or the same again: what nearly every call is.
        if let last = ranges.last, range.lowerBound >= last.lowerBound {
            if range.upperBound <= last.upperBound { return }
            if range.lowerBound <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        } else {
            insertInside(range)
        }
        if ranges.count > IntervalSet.countMaximum { closeSmallestGap() }
    }

    /// Adds all bytes of another set.
    public mutating func formUnion(_ other: IntervalSet) {
        for range in other.ranges { insert(range) }
        if other.isApproximate { isApproximate = true }
    }

    /// Says that the set covers more than was read.
    public mutating func markApproximate() { isApproximate = true }

    /// Whether the byte at an offset is in it.
    public func contains(_ offset: Int64) -> Bool {
        ranges.contains { $0.contains(offset) }
    }

    /// Whether any of some bytes is in it.
    public func overlaps(_ range: Range<Int64>) -> Bool {
        ranges.contains { $0.overlaps(range) }
    }

    private mutating func insertInside(_ range: Range<Int64>) {
        var first = 0
        while first < ranges.count, ranges[first].upperBound < range.lowerBound { first += 1 }
        var end = first
        var merged = range
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
            merged =
                min(merged.lowerBound, ranges[end].lowerBound)..<max(merged.upperBound, ranges[end].upperBound)
            end += 1
        }
        ranges.replaceSubrange(first..<end, with: [merged])
    }

    private mutating func closeSmallestGap() {
        var best = 1
        var smallest = Int64.max
        for index in 1..<ranges.count {
            let gap = ranges[index].lowerBound - ranges[index - 1].upperBound
            if gap < smallest {
                smallest = gap
                best = index
            }
        }
        ranges.replaceSubrange(
            best - 1...best, with: [ranges[best - 1].lowerBound..<ranges[best].upperBound])
        isApproximate = true
    }
}
