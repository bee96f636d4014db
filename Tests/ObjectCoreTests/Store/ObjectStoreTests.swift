// Why this file exists: what a program relies on when it uses the store without a network.
import Testing

@testable import ObjectCore

@Suite("ObjectStore")
struct ObjectStoreTests {
    @Test(
        "content comes back as it went in, whatever its size and however it was cut",
        arguments: [
            (0, true), (1, true), (4096, true), (65_536, true), (131_072, true), (131_073, false), (262_144, true),
            (262_145, true), (1_000_000, false), (9_000_000, true),
        ])
    func roundTrip(size: Int, announced: Bool) async throws {
        try await withStore { store, bucket in
            let bytes = content(size)
            let version = try await store.put(bytes, as: "k", in: bucket, step: 70_001, announced: announced)
            #expect(version.size == Int64(size))
            #expect(version.etag == Hex.encode(Digest.md5(bytes)))
            #expect(version.sha256 == Digest.sha256(bytes))
            #expect(try store.bytes("k", in: bucket) == bytes)
        }
    }

    @Test("a range gives exactly its bytes", arguments: [0, 1, 65_535, 300_000, 2_999_999])
    func ranges(start: Int) async throws {
        try await withStore { store, bucket in
            let bytes = content(3_000_000)
            let version = try await store.put(bytes, as: "k", in: bucket)
            for length in [0, 1, 4096, 700_000] where start + length <= bytes.count {
                let range = Int64(start)..<Int64(start + length)
                #expect(try store.read(version, range: range) == Array(bytes[start..<start + length]))
            }
            #expect(throws: StoreError.self) { try store.read(version, range: 0..<3_000_001) }
        }
    }

    @Test("a store that is opened again has everything, and its keys and buckets")
    func reopen() async throws {
        let folder = TemporaryDirectory()
        let bytes = content(2_000_000)
        var store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("b", owner: "someone")
        try await store.put(bytes, as: "large", in: bucket)
        try await store.put([1, 2, 3], as: "small", in: bucket)
        let key = try await store.createAccessKey(displayName: "Ada")
        await store.close()

        store = try ObjectStore.open(folder.path)
        let again = try store.bucket("b")
        #expect(again == bucket)
        #expect(try store.bytes("large", in: again) == bytes)
        #expect(try store.bytes("small", in: again) == [1, 2, 3])
        #expect(store.accessKey(key.id)?.secret == key.secret)
        #expect(store.accessKey(key.id)?.displayName == "Ada")
        #expect(try store.check().problems == [])
        #expect(try store.scrub().problems == [])
        await store.close()
    }

    @Test("a second opener is refused in words")
    func secondOpener() async throws {
        let folder = TemporaryDirectory()
        let store = try ObjectStore.open(folder.path)
        #expect(throws: StoreError.self) { try ObjectStore.open(folder.path) }
        await store.close()
        let second = try ObjectStore.open(folder.path)
        await second.close()
    }

    @Test("a folder that holds something else is left alone")
    func strangers() throws {
        let folder = TemporaryDirectory()
        _ = try RealIO().open(folder.path + "/notes.txt", .create)
        #expect(throws: StoreError.self) { try ObjectStore.open(folder.path) }
    }

    @Test("after close every call is refused, none hangs")
    func closed() async throws {
        let folder = TemporaryDirectory()
        let store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("b")
        await store.close()
        await #expect(throws: StoreError.self) { try await store.put([1], as: "k", in: bucket) }
        #expect(throws: StoreError.closed) { try store.object(try ObjectKey("k"), in: bucket) }
    }

