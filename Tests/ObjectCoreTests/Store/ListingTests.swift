// Why this file exists: a listing is compared with the obvious one, a sorted array walked from its start, on seeded
// random keys, so that no leap of the scan can skip or repeat an entry.
import Testing

@testable import ObjectCore

@Suite("Listing")
struct ListingTests {
    /// The obvious listing.
    private static func model(
        _ keys: [[UInt8]], _ query: ListingQuery
    ) -> (items: [[UInt8]], prefixes: [[UInt8]], isTruncated: Bool) {
        var entries: [(bytes: [UInt8], isPrefix: Bool)] = []
        for key in keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where key.starts(with: query.prefix) {
            var entry = (bytes: key, isPrefix: false)
            if !query.delimiter.isEmpty {
                let rest = Array(key.dropFirst(query.prefix.count))
                for start in rest.indices where rest[start...].starts(with: query.delimiter) {
                    entry = (query.prefix + rest[..<(start + query.delimiter.count)], true)
                    break
                }
            }
            guard query.after.isEmpty || query.after.lexicographicallyPrecedes(entry.bytes) else { continue }
            if entries.last?.bytes != entry.bytes || !entry.isPrefix { entries.append(entry) }
        }
        let page = entries.prefix(query.limit)
        return (
            page.filter { !$0.isPrefix }.map(\.bytes), page.filter(\.isPrefix).map(\.bytes),
            entries.count > query.limit
        )
    }

    @Test("pages equal those of a sorted array, for random keys, prefixes, delimiters and page sizes")
    func againstModel() async throws {
        var random = SeededGenerator(seed: 20_261_124)
        try await withStore { store, bucket in
            let alphabet: [UInt8] = Array("ab/-!+ 0".utf8) + [0x01, 0xc3, 0xff]
            var keys: Set<[UInt8]> = []
            for _ in 0..<300 {
                let count = Int.random(in: 1...7, using: &random)
                keys.insert((0..<count).map { _ in alphabet.randomElement(using: &random)! })
            }
            for start in stride(from: 0, to: keys.count, by: 50) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for key in Array(keys)[start..<min(start + 50, keys.count)] {
                        group.addTask {
                            _ = try await store.put(
                                try await store.stage(key), as: try ObjectKey(key), in: bucket,
                                attributes: ObjectAttributes())
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for round in 0..<120 {
                var query = ListingQuery()
                let somewhere = keys.randomElement(using: &random)!
                query.prefix = Array(somewhere.prefix(Int.random(in: 0...2, using: &random)))
                query.delimiter = [[], Array("/".utf8), Array("a/".utf8), [0xff]].randomElement(using: &random)!
                query.limit = [1, 3, 20, 1000].randomElement(using: &random)!
                if round % 3 == 0 || query.limit == 1 { query.after = keys.randomElement(using: &random)! }
                // Every page up to the end, each continued after the last entry of the one before.
                for _ in 0..<700 {
                    let expected = Self.model(Array(keys), query)
                    let page = try store.list(query, in: bucket)
                    #expect(page.items.map(\.key.bytes) == expected.items, "round \(round): \(query)")
                    #expect(page.commonPrefixes == expected.prefixes, "round \(round): \(query)")
                    #expect(page.isTruncated == expected.isTruncated, "round \(round): \(query)")
                    guard page.isTruncated, let last = page.last else { break }
                    query.after = last
                }
            }
        }
    }

    @Test("a page of no entries is empty and not truncated")
    func zero() async throws {
        try await withStore { store, bucket in
            try await store.put([1], as: "k", in: bucket)
            var query = ListingQuery()
            query.limit = 0
            let page = try store.list(query, in: bucket)
            #expect(page.items.isEmpty && !page.isTruncated && page.last == nil)
        }
    }

    @Test("many versions and markers of neighbours do not hide a key")
    func manyVersions() async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.enabled, of: bucket)
            for _ in 0..<40 { try await store.put([1], as: "a", in: bucket) }
            for _ in 0..<40 { try await store.put([1], as: "b", in: bucket) }
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("b")), in: bucket)
            try await store.put([1], as: "c", in: bucket)
            let page = try store.list(ListingQuery(), in: bucket)
            #expect(page.items.map(\.key.description) == ["a", "c"])

            var query = ListingQuery()
            query.limit = 7
            var seen: [String] = []
            var marker: VersionID?
            while true {
                let versions = try store.listVersions(query, versionMarker: marker, in: bucket)
                seen += versions.items.map { "\($0.object.key) \($0.object.versionID) \($0.isLatest)" }
                guard versions.isTruncated, let last = versions.items.last else { break }
                query.after = last.object.key.bytes
                marker = last.object.versionID
            }
            #expect(seen.count == 82)
            #expect(Set(seen).count == 82)
            #expect(seen.filter { $0.hasSuffix("true") }.count == 3)
        }
    }
}

/// A generator whose numbers depend only on its seed (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
