// Why this file exists: interval sets say which bytes were read; they must never say less, and must say when they say
// more.
import Testing

@testable import Lineage

@Suite struct IntervalSetTests {
    @Test(
        "ranges that touch become one",
        arguments: [
            ([0..<10, 10..<20], [0..<20]), ([10..<20, 0..<10], [0..<20]), ([0..<5, 10..<15, 3..<12], [0..<15]),
            ([0..<5, 10..<15], [0..<5, 10..<15]), ([10..<15, 0..<5, 20..<25, 5..<10], [0..<15, 20..<25]),
            ([5..<5], []), ([0..<100, 20..<30], [0..<100]),
        ] as [([Range<Int64>], [Range<Int64>])])
    func merges(_ added: [Range<Int64>], _ expected: [Range<Int64>]) {
        var set = IntervalSet()
        for range in added { set.insert(range) }
        #expect(set.ranges == expected)
        #expect(!set.isApproximate)
        #expect(IntervalSet(encoded: set.encoded) == set)
    }

    @Test("beyond its bound it covers all that was added, and says that it covers more", arguments: 1...8)
    func bounded(_ seed: UInt64) {
        var state = seed
        var set = IntervalSet()
        var added: Set<Int64> = []
        for _ in 0..<500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            let start = Int64(state >> 40 & 0xffff)
            set.insert(start..<start + 3)
            added.formUnion(start..<start + 3)
        }
        #expect(set.ranges.count <= IntervalSet.countMaximum)
        #expect(set.isApproximate)
        #expect(added.allSatisfy { set.contains($0) })
        #expect(zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        #expect(IntervalSet(encoded: set.encoded) == set)
    }
}
