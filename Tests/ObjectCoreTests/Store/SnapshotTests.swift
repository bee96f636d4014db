// Why this file exists: what a snapshot promises, one sentence each: it holds what it shows, it changes nothing, and it
// lets go when it is deleted.
import Testing

@testable import ObjectCore

@Suite struct SnapshotTests {
    private static func names(_ store: ObjectStore, _ bucket: Bucket) throws -> [String] {
        try store.list(ListingQuery(), in: bucket).items.map(\.key.description)
    }

    @Test("an unversioned bucket's objects stay readable through it when they are overwritten and deleted")
    func unversioned() async throws {
        try await withStore { store, bucket in
            let big = content(3 << 20, seed: 3)
            try await store.put(big, as: "big", in: bucket)
            try await store.put([1, 2, 3], as: "small", in: bucket)
            _ = try await store.createSnapshot("monday", of: bucket)
            try await store.put([9], as: "small", in: bucket)
            try await store.put([8], as: "later", in: bucket)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("big")), in: bucket)
            _ = try await store.collectGarbage()
            let view = try store.bucket("bucket.monday")
            #expect(try Self.names(store, view) == ["big", "small"])
            #expect(try store.bytes("big", in: view) == big)
            #expect(try store.bytes("small", in: view) == [1, 2, 3])
            #expect(try Self.names(store, bucket) == ["later", "small"])
            #expect(try store.statistics().heldVersions == 2)
            try await store.deleteSnapshot("bucket.monday")
            _ = try await store.collectGarbage()
            #expect(try store.statistics().heldVersions == 0)
            #expect(try store.statistics().chunkBytes == 2)
            #expect(throws: StoreError.noSuchBucket("bucket.monday")) { try store.bucket("bucket.monday") }
        }
    }

    @Test("nothing can be changed through it")
    func readOnly() async throws {
        try await withStore { store, bucket in
            try await store.put([1], as: "k", in: bucket)
            _ = try await store.createSnapshot("s", of: bucket)
            let view = try store.bucket("bucket.s")
            let refused = StoreError.isThePast("bucket.s")
            await #expect(throws: refused) { try await store.put([2], as: "k", in: view) }
            await #expect(throws: refused) {
                _ = try await store.delete(DeleteRequest(key: try ObjectKey("k")), in: view)
            }
            await #expect(throws: refused) { try await store.setVersioning(.enabled, of: view) }
            await #expect(throws: refused) { try await store.setBucketSetting("x", to: [1], of: view) }
            await #expect(throws: refused) {
                _ = try await store.setTags([], of: try ObjectKey("k"), version: nil, in: view)
            }
            await #expect(throws: refused) {
                _ = try await store.createUpload(try ObjectKey("k"), in: view, attributes: ObjectAttributes())
            }
            await #expect(throws: refused) { try await store.deleteBucket("bucket.s") }
            await #expect(throws: refused) { _ = try await store.createSnapshot("t", of: view) }
        }
    }

    @Test("a snapshot name and a bucket name exclude each other, and a bucket with snapshots stays")
    func names() async throws {
        try await withStore { store, bucket in
            _ = try await store.createBucket("bucket.taken")
            await #expect(throws: StoreError.bucketExists("bucket.taken", isOwn: true)) {
                _ = try await store.createSnapshot("taken", of: bucket)
            }
            _ = try await store.createSnapshot("s", of: bucket)
            await #expect(throws: StoreError.bucketExists("bucket.s", isOwn: true)) {
                _ = try await store.createSnapshot("s", of: bucket)
            }
            await #expect(throws: StoreError.self) { _ = try await store.createBucket("bucket.s") }
            await #expect(throws: StoreError.bucketHasSnapshots("s")) { try await store.deleteBucket("bucket") }
            await #expect(throws: StoreError.noSuchSnapshot("bucket.t")) { try await store.deleteSnapshot("bucket.t") }
            #expect(store.bucketsAndSnapshots().map(\.name) == ["bucket", "bucket.s", "bucket.taken"])
            #expect(store.buckets().map(\.name) == ["bucket", "bucket.taken"])
        }
    }

    @Test(
        "unfit names are refused",
        arguments: ["", "Upper", "a.b", "-a", "a-", "a/b", "ä", String(repeating: "x", count: 60)])
    func unfit(_ name: String) async throws {
        try await withStore { store, bucket in
            await #expect(throws: StoreError.self) { _ = try await store.createSnapshot(name, of: bucket) }
            #expect(store.snapshots().isEmpty)
        }
    }

    @Test("lifecycle rules destroy for the bucket and not for the snapshot")
    func lifecycle() async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock(1_700_000_000_000)
        let store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
        var bucket = try await store.createBucket("bucket")
        try await store.setVersioning(.enabled, of: bucket)
        bucket = try store.bucket("bucket")
        try await store.put([1], as: "k", in: bucket)
        _ = try await store.createSnapshot("s", of: bucket)
        try await store.put([2], as: "k", in: bucket)
        let rule = LifecycleRule(
            id: "r", isEnabled: true, filter: LifecycleFilter(form: .filter), noncurrentDays: 1)
        let configuration = LifecycleConfiguration(rules: [rule], transitionDefaultMinimumObjectSize: "")
        try await store.setBucketSetting(
            LifecycleConfiguration.settingName, to: configuration.encoded, of: bucket)
        clock.pass(86_400_000 / 2)
        clock.pass(86_400_000)
        clock.pass(86_400_000)
        let report = try await store.runLifecycle()
        #expect(report.removedNoncurrent == 1)
        _ = try await store.collectGarbage()
        #expect(try store.listVersions(ListingQuery(), in: bucket).items.count == 1)
        #expect(try store.bytes("k", in: try store.bucket("bucket.s")) == [1])
        await store.close()
    }

    @Test("making one costs the same, whatever the bucket holds")
    func speed() async throws {
        try await withStore { store, bucket in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<60 { try await store.put([1], as: "k\(task)/\(number)", in: bucket) }
                    }
                }
                try await group.waitForAll()
            }
            let clock = ContinuousClock()
            let times = try await (0..<9).asyncMap { number in
                let one = try await clock.measure { try await store.put([2], as: "one more", in: bucket) }
                let snapshot = try await clock.measure {
                    _ = try await store.createSnapshot("s\(number)", of: bucket)
                }
                return (one: one, snapshot: snapshot)
            }
            // The middle of nine: a flush of a busy disk may take long once. A commit is what both cost.
            let one = times.map(\.one).sorted()[4]
            #expect(times.map(\.snapshot).sorted()[4] < one * 5, "\(times)")
        }
    }

    @Test("a clone has the snapshot's objects by reference, can be written, and outlives the snapshot")
    func clone() async throws {
        try await withStore { store, bucket in
            let big = content(3 << 20, seed: 5)
            try await store.put(big, as: "big", in: bucket)
            var attributes = ObjectAttributes()
            attributes.userMetadata = [NameValue("color", "blue")]
            try await store.put([1], as: "small", in: bucket, attributes: attributes)
            _ = try await store.createSnapshot("s", of: bucket)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("big")), in: bucket)
            _ = try await store.setTags([NameValue("a", "b")], of: try ObjectKey("small"), version: nil, in: bucket)
            let bytes = try store.statistics().segmentBytes
            let report = try await store.cloneSnapshot("bucket.s", as: "clone")
            #expect(report.objects == 2 && report.copied == 2)
            #expect(try store.statistics().segmentBytes == bytes)
            try await store.deleteSnapshot("bucket.s")
            _ = try await store.collectGarbage()
            let clone = try store.bucket("clone")
            #expect(try store.bytes("big", in: clone) == big)
            let small = try store.object(try ObjectKey("small"), in: clone)
            #expect(small.attributes.userMetadata == attributes.userMetadata)
            #expect(small.attributes.tags.isEmpty)
            try await store.put([7], as: "small", in: clone)
            #expect(try store.bytes("small", in: bucket) == [1])
            #expect(store.bucketSetting(ObjectStore.unfinishedCloneSetting, of: clone) == nil)
            await #expect(throws: StoreError.self) { _ = try await store.cloneSnapshot("bucket.s", as: "other") }
        }
    }

    @Test("a clone that was interrupted goes on, and another snapshot's is not taken for it")
    func resumedClone() async throws {
        try await withStore { store, bucket in
            for number in 0..<5 { try await store.put([UInt8(number)], as: "k\(number)", in: bucket) }
            let snapshot = try await store.createSnapshot("s", of: bucket)
            let mark = Array("\(Hex.encode(bucket.uuid)) \(snapshot.index)".utf8)
            let begun = try await store.createBucket(
                "clone", settings: [ObjectStore.unfinishedCloneSetting: mark])
            _ = try await store.copy(
                try store.object(try ObjectKey("k0"), in: bucket), as: try ObjectKey("k0"), in: begun,
                attributes: ObjectAttributes())
            let report = try await store.cloneSnapshot("bucket.s", as: "clone")
            #expect(report.objects == 5 && report.copied == 4)
            await #expect(throws: StoreError.bucketExists("clone", isOwn: true)) {
                _ = try await store.cloneSnapshot("bucket.s", as: "clone")
            }
        }
    }

    @Test("journal and audit know of snapshots")
    func journal() async throws {
        try await withStore { store, bucket in
            _ = try await store.createSnapshot("s", of: bucket)
            try await store.deleteSnapshot("bucket.s")
            let kinds = try store.journalEntries().compactMap { CanonicalJSON($0.bytes)?["kind"]?.text }
            #expect(kinds.suffix(2) == ["snapshot.created", "snapshot.deleted"])
        }
    }
}

