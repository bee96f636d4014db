// Why this file exists: seeded random programs of puts, deletions, destroyed versions, tags, versioning, snapshots and
// collections, beside a model that simply keeps every state that there was. Every state that can be asked for, and
// every snapshot, must be what the model kept; what was destroyed must be told as destroyed, and nothing else.
import Testing

@testable import ObjectCore

@Suite("The past against a model")
struct PastModelTests {
    struct Version: Equatable {
        var index: Int64
        var isNull: Bool
        var isMarker: Bool
        var content: Int
        var tag: Int
    }

    /// A bucket's keys, each with its versions, newest first.
    typealias State = [String: [Version]]

    private static let contents: [[UInt8]] = (0..<8).map { number in
        content([0, 90, 20_000, 300_000][number % 4], seed: UInt64(number + 40))
    }
    private static let keys = ["a", "a/b", "a/c", "a/d/e", "b", "c/1", "c/2", "d"]

    private final class Run {
        var random: SeededGenerator
        let store: ObjectStore
        var bucket: Bucket
        var state: State = [:]
        /// The state after so many entries of the journal.
        var states: [Int64: State] = [:]
        /// By the names of the snapshots that there are.
        var snapshots: [String: State] = [:]
        var nextName = 0

        init(seed: UInt64, store: ObjectStore, bucket: Bucket) {
            random = SeededGenerator(seed: seed)
            self.store = store
            self.bucket = bucket
        }

        func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        func step() async throws {
            let key = PastModelTests.keys[pick(PastModelTests.keys.count)]
            switch pick(20) {
            case 0..<8: try await put(key)
            case 8..<11: try await delete(key)
            case 11..<14: try await destroy(key)
            case 14..<16: try await tag(key)
            case 16: try await snapshot()
            case 17: try await forgetSnapshot()
            case 18: _ = try await store.collectGarbage()
            default: try await suspendOrEnable()
            }
            bucket = try store.bucket(bucket.name)
            states[try store.journalSize()] = state
        }

        private func takesPlace(of key: String) -> [Version] {
            let versions = state[key] ?? []
            switch bucket.versioning {
            case .never: return []
            case .enabled: return versions
            case .suspended: return versions.filter { !$0.isNull }
            }
        }

        private func put(_ key: String) async throws {
            let number = pick(PastModelTests.contents.count)
            let rest = takesPlace(of: key)
            let made = try await store.put(PastModelTests.contents[number], as: key, in: bucket)
            state[key] =
                [Version(index: made.index, isNull: made.isNull, isMarker: false, content: number, tag: 0)] + rest
        }

