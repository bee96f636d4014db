// Why this file exists: the end of the database's log as a crash may leave it: cut, zeroed or scrambled from any byte on.
// Commits that ended before it stay, and a commit is there whole or not at all, its row, journal entry and chunks together.
import Foundation
import Testing

@testable import ObjectCore

@Suite struct TornLogTests {
    enum Tear: String, CaseIterable, Sendable { case cut, zero, scramble }

    /// SQLite's log: a header of 32 bytes, then frames of a header of 24 bytes and a page.
    private static let logHeaderLength = 32
    private static let frameLength = 24 + 4096
    /// So many frames at the end are torn.
    private static let tornFrames = 24

    @Test("a torn end of the log costs only commits that ended in it", arguments: Tear.allCases)
    func tear(_ tear: Tear) async throws {
        let folder = TemporaryDirectory()
        var options = StoreOptions.small
        options.segments.prewrites = false
        options.checkpointInterval = 1e9
        let data = folder.file("data")
        let log = data + "/meta.sqlite-wal"
        let store = try ObjectStore.open(data, options: options)
        let bucket = try await store.createBucket("bucket")
        var ends: [Int] = []
        for number in 0..<4 {
            try await store.put(content(500 + number), as: "k\(number)", in: bucket)
            ends.append(try contents(log).count)
        }
        let copy = folder.file("copy")
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        await store.close()
        let whole = try contents(copy + "/meta.sqlite-wal")
        #expect((whole.count - Self.logHeaderLength) % Self.frameLength == 0)
        let first = max(ends[0], whole.count - Self.tornFrames * Self.frameLength)
        // The edges of each frame and of its header, and some bytes of each page.
        let positions = (first..<whole.count).filter { position in
            let place = (position - Self.logHeaderLength) % Self.frameLength
            return [0, 1, 8, 23, 24, 25, Self.frameLength - 1].contains(place) || place % 2003 == 500
        }
        var states: Set<Int> = []
        for position in positions {
            var torn = whole
            switch tear {
            case .cut: torn.removeSubrange(position...)
            case .zero: for index in position..<torn.count { torn[index] = 0 }
            case .scramble: for index in position..<torn.count { torn[index] ^= 0x5A }
            }
            let state = folder.file("state")
            try FileManager.default.copyItem(atPath: copy, toPath: state)
            defer { try? FileManager.default.removeItem(atPath: state) }
            try write(torn, to: state + "/meta.sqlite-wal")
            let again = try ObjectStore.open(state, options: options)
            let keys = try again.list(ListingQuery(), in: try again.bucket("bucket")).items.map { "\($0.key)" }
            #expect(keys == (0..<keys.count).map { "k\($0)" }, "\(tear) at \(position)")
            #expect(keys.count >= ends.count { $0 <= position }, "\(tear) at \(position)")
            for number in keys.indices { #expect(try again.bytes("k\(number)", in: bucket) == content(500 + number)) }
            #expect(try again.check().problems == [], "\(tear) at \(position)")
            states.insert(keys.count)
            await again.close()
        }
        // Several commits were torn, or the test says nothing.
        #expect(states.count >= 3)
    }
}
