// Why this file exists: what the journal says was pruned and what is missing are compared in both directions, whatever way
// their ranges overlap.
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct PruningReplayTests {
    private func problems(
        missing: [Int64], told: [[Int64]], after: Int64 = 0, before: Int64 = 100, at: Int64 = 200,
        retention: Int64 = 100
    ) -> [String] {
        var replay = PruningReplay()
        var report = AuditReport()
        for position in missing { replay.take(pruned: position - 1, after: after) }
        for (number, ranges) in told.enumerated() {
            let entry = CanonicalJSON.object([
                ("kind", .text(JournalKind.journalPruned.rawValue)), ("at", .integer(at)),
                ("before", .integer(before)), ("retention", .integer(retention)),
                ("pruned", .array(ranges.map { .integer($0) })),
            ])
            replay.take(entry, index: 50 + Int64(number), &report)
        }
        replay.finish(size: 60, &report)
        #expect(report.pruned == Int64(missing.count))
        return report.problems
    }

    @Test(
        "what is told and missing holds, in one entry or in several",
        arguments: [
            ([1, 2, 3, 7], [[1, 3, 7, 7]]), ([1, 2, 3, 7], [[7, 7], [1, 3]]), ([1, 2, 3], [[2, 2], [1, 1, 3, 3]]),
            ([], []), ([], [[]]), ([49, 50], [[49, 50]]),
        ] as [([Int64], [[Int64]])])
    func holds(missing: [Int64], told: [[Int64]]) { #expect(problems(missing: missing, told: told) == []) }

    @Test(
        "each difference is found where it begins",
        arguments: [
            ([5], [], "index 4: the entry has no bytes"), ([1, 2, 3, 4], [[1, 3]], "index 3: the entry has no bytes"),
            ([1, 2, 3, 4], [[2, 4]], "index 0: the entry has no bytes"),
            ([1, 4], [[1, 4]], "index 1: the entry is there"), ([], [[9, 9]], "index 8: the entry is there"),
            ([1, 2, 3, 4, 5], [[1, 2], [4, 5]], "index 2: the entry has no bytes"),
            ([3, 4], [[1, 2, 3, 4]], "index 0: the entry is there"),
        ] as [([Int64], [[Int64]], String)])
    func differs(missing: [Int64], told: [[Int64]], words: String) {
        let found = problems(missing: missing, told: told)
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }

    @Test("an entry that tells of itself, of later ones, or of too young ones is refused")
    func refused() {
        #expect(problems(missing: [], told: [[51, 51]]).contains { $0.contains("not what may be") })
        #expect(problems(missing: [], told: [[3, 2]]).contains { $0.contains("it does not say") })
        #expect(problems(missing: [1], told: [[1, 1]], retention: 101).contains { $0.contains("not what may be") })
        #expect(problems(missing: [2], told: [[2, 2]], after: 100).contains { $0.contains("is younger") })
    }
}