        private func delete(_ key: String) async throws {
            let rest = takesPlace(of: key)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey(key)), in: bucket)
            if bucket.versioning == .never {
                state[key] = nil
            } else {
                // The marker's entry is the last of the deletion.
                let marker = Version(
                    index: try store.journalSize(), isNull: bucket.versioning == .suspended, isMarker: true, content: 0,
                    tag: 0)
                state[key] = [marker] + rest
            }
        }

        private func destroy(_ key: String) async throws {
            guard let versions = state[key], !versions.isEmpty else { return }
            let gone = versions[pick(versions.count)]
            _ = try await store.delete(
                DeleteRequest(key: try ObjectKey(key), version: gone.isNull ? .null : .index(gone.index)), in: bucket)
            let rest = versions.filter { $0 != gone }
            state[key] = rest.isEmpty ? nil : rest
        }

        private func tag(_ key: String) async throws {
            guard var versions = state[key] else { return }
            let choice = pick(versions.count)
            guard !versions[choice].isMarker else { return }
            let tag = pick(1000) + 1
            _ = try await store.setTags(
                [NameValue("t", String(tag))], of: try ObjectKey(key),
                version: versions[choice].isNull ? .null : .index(versions[choice].index), in: bucket)
            versions[choice].tag = tag
            state[key] = versions
        }

        private func snapshot() async throws {
            nextName += 1
            let made = try await store.createSnapshot("s\(nextName)", of: bucket)
            snapshots[made.viewName] = state
        }

        private func forgetSnapshot() async throws {
            guard let name = snapshots.keys.sorted().randomElement(using: &random) else { return }
            try await store.deleteSnapshot(name)
            snapshots[name] = nil
        }

        private func suspendOrEnable() async throws {
            guard bucket.versioning != .never else { return }
            try await store.setVersioning(bucket.versioning == .enabled ? .suspended : .enabled, of: bucket)
        }

        /// Indices of all versions whose bytes must be readable.
        var readable: Set<Int64> {
            var indices = Set(state.values.joined().map(\.index))
            for shown in snapshots.values { indices.formUnion(shown.values.compactMap { $0.first?.index }) }
            return indices
        }

        // MARK: Comparing

        func check(_ view: Bucket, is expected: State, _ name: String) throws {
            let current = expected.compactMapValues { $0.first.flatMap { $0.isMarker ? nil : $0 } }
            let readable = readable
            for key in PastModelTests.keys {
                let found: ObjectVersion
                do throws(StoreError) {
                    found = try store.object(try ObjectKey(key), in: view)
                } catch {
                    switch error {
                    case .noSuchKey: #expect(expected[key] == nil, "\(name): \(key)")
                    case .isDeleteMarker: #expect(expected[key]?.first?.isMarker == true, "\(name): \(key)")
                    case .versionDestroyed:
                        let version = try #require(current[key], "\(name): \(key)")
                        #expect(!readable.contains(version.index), "\(name): \(key) is not lost")
                    default: throw error
                    }
                    continue
                }
                let version = try #require(current[key], "\(name): \(key) should not be there")
                #expect(found.index == version.index, "\(name): \(key)")
                #expect(
                    try store.read(found, range: 0..<found.size) == PastModelTests.contents[version.content],
                    "\(name): \(key)")
                #expect(
                    found.attributes.tags.map(\.value) == (version.tag == 0 ? [] : [String(version.tag)]),
                    "\(name): tags of \(key)")
            }
            try checkListings(view, expected, current, name)
        }

        private func checkListings(
            _ view: Bucket, _ expected: State, _ current: [String: Version], _ name: String
        ) throws {
            var query = ListingQuery()
            query.limit = 1 + pick(4)
            var listed: [String: Int64] = [:]
            repeat {
                let page = try store.list(query, in: view)
                for item in page.items { listed[item.key.description] = item.size }
                query.after = page.isTruncated ? page.last ?? [] : []
            } while !query.after.isEmpty
            let sizes = current.mapValues { Int64(PastModelTests.contents[$0.content].count) }
            #expect(listed == sizes, "\(name)")
            var rolled = ListingQuery()
            rolled.delimiter = [UInt8(ascii: "/")]
            let page = try store.list(rolled, in: view)
            let prefixes = Set(current.keys.filter { $0.contains("/") }.map { String($0.prefix(2)) })
            #expect(Set(page.commonPrefixes.map { String(decoding: $0, as: UTF8.self) }) == prefixes, "\(name)")
            var versions: [String] = []
            var markers = ListingQuery()
            markers.limit = 3
            var marker: VersionID?
            while true {
                let page = try store.listVersions(markers, versionMarker: marker, in: view)
                versions += page.items.map {
                    "\($0.object.key) \($0.object.versionID) \($0.isDeleteMarker) \($0.isLatest)"
                }
                guard page.isTruncated, let last = page.items.last else { break }
                markers.after = last.object.key.bytes
                marker = last.object.versionID
            }
            let ordered = expected.sorted { left, right in
                Array(left.key.utf8).lexicographicallyPrecedes(Array(right.key.utf8))
            }
            var all: [String] = []
            for (key, versions) in ordered {
                for (position, version) in versions.enumerated() {
                    if view.snapshot != nil, position > 0 || version.isMarker { continue }
                    let id: VersionID = version.isNull ? .null : .index(version.index)
                    all.append("\(key) \(id) \(version.isMarker) \(position == 0)")
                }
            }
            #expect(versions == all, "\(name)")
        }

        func checkAll(seed: UInt64) throws {
            for (name, state) in snapshots {
                try check(try store.bucket(name), is: state, "seed \(seed), snapshot \(name)")
            }
            guard let since = bucket.versionedSince else { return }
            for (index, state) in states where index >= since {
                let view = try store.bucket(bucket, asOf: .index(index))
                try check(view, is: state, "seed \(seed), index \(index)")
            }
        }
    }

    @Test(
        "every state and every snapshot is what it was, whatever was destroyed since",
        arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func programs(seed: UInt64) async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        var run = Run(seed: seed, store: store, bucket: try await store.createBucket("bucket"))
        for round in 0..<4 {
            // The first rounds of odd seeds do not keep versions.
            if seed % 2 == 0 ? round == 0 : round == 2 {
                try await store.setVersioning(.enabled, of: run.bucket)
                run.bucket = try store.bucket("bucket")
            }
            for _ in 0..<60 { try await run.step() }
            try run.checkAll(seed: seed)
            #expect(try store.check().problems == [], "seed \(seed), round \(round)")
            await store.close()
            store = try ObjectStore.open(folder.path)
            let next = Run(seed: seed &* 100 &+ UInt64(round), store: store, bucket: try store.bucket("bucket"))
            (next.state, next.states, next.snapshots) = (run.state, run.states, run.snapshots)
            next.nextName = run.nextName
            run = next
            #expect(Set(store.snapshots().map(\.viewName)) == Set(run.snapshots.keys), "seed \(seed)")
        }
        _ = try await store.collectGarbage()
        try run.checkAll(seed: seed)
        #expect(try store.scrub().problems == [], "seed \(seed)")
        for name in run.snapshots.keys { try await store.deleteSnapshot(name) }
        run.snapshots = [:]
        _ = try await store.collectGarbage()
        try run.checkAll(seed: seed)
        #expect(try store.statistics().heldVersions == 0, "seed \(seed)")
        for (key, versions) in run.state {
            for version in versions {
                _ = try await store.delete(
                    DeleteRequest(key: try ObjectKey(key), version: version.isNull ? .null : .index(version.index)),
                    in: run.bucket)
            }
        }
        _ = try await store.collectGarbage()
        #expect(try store.statistics().chunks == 0, "seed \(seed): nothing is left when everything is deleted")
        #expect(try store.check().problems == [], "seed \(seed)")
        try await store.deleteBucket("bucket")
        _ = try await store.collectGarbage()
        let rows = try store.database.read { transaction throws(StoreError) in
            try transaction.first("SELECT COUNT(*) FROM past_versions", []) { row throws(StoreError) in row.integer(0) }
        }
        #expect(rows == 0, "seed \(seed): a bucket's past ends with it")
        await store.close()
    }
}