@Suite struct PastReadingTests {
    @Test("a time is the state of its last change, and what cannot be known is refused")
    func times() async throws {
        try await withStore { store, bucket in
            #expect(throws: StoreError.self) { _ = try store.bucket(bucket, asOf: .index(1)) }
            try await store.put([0], as: "k", in: bucket)
            let before = try store.journalSize()
            try await store.setVersioning(.enabled, of: bucket)
            let bucket = try store.bucket("bucket")
            let first = try await store.put([1], as: "k", in: bucket)
            try await Task.sleep(for: .milliseconds(5))
            try await store.put([2], as: "k", in: bucket)
            let view = try store.bucket(bucket, asOf: .time(first.modified))
            #expect(try store.bytes("k", in: view) == [1])
            let enabled = try store.bucket(bucket, asOf: .index(before + 1))
            #expect(try store.bytes("k", in: enabled) == [0])
            for point in [
                PastPoint.index(before), .index(try store.journalSize() + 1), .time(Timestamp(milliseconds: 1000)),
                .time(Timestamp(milliseconds: first.modified.milliseconds + 86_400_000)),
            ] {
                #expect(throws: StoreError.self) { _ = try store.bucket(bucket, asOf: point) }
            }
        }
    }

    @Test("a version that was destroyed is listed as it was, and told as destroyed")
    func destroyed() async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.enabled, of: bucket)
            let bucket = try store.bucket("bucket")
            var attributes = ObjectAttributes()
            attributes.userMetadata = [NameValue("secret", "name")]
            let first = try await store.put([1, 2], as: "k", in: bucket, attributes: attributes)
            let index = try store.journalSize()
            _ = try await store.delete(DeleteRequest(key: first.key, version: first.versionID), in: bucket)
            let view = try store.bucket(bucket, asOf: .index(index))
            let listed = try #require(try store.list(ListingQuery(), in: view).items.first)
            #expect(listed.etag == first.etag && listed.size == 2)
            #expect(throws: StoreError.versionDestroyed(first.versionID)) { try store.object(first.key, in: view) }
            // What people wrote about it is gone with it.
            try store.eachPastVersion { past throws(StoreError) in #expect(past.version.attributes.userMetadata.isEmpty)
            }
            #expect(throws: StoreError.noSuchKey) { try store.object(first.key, in: bucket) }
        }
    }

    @Test("a key with many newer versions is passed by a seek")
    func manyVersions() async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.enabled, of: bucket)
            let bucket = try store.bucket("bucket")
            try await store.put([1], as: "a", in: bucket)
            try await store.put([1], as: "b", in: bucket)
            let index = try store.journalSize()
            for number in 0..<60 { try await store.put([UInt8(number)], as: "a", in: bucket) }
            let view = try store.bucket(bucket, asOf: .index(index))
            #expect(try store.list(ListingQuery(), in: view).items.map(\.key.description) == ["a", "b"])
            #expect(try store.listVersions(ListingQuery(), in: view).items.count == 2)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ work: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await work(element)) }
        return values
    }
}