    @Test("a bucket is made once, and deleted only when it is empty")
    func buckets() async throws {
        try await withStore { store, bucket in
            await #expect(throws: StoreError.bucketExists("bucket", isOwn: true)) {
                try await store.createBucket("bucket")
            }
            await #expect(throws: StoreError.bucketExists("bucket", isOwn: false)) {
                try await store.createBucket("bucket", owner: "other")
            }
            try await store.put([1], as: "k", in: bucket)
            await #expect(throws: StoreError.bucketNotEmpty) { try await store.deleteBucket("bucket") }
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("k")), in: bucket)
            try await store.deleteBucket("bucket")
            #expect(throws: StoreError.noSuchBucket("bucket")) { try store.bucket("bucket") }
            await #expect(throws: StoreError.noSuchBucket("bucket")) {
                try await store.put([1], as: "k", in: bucket)
            }
            _ = try await store.createBucket("bucket")
        }
    }

    @Test("an overwrite shows the new content, and collection gives the old bytes back")
    func overwrite() async throws {
        try await withStore { store, bucket in
            try await store.put(content(3_000_000, seed: 1), as: "k", in: bucket)
            let before = try store.statistics().chunkBytes
            try await store.put(content(3_000_000, seed: 2), as: "k", in: bucket)
            let report = try await store.collectGarbage()
            #expect(report.removedBytes == before)
            #expect(try store.statistics().chunkBytes < before + 10_000)
            #expect(try store.bytes("k", in: bucket) == content(3_000_000, seed: 2))
        }
    }

    @Test("equal content is stored once, and survives the deletion of one of its objects")
    func deduplication() async throws {
        try await withStore { store, bucket in
            let bytes = content(5_000_000)
            try await store.put(bytes, as: "a", in: bucket)
            let once = try store.statistics().chunkBytes
            try await store.put(bytes, as: "b", in: bucket)
            // The list of chunks is stored again; the chunks are not.
            #expect(try store.statistics().chunkBytes < once + 10_000)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("a")), in: bucket)
            _ = try await store.collectGarbage()
            #expect(try store.bytes("b", in: bucket) == bytes)
        }
    }

    @Test("one byte inserted at the front adds almost nothing")
    func insertion() async throws {
        try await withStore { store, bucket in
            let bytes = content(64 << 20)
            try await store.put(bytes, as: "a", in: bucket)
            let once = try store.statistics().chunkBytes
            try await store.put([7] + bytes, as: "b", in: bucket)
            #expect(try store.statistics().chunkBytes - once < Int64(bytes.count) / 50)
            #expect(try store.bytes("b", in: bucket) == [7] + bytes)
        }
    }

    @Test("a copy moves no bytes and outlives its source")
    func copy() async throws {
        try await withStore { store, bucket in
            let bytes = content(9_000_000)
            let source = try await store.put(bytes, as: "a", in: bucket)
            let before = try store.statistics().chunkBytes
            let copy = try await store.copy(
                source, as: try ObjectKey("b"), in: bucket, attributes: ObjectAttributes())
            #expect(copy.etag == source.etag)
            #expect(try store.statistics().chunkBytes == before)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("a")), in: bucket)
            _ = try await store.collectGarbage()
            #expect(try store.bytes("b", in: bucket) == bytes)
        }
    }

    @Test("attributes come back as they were given")
    func attributes() async throws {
        try await withStore { store, bucket in
            var attributes = ObjectAttributes()
            for header in ObjectHeader.allCases { attributes.headers[header] = "value \(header.rawValue) ü" }
            attributes.userMetadata = [NameValue("b", "2"), NameValue("a", "")]
            attributes.tags = [NameValue("k", "v")]
            attributes.storageClass = "STANDARD_IA"
            attributes.checksums = [Checksum(.crc32, [1, 2, 3, 4])]
            attributes.owner = String(repeating: "ab", count: 32)
            try await store.put([1], as: "k", in: bucket, attributes: attributes)
            #expect(try store.object(try ObjectKey("k"), in: bucket).attributes == attributes)
        }
    }

    @Test("segments of the smallest objects are not copied for ever: the headers of their records count as alive")
    func tinyObjects() async throws {
        try await withStore { store, bucket in
            for number in 0..<40 { try await store.put([1], as: "k\(number)", in: bucket) }
            _ = try await store.collectGarbage()
            let report = try await store.collectGarbage()
            #expect(report.compactedSegments == 0 && report.deletedSegments == 0)
        }
    }

    @Test("compaction moves what is alive, and readers that hold old regions go on reading")
    func compaction() async throws {
        try await withStore { store, bucket in
            var kept: [String: [UInt8]] = [:]
            for number in 0..<40 {
                let bytes = content(300_000, seed: UInt64(number + 1))
                try await store.put(bytes, as: "k\(number)", in: bucket)
                if number % 8 == 0 { kept["k\(number)"] = bytes }
            }
            let held = try store.object(try ObjectKey("k1"), in: bucket)
            let regions = try store.regions(of: held, range: 0..<held.size)
            for number in 0..<40 where number % 8 != 0 {
                _ = try await store.delete(DeleteRequest(key: try ObjectKey("k\(number)")), in: bucket)
            }
            let report = try await store.collectGarbage()
            #expect(report.deletedSegments > 0)
            #expect(report.freedBytes > 5_000_000)
            for (key, bytes) in kept { #expect(try store.bytes(key, in: bucket) == bytes) }
            var old: [UInt8] = []
            for region in regions { old += try region.bytes() }
            #expect(old == content(300_000, seed: 2))
            #expect(try store.scrub().problems == [])
        }
    }

    @Test("64 writers at once lose nothing")
    func concurrency() async throws {
        try await withStore { store, bucket in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<64 {
                    group.addTask {
                        for round in 0..<5 {
                            let size = writer % 4 == 0 ? 400_000 : 3000
                            let bytes = content(size, seed: UInt64(writer * 100 + round + 1))
                            try await store.put(bytes, as: "w\(writer)/\(round)", in: bucket)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for writer in 0..<64 {
                let size = writer % 4 == 0 ? 400_000 : 3000
                for round in 0..<5 {
                    let expected = content(size, seed: UInt64(writer * 100 + round + 1))
                    #expect(try store.bytes("w\(writer)/\(round)", in: bucket) == expected)
                }
            }
        }
    }
}
