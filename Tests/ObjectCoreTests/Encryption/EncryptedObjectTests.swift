// Why this file exists: encrypted objects in a whole store: what is read, what lies on the disk, what is shared, and
// what damage, crashes and collection do.
import Foundation
import Testing

@testable import ObjectCore

@Suite("Encrypted objects")
struct EncryptedObjectTests {
    private let key = try! ObjectKey("k")
    private let customerKey = SymmetricKey([UInt8](repeating: 3, count: 32))!

    private func keyring() throws -> Keyring {
        try Keyring(masterKeys: [try #require(SymmetricKey([UInt8](repeating: 1, count: 32)))], path: nil)
    }

    private func stage(_ bytes: [UInt8], _ key: DataKey?, in store: ObjectStore) async throws -> StagedContent {
        let writer = store.stage(expectedLength: nil, key: key)
        var start = 0
        while start < bytes.count {
            let end = min(start + 700_000, bytes.count)
            try await writer.write(Array(bytes[start..<end]))
            start = end
        }
        return try await writer.finish()
    }

    @discardableResult
    private func put(
        _ bytes: [UInt8], as name: String, _ key: DataKey?, in bucket: Bucket, _ store: ObjectStore
    ) async throws -> ObjectVersion {
        try await store.put(
            try await stage(bytes, key, in: store), as: try ObjectKey(name), in: bucket,
            attributes: ObjectAttributes())
    }

    /// Whether any file under the store's folder has `marker` in it.
    private func isOnDisk(_ marker: [UInt8], in folder: String) throws -> Bool {
        let files = try #require(FileManager.default.enumerator(atPath: folder))
        for case let name as String in files {
            if holds(folder + "/" + name, marker) { return true }
        }
        return false
    }

    @Test(
        "every range reads as plain bytes do, and without the key nothing is read",
        arguments: [0, 1, 40_000, 3_000_000])
    func ranges(_ size: Int) async throws {
        try await withStore { store, bucket in
            let bytes = content(size)
            let dataKey = try keyring().newDataKey(.master)
            let version = try await put(bytes, as: "k", dataKey, in: bucket, store)
            #expect(version.size == Int64(size))
            #expect(version.etag == Hex.encode(Digest.md5(bytes)))
            let found = try store.object(key, in: bucket)
            #expect(found.encryption == dataKey.encryption)
            let again = try keyring().dataKey(of: try #require(found.encryption))
            #expect(try store.read(found, range: 0..<found.size, key: again) == bytes)
            for _ in 0..<30 {
                let from = Int.random(in: 0...size)
                let end = Int.random(in: from...size)
                #expect(try store.read(found, range: Int64(from)..<Int64(end), key: again) == Array(bytes[from..<end]))
            }
            #expect(throws: StoreError.encryption(.dataKeyMissing)) {
                try store.regions(of: found, range: 0..<found.size)
            }
            #expect(throws: StoreError.encryption(.dataKeyMissing)) { try store.read(found, range: 0..<found.size) }
            let other = try keyring().newDataKey(.master)
            #expect(throws: StoreError.encryption(.dataKeyMissing)) {
                try store.read(found, range: 0..<found.size, key: other)
            }
        }
    }

    @Test("nothing of the content is on the disk, large or small, and scrub needs no key", arguments: [300, 2_000_000])
    func nothingOnDisk(_ size: Int) async throws {
        let marker = Array("MARKER-that-must-not-be-found-on-any-disk".utf8)
        let folder = TemporaryDirectory()
        let store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("bucket")
        let bytes = content(size / 2) + marker + content(size / 2, seed: 2)
        let dataKey = try Keyring.empty.newDataKey(.customer(customerKey))
        let version = try await put(bytes, as: "k", dataKey, in: bucket, store)
        #expect(version.etag != Hex.encode(Digest.md5(bytes)))
        #expect(try !isOnDisk(marker, in: folder.path))
        #expect(try !isOnDisk([UInt8](repeating: 3, count: 32), in: folder.path))
        let scrubbed = try store.scrub()
        #expect(scrubbed.problems == [])
        #expect(scrubbed.examined["chunks"] ?? 0 > 0)
        #expect(try store.check().problems == [])
        // The proof that it would be found.
        try await put(bytes, as: "plain", nil, in: bucket, store)
        #expect(try isOnDisk(marker, in: folder.path))
        await store.close()
    }

    @Test("equal content is shared among plain objects and inside one key, never across keys")
    func deduplication() async throws {
        try await withStore { store, bucket in
            let bytes = content(1_500_000)
            var sizes: [Int64] = []
            for dataKey in [nil, nil, try keyring().newDataKey(.master), try keyring().newDataKey(.master), nil] {
                try await put(bytes, as: "o\(sizes.count)", dataKey, in: bucket, store)
                sizes.append(try store.statistics().chunkBytes)
            }
            #expect(sizes[1] == sizes[0], "plain shares with plain")
            #expect(sizes[2] >= 2 * sizes[0], "sealed does not share with plain")
            #expect(sizes[3] >= 3 * sizes[0], "nor with what is sealed under another key")
            #expect(sizes[4] == sizes[3], "and plain finds plain again, not the sealed")
        }
        try await withStore { store, bucket in
            // One object that repeats itself: its own key, its own chunks.
            let zeros = [UInt8](repeating: 0, count: 16 << 20)
            try await put(zeros, as: "zeros", try keyring().newDataKey(.master), in: bucket, store)
            #expect(try store.statistics().chunkBytes < 4 << 20)
            let version = try store.object(try ObjectKey("zeros"), in: bucket)
            let dataKey = try keyring().dataKey(of: try #require(version.encryption))
            #expect(try store.read(version, range: 0..<version.size, key: dataKey) == zeros)
        }
    }

    @Test("a flipped bit anywhere in a sealed chunk is never read as content")
    func damage() async throws {
        try await withStore { store, bucket in
            let bytes = content(200)
            let dataKey = try keyring().newDataKey(.master)
            let version = try await put(bytes, as: "k", dataKey, in: bucket, store)
            let entry = try #require(version.manifest.entries.first)
            let region = try store.region(of: entry, skip: 0, length: entry.chunkLength)
            let stored = try region.bytes()
            let path = "\(store.folder.path)/segments"
            let name = try #require(try RealIO().list(path).first { $0.hasSuffix(".seg") })
            let file = try RealIO().open("\(path)/\(name)", .readWrite)
            for index in stored.indices {
                var changed = stored
                changed[index] ^= 0x40
                try RealIO().writeFully(file, changed, at: entry.hint.offset)
                #expect(throws: StoreError.self, "byte \(index)") {
                    try store.read(version, range: 0..<version.size, key: dataKey)
                }
            }
            #expect(try store.scrub().problems.count == 1)
            try RealIO().writeFully(file, stored, at: entry.hint.offset)
            #expect(try store.read(version, range: 0..<version.size, key: dataKey) == bytes)
        }
    }

    @Test("chunks of one object cannot stand for each other, although one key opens both")
    func exchangedChunks() throws {
        let dataKey = try keyring().newDataKey(.master)
        let sealed = try dataKey.seal([1, 2, 3], as: ChunkID(1))
        #expect(try dataKey.open(sealed, of: ChunkID(1)) == [1, 2, 3])
        #expect(throws: StoreError.self) { try dataKey.open(sealed, of: ChunkID(2)) }
        #expect(try dataKey.seal([1, 2, 3], as: ChunkID(1)) != sealed, "no nonce twice")
    }

    @Test("encrypted objects outlive reopening, collection and compaction")
    func reopened() async throws {
        let folder = TemporaryDirectory()
        let bytes = content(2_500_000)
        do {
            let store = try ObjectStore.open(folder.path)
            let bucket = try await store.createBucket("bucket")
            let dataKey = try keyring().newDataKey(.master)
            try await put(content(6_000_000, seed: 8), as: "gone", try keyring().newDataKey(.master), in: bucket, store)
            try await put(bytes, as: "k", dataKey, in: bucket, store)
            try await put(Array(bytes.prefix(99)), as: "small", dataKey, in: bucket, store)
            _ = try await store.delete(DeleteRequest(key: try ObjectKey("gone")), in: bucket)
            let report = try await store.collectGarbage()
            #expect(report.compactedSegments > 0)
            await store.close()
        }
        let store = try ObjectStore.open(folder.path)
        let bucket = try store.bucket("bucket")
        for (name, expected) in [("k", bytes), ("small", Array(bytes.prefix(99)))] {
            let version = try store.object(try ObjectKey(name), in: bucket)
            let dataKey = try keyring().dataKey(of: try #require(version.encryption))
            #expect(try store.read(version, range: 0..<version.size, key: dataKey) == expected)
        }
        #expect(try store.check().problems == [])
        #expect(try store.scrub().problems == [])
        await store.close()
    }

    @Test("parts are sealed with the upload's key, and a part that is not is refused")
    func multipart() async throws {
        try await withStore { store, bucket in
            let bytes = content(11_000_000)
            let dataKey = try Keyring.empty.newDataKey(.customer(customerKey))
            let upload = try await store.createUpload(
                key, in: bucket, attributes: ObjectAttributes(), encryption: dataKey.encryption)
            let found = try store.upload(upload.id, of: key, in: bucket)
            #expect(found.encryption == dataKey.encryption)
            for wrong in [nil, try Keyring.empty.newDataKey(.customer(customerKey))] {
                let staged = try await stage([1, 2, 3], wrong, in: store)
                await #expect(throws: StoreError.self) {
                    try await store.putPart(staged, number: 1, of: found, checksums: [])
                }
            }
            // The second part is copied from a plain object, and the third from one under another key.
            let plain = try await put(Array(bytes[5_500_000..<10_900_000]), as: "plain", nil, in: bucket, store)
            let otherKey = try keyring().newDataKey(.master)
            let other = try await put(bytes, as: "other", otherKey, in: bucket, store)
            let first = try await store.putPart(
                try await stage(Array(bytes[..<5_500_000]), dataKey, in: store), number: 1, of: found, checksums: [])
            let second = try await store.copyPart(
                from: plain, range: 0..<plain.size, number: 2, of: found, key: dataKey)
            let third = try await store.copyPart(
                from: other, range: 10_900_000..<other.size, number: 3, of: found, sourceKey: otherKey, key: dataKey)
            await #expect(throws: StoreError.encryption(.dataKeyMissing)) {
                try await store.copyPart(from: plain, range: 0..<plain.size, number: 4, of: found)
            }
            let object = try await store.completeUpload(
                upload.id, of: key, in: bucket,
                parts: [first, second, third].map { CompletedPart(number: $0.number, etag: $0.etag) })
            #expect(object.encryption == dataKey.encryption)
            #expect(object.etag.hasSuffix("-3"))
            let again = try Keyring.empty.dataKey(of: dataKey.encryption, customerKey: customerKey)
            #expect(try store.read(object, range: 0..<object.size, key: again) == bytes)
            #expect(
                try store.read(object, range: 5_499_990..<5_500_010, key: again)
                    == Array(bytes[5_499_990..<5_500_010]))
        }
    }

    @Test("a copy under the same key moves no byte; one under another key reads and writes")
    func copies() async throws {
        try await withStore { store, bucket in
            let bytes = content(3_000_000)
            let dataKey = try keyring().newDataKey(.master)
            let source = try await put(bytes, as: "k", dataKey, in: bucket, store)
            let before = try store.statistics().chunkBytes
            let kept = try await store.copy(
                source, as: try ObjectKey("kept"), in: bucket, attributes: ObjectAttributes())
            #expect(kept.encryption == dataKey.encryption)
            #expect(kept.etag == source.etag)
            #expect(try store.read(kept, range: 0..<kept.size, key: dataKey) == bytes)
            #expect(try store.statistics().chunkBytes == before)
            let newKey = try Keyring.empty.newDataKey(.customer(customerKey))
            let resealed = try await store.copy(
                source, as: try ObjectKey("resealed"), in: bucket, attributes: ObjectAttributes(), from: dataKey,
                to: newKey)
            #expect(resealed.encryption == newKey.encryption)
            #expect(resealed.etag != source.etag)
            #expect(resealed.sha256 == source.sha256)
            #expect(try store.read(resealed, range: 0..<resealed.size, key: newKey) == bytes)
            let plain = try await store.copy(
                resealed, as: try ObjectKey("plain"), in: bucket, attributes: ObjectAttributes(), from: newKey, to: nil)
            #expect(plain.encryption == nil)
            #expect(plain.etag == source.etag)
            #expect(try store.bytes("plain", in: bucket) == bytes)
            await #expect(throws: StoreError.encryption(.dataKeyMissing)) {
                try await store.copy(
                    source, as: try ObjectKey("x"), in: bucket, attributes: ObjectAttributes(), from: nil, to: nil)
            }
        }
    }

    @Test("a record written before there was encryption still reads, and unknown fields are passed over")
    func olderRecords() throws {
        var writer = RecordWriter()
        writer.byte(99)
        writer.blob([1, 2, 3])
        writer.encryption(ObjectEncryption(scheme: .master, keyName: "m", wrapped: [4]))
        let found = try writer.bytes.reading { bytes throws(StoreError) in
            var reader = RecordReader(bytes)
            return try reader.recordTail().encryption
        }
        #expect(found?.keyName == "m")
        #expect(
            try [UInt8]().reading { bytes throws(StoreError) in
                var reader = RecordReader(bytes)
                return try reader.recordTail().encryption
            } == nil)
    }
}
